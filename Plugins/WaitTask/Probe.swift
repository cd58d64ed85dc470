import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One look at whether the target is there.
struct Probe {
  var context: TaskContext
  /// Ends a wait for the network; `nil` for targets that need none.
  var waker: Waker?
  /// When this attempt counts as failed; the next one starts afresh.
  var deadline: ContinuousClock.Instant

  /// The longest that one attempt takes: a server that accepts and then says nothing is asked again.
  static let limit = Duration.seconds(5)

  /// What stands in the way, in words that follow a colon.
  struct Obstacle: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
    init(errno code: CInt) { description = String(cString: strerror(code)) }
  }

  /// Tries once.
  /// - Returns: what stands in the way; `nil` if the target is there.
  /// - Throws: ``WaitError/cancelled`` and ``WaitError/system(call:reason:)``.
  func attempt(_ target: WaitTarget) throws(WaitError) -> Obstacle? {
    do {
      switch target {
      case .tcp(let endpoint): _ = try connect(to: endpoint)
      case .file(let path): try look(at: context.resolve(path))
      case .http(let url): try ask(url)
      case .delay: break
      }
      return nil
    } catch let obstacle as Obstacle {
      return obstacle
    } catch let error as WaitError {
      throw error
    } catch {
      return Obstacle("\(error)")
    }
  }

  private func look(at path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Obstacle(errno: errno) }
  }

  private func connect(to endpoint: Endpoint) throws -> Socket {
    var last = Obstacle("no address")
    for address in try addresses(of: endpoint) {
      do {
        return try connect(to: address)
      } catch let obstacle as Obstacle {
        last = obstacle
      }
    }
    throw last
  }

  private func addresses(of endpoint: Endpoint) throws -> [SocketAddress] {
    if let addresses = Resolver.numeric(endpoint) { return addresses }
    let resolver = try Resolver.start(endpoint)
    try wait(for: resolver.readEnd, POLLIN)
    switch resolver.result {
    case .addresses(let addresses)?: return addresses
    case .failed(let reason)?: throw Obstacle(reason)
    case nil: throw Obstacle("no answer to the question for '\(endpoint.host)'")
    }
  }

  private func connect(to address: SocketAddress) throws -> Socket {
    guard let socket = Socket(family: address.family) else { throw Obstacle(errno: errno) }
    let descriptor = socket.descriptor
    let result = address.bytes.withUnsafeBytes { bytes -> CInt in
      guard let start = bytes.baseAddress else { return -1 }
      let pointer = start.assumingMemoryBound(to: sockaddr.self)
      #if canImport(Glibc)
        return Glibc.connect(descriptor, pointer, socklen_t(bytes.count))
      #elseif canImport(Musl)
        return Musl.connect(descriptor, pointer, socklen_t(bytes.count))
      #else
        return Darwin.connect(descriptor, pointer, socklen_t(bytes.count))
      #endif
    }
    if result != 0 {
      // After EINTR the attempt goes on by itself, as after EINPROGRESS.
      guard errno == EINPROGRESS || errno == EINTR else { throw Obstacle(errno: errno) }
      try wait(for: descriptor, POLLOUT)
      let error = socket.pendingError
      guard error == 0 else { throw Obstacle(errno: error) }
    }
    guard !socket.isConnectedToItself else { throw Obstacle(errno: ECONNREFUSED) }
    return socket
  }

  private func ask(_ url: PlainURL) throws {
    let socket = try connect(to: url.endpoint)
    let request =
      "GET \(url.path) HTTP/1.1\r\nHost: \(url.endpoint)\r\nUser-Agent: taskrun\r\nAccept: */*\r\n"
      + "Connection: close\r\n\r\n"
    var rest = Array(request.utf8)[...]
    while !rest.isEmpty {
      let count = socket.send(rest)
      if count >= 0 { rest = rest.dropFirst(count) } else { try waitAfterError(socket.descriptor, POLLOUT) }
    }
    var answer: [UInt8] = []
    while !answer.contains(UInt8(ascii: "\n")) {
      let count = socket.receive(into: &answer)
      if count == 0 || answer.count > 8192 { throw Obstacle("the answer is not HTTP") }
      if count < 0 { try waitAfterError(socket.descriptor, POLLIN) }
    }
    let line = String(decoding: answer.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    let words = line.split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
      throw Obstacle("the answer is not HTTP")
    }
    guard (200..<400).contains(status) else { throw Obstacle("it answers with status \(status)") }
  }

  private func waitAfterError(_ descriptor: CInt, _ events: CInt) throws {
    switch errno {
    case EINTR: return
    case EAGAIN, EWOULDBLOCK: try wait(for: descriptor, events)
    default: throw Obstacle(errno: errno)
    }
  }

  /// Waits until the descriptor is ready.
  private func wait(for descriptor: CInt, _ events: CInt) throws {
    while true {
      if context.cancellation.isCancelled { throw WaitError.cancelled }
      let left = deadline - ContinuousClock.now
      guard left > .zero else { throw Obstacle("no answer within \(Self.limit.briefText)") }
      var descriptors = [
        pollfd(fd: descriptor, events: Int16(events), revents: 0),
        // A descriptor below 0 is passed over.
        pollfd(fd: waker?.readEnd ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      let milliseconds = CInt((left / .milliseconds(1)).rounded(.up))
      let count = poll(&descriptors, 2, milliseconds)
      if count < 0 && errno != EINTR {
        throw WaitError.system(call: "poll", reason: Obstacle(errno: errno).description)
      }
      if count > 0 && descriptors[0].revents != 0 { return }
    }
  }
}
