import Foundation

/// One connection of the test server. Used by its own thread only.
final class TestHTTPConnection {
  private let descriptor: CInt
  private let number: Int
  private var buffer: [UInt8] = []

  init(descriptor: CInt, number: Int) {
    self.descriptor = descriptor
    self.number = number
  }

  /// The next request; `nil` when the client has gone.
  func read() -> TestHTTPServer.Request? {
    let end = Array("\r\n\r\n".utf8)
    var headEnd: Int?
    while headEnd == nil {
      headEnd = buffer.indices.first { buffer[$0...].starts(with: end) }
      if headEnd == nil, !receive() { return nil }
      if buffer.first == 0x16 {
        // The greeting of TLS, which this server does not speak; it says so as plain HTTP servers do.
        _ = send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        return nil
      }
    }
    guard let headEnd else { return nil }
    let lines = String(decoding: buffer[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
    buffer.removeFirst(headEnd + end.count)
    let words = lines[0].split(separator: " ").map(String.init)
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let name = line.prefix { $0 != ":" }
      headers[name.lowercased()] = line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
    }
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while buffer.count < length { if !receive() { return nil } }
    let body = String(decoding: buffer.prefix(length), as: UTF8.self)
    buffer.removeFirst(length)
    return TestHTTPServer.Request(
      method: words[0], target: words[1], headers: headers, body: body, connection: number)
  }

  /// Sends an answer.
  /// - Returns: whether the connection can carry one more.
  func send(_ response: TestHTTPServer.Response, to request: TestHTTPServer.Request) -> Bool {
    switch response {
    case .whole(let status, let headers, let body):
      var head = "HTTP/1.1 \(status) Whatever\r\n"
      for (name, value) in headers.merging(["Content-Length": "\(body.count)"], uniquingKeysWith: { $1 }) {
        head += "\(name): \(value)\r\n"
      }
      return send(Array((head + "\r\n").utf8) + (request.method == "HEAD" ? [] : body))
    case .stalled(let promised, let sent):
      _ = send(begin(promised: promised, sent: sent))
      while receive() {}
      return false
    case .chunked(let pieces):
      var text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
      for piece in pieces + [""] { text += String(piece.utf8.count, radix: 16) + "\r\n\(piece)\r\n" }
      return send(Array(text.utf8))
    case .cut(let promised, let sent):
      _ = send(begin(promised: promised, sent: sent))
      return false
    case .silent:
      while receive() {}
      return false
    }
  }

  private func begin(promised: Int, sent: Int) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\nContent-Length: \(promised)\r\n\r\n".utf8) + Array(repeating: 0x78, count: sent)
  }

  private func receive() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    if count < 0 && errno == EINTR { return receive() }
    buffer.append(contentsOf: bytes.prefix(max(count, 0)))
    return count > 0
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { buffer in
        #if os(Linux)
          Glibc.send(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
        #else
          Darwin.send(descriptor, buffer.baseAddress, buffer.count, 0)
        #endif
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
