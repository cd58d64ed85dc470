// The web server of the examples: seven pages on 127.0.0.1, so that downloads can be tried without a network.
// It is an example itself, and no part of taskrun: one thread for each connection, one request for each.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `example-server [--port N] [--for SECONDS]`: serves until its standard input ends, or for so long.
@main struct ExampleServer {
  private static let usage = "usage: example-server [--port N] [--for SECONDS]"

  static func main() {
    var port: UInt16 = 8765
    var seconds: UInt32?
    var arguments = CommandLine.arguments.dropFirst()
    while let flag = arguments.popFirst() {
      let value = arguments.popFirst()
      switch (flag, value.flatMap { UInt32($0) }) {
      case ("--port", let number?) where number <= 65_535: port = UInt16(number)
      case ("--for", let number?): seconds = number
      default: fail(usage, status: 2)
      }
    }
    // A client that goes away must not end the server.
    signal(SIGPIPE, SIG_IGN)
    let listener = Listener(port: port)
    print("listening on http://127.0.0.1:\(listener.port)")
    fflush(nil)
    startThread { listener.acceptConnections() }
    if let seconds {
      sleep(seconds)
    } else {
      while getchar() != EOF {}
    }
  }
}

/// The pages: what a request for a path is answered with.
enum Page {
  static func answer(to path: String) -> (status: String, body: String) {
    let pages = [
      "/": "Welcome", "/docs": "Documentation", "/blog": "Blog", "/about": "About", "/news": "News",
    ]
    if let title = pages[path] { return ("200 OK", html(title)) }
    if path == "/slow" {
      sleep(5)
      return ("200 OK", html("At last"))
    }
    return ("404 Not Found", html("Not found"))
  }

  private static func html(_ title: String) -> String {
    "<!doctype html>\n<title>\(title)</title>\n<h1>\(title)</h1>\n"
  }
}

/// A socket of 127.0.0.1 that takes connections.
struct Listener: Sendable {
  let port: UInt16
  private let descriptor: CInt

  /// Opens the port; 0 takes any that is free.
  init(port: UInt16) {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var on: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = descriptor
    let isOpen = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isOpen else { fail("example-server: port \(port): \(String(cString: strerror(errno)))", status: 1) }
    self.port = UInt16(bigEndian: address.sin_port)
  }

  func acceptConnections() {
    while true {
      let connection = accept(descriptor, nil, nil)
      if connection >= 0 {
        startThread {
          serve(connection)
          close(connection)
        }
      } else if errno != EINTR && errno != ECONNABORTED {
        // Out of descriptors, most likely: some will be free soon.
        usleep(10_000)
      }
    }
  }

  private func serve(_ connection: CInt) {
    var head: [UInt8] = []
    // To its end: closing a connection with bytes left unread would take back the answer.
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) && head.count < 8192 {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = recv(connection, &bytes, bytes.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      head += bytes.prefix(count)
    }
    let line = String(decoding: head.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let words = line.split(separator: " ")
    let (status, body) = Page.answer(to: words.count > 1 ? String(words[1].prefix { $0 != "?" }) : "")
    let answer =
      "HTTP/1.1 \(status)\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n\(words.first == "HEAD" ? "" : body)"
    var rest = Array(answer.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// Runs a function on a thread of its own.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    static func run(_ reference: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
      Unmanaged<Box>.fromOpaque(reference).takeRetainedValue().body()
      return nil
    }
  }
  let reference = Unmanaged.passRetained(Box(body)).toOpaque()
  #if os(Linux)
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, { $0.map(Box.run) ?? nil }, reference)
    if code == 0 { pthread_detach(thread) }
  #else
    var thread: pthread_t?
    let code = pthread_create(&thread, nil, { Box.run($0) }, reference)
    if code == 0, let thread { pthread_detach(thread) }
  #endif
  if code != 0 { fail("example-server: no thread can be started", status: 1) }
}

private func fail(_ message: String, status: CInt) -> Never {
  let line = Array("\(message)\n".utf8)
  _ = write(2, line, line.count)
  exit(status)
}
