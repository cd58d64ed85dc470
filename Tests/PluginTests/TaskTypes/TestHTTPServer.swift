import Foundation

/// A small HTTP/1.1 server on 127.0.0.1, inside the test process, with a thread for each connection.
///
/// `@unchecked`: `state` is only touched while `condition` is locked; the rest never changes.
final class TestHTTPServer: @unchecked Sendable {
  /// One request as it came in.
  struct Request {
    var method: String
    var target: String
    /// Names in lower case.
    var headers: [String: String]
    var body: String
    /// The number of its connection, from 1.
    var connection: Int

    var path: String { String(target.prefix { $0 != "?" }) }
    var query: String { String(target.drop { $0 != "?" }.dropFirst()) }
  }

  /// What goes back.
  enum Response {
    case whole(_ status: Int, _ headers: [String: String] = [:], _ body: [UInt8] = [])
    /// A body of the promised length of which only the beginning is sent, until the client goes away.
    case stalled(promised: Int, sent: Int)
    /// A body whose pieces come with lengths of their own.
    case chunked([String])
    /// Less than the promised length, and then the connection is closed.
    case cut(promised: Int, sent: Int)
    /// Nothing at all until the client goes away.
    case silent
  }

  /// What has happened so far.
  struct State {
    var requests: [Request] = []
    var openedConnections = 0
    var closedConnections = 0
  }

  let port: UInt16
  private let listener: CInt
  private let condition = NSCondition()
  private var state = State()
  private let respond: @Sendable (Request) -> Response

  var site: String { "http://127.0.0.1:\(port)" }
  var requests: [Request] { withState { $0.requests } }
  var openedConnections: Int { withState { $0.openedConnections } }

  init(respond: @escaping @Sendable (Request) -> Response = TestHTTPServer.standardResponse) throws {
    self.respond = respond
    (listener, port) = try Self.listen()
    let thread = Thread { [self] in acceptConnections() }
    thread.start()
  }

  /// Ends the server: nothing is accepted any more.
  func stop() {
    shutdown(listener, CInt(SHUT_RDWR))
  }

  /// Waits until what a test waits for has happened; `false` after 120 seconds, which is "never".
  func wait(until isReached: (State) -> Bool) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    let limit = Date(timeIntervalSinceNow: 120)
    while !isReached(state) {
      if !condition.wait(until: limit) { return isReached(state) }
    }
    return true
  }

  /// A port of 127.0.0.1 that nobody listens on: it is taken, so that no server gets it, until the tests end.
  static func deafPort() throws -> UInt16 { try bind().port }

  private func withState<Result>(_ body: (inout State) -> Result) -> Result {
    condition.lock()
    defer {
      condition.broadcast()
      condition.unlock()
    }
    return body(&state)
  }

  private static func listen() throws -> (descriptor: CInt, port: UInt16) {
    let (descriptor, port) = try bind()
    guard systemListen(descriptor, 64) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    return (descriptor, port)
  }

  private static func bind() throws -> (descriptor: CInt, port: UInt16) {
    #if os(Linux)
      let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        guard systemBind(descriptor, pointer, size) == 0 else { return CInt(-1) }
        return getsockname(descriptor, pointer, &size)
      }
    }
    guard result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private func acceptConnections() {
    while true {
      let descriptor = accept(listener, nil, nil)
      if descriptor < 0 && errno == EINTR { continue }
      guard descriptor >= 0 else { break }
      let number = withState { state in
        state.openedConnections += 1
        return state.openedConnections
      }
      Thread { [self] in
        serve(TestHTTPConnection(descriptor: descriptor, number: number))
        close(descriptor)
        withState { $0.closedConnections += 1 }
      }.start()
    }
    close(listener)
  }

  private func serve(_ connection: TestHTTPConnection) {
    while let request = connection.read() {
      withState { $0.requests.append(request) }
      guard connection.send(respond(request), to: request) else { return }
    }
  }
}

/// The C functions, whose names the methods above hide.
private func systemBind(_ descriptor: CInt, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> CInt {
  bind(descriptor, address, size)
}

private func systemListen(_ descriptor: CInt, _ backlog: CInt) -> CInt {
  listen(descriptor, backlog)
}
