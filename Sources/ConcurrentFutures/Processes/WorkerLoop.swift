import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A worker at work: one thread reads the channel and answers `ping` at once, another runs the tasks in order.
final class WorkerLoop: Sendable {
  /// What the reading thread leaves for the working thread.
  private struct State {
    var requests: [(id: String, request: WorkerRequest)] = []
    var current: (id: String, token: CancellationToken)?
    var isEnding = false
  }

  /// How many requests may be here at once.
  private static let maximumRequests = WorkerConnection.maximumInflight
  /// How much of an error's texts is passed on, so that they fit in a line.
  private static let errorTextBytes = 32 * 1024
  /// An error's content that is longer is left out.
  private static let errorContentBytes = 256 * 1024

  private let services: [String: Worker.Service]
  private let input: Int32
  private let output: Int32
  private let cookie: String
  private let writer: LineWriter
  private let state = Monitor(State())
  private let initializerFailure = Mutex<String?>(nil)

  init(_ services: [Worker.Service], input: Int32, output: Int32, cookie: String) {
    self.services = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.input = input
    self.output = output
    self.cookie = cookie
    writer = LineWriter(output)
  }

  /// Serves, and exits the process when the channel ends.
  /// - Parameter initializer: called first. If it throws, the handshake is refused with what it threw.
  func run(after initializer: (() throws -> Void)? = nil) -> Never {
    do {
      try initializer?()
    } catch {
      initializerFailure.withLock { $0 = "its initializer failed: \(TaskFailure.thrown(error))" }
    }
    do {
      // Tasks get a stack as large as a main thread's.
      try PlatformThread.start(name: "task", stackSizeBytes: 8 << 20) { self.work() }.detach()
    } catch {
      exit(71)
    }
    read()
    // End of input or `shutdown`: what was taken is finished and answered.
    state.withLock { $0.isEnding = true }
    state.broadcast()
    while !hasLostHost() {}
    // Nobody would hear an answer. What a task has started dies with it: it is in this process's group.
    _exit(0)
  }

  /// Waits until nobody reads what this worker writes. The working thread may end the process before.
  private func hasLostHost() -> Bool {
    var descriptor = pollfd(fd: output, events: 0, revents: 0)
    return withUnsafeMutablePointer(to: &descriptor) { pointer in
      systemPoll(UnsafeMutableBufferPointer(start: pointer, count: 1), timeout: nil) > 0
    }
  }

  // MARK: The reading thread

  private func read() {
    var lines = LineBuffer(limitBytes: HostMessage.lineLimitBytes)
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 * 1024)
    defer { buffer.deallocate() }
    while true {
      let count = systemRead(input, buffer)
      guard count > 0 else { return }
      lines.append(UnsafeBufferPointer(rebasing: buffer[..<count]))
      do {
        while let line = try lines.next() {
          guard handle(line) else { return }
        }
      } catch {
        return
      }
    }
  }

  /// - Returns: whether to go on reading.
  private func handle(_ line: ArraySlice<UInt8>) -> Bool {
    guard let message = try? JSONScanner.members(of: line) else { return false }
    let id = JSONScanner.string(message["id"])
    guard let parameters = try? message["params"].map({ try JSONScanner.members(of: $0) }) ?? JSONMembers()
    else {
      respond(id, error: -32602, "'params' is not a JSON object")
      return true
    }
    switch JSONScanner.string(message["method"]) {
    case "initialize":
      if let failure = initializerFailure.withLock({ $0 }) {
        respond(id, error: WorkerRefusal.initializerFailed, failure)
      } else {
        respond(id, result: handshake)
      }
    case "ping": respond(id, result: Array("{}".utf8))
    case "run": if let id { take(id, parameters) }
    case "cancel": if let id = JSONScanner.string(parameters["id"]) { cancel(id) }
    // After it the host sends nothing new, and all that was taken is finished in any case.
    case "drain": break
    case "shutdown":
      respond(id, result: Array("{}".utf8))
      return false
    case let method:
      if id != nil { respond(id, error: -32601, "no method '\(method ?? "")'") }
    }
    return true
  }

  private var handshake: [UInt8] {
    let types = services.keys.sorted().map { name in
      JSONText.object([("name", JSONText.string(name)), ("kinds", Array(#"["cpu"]"#.utf8))])
    }
    return JSONText.object([
      ("protocol", Array("1".utf8)),
      (
        "plugin",
        JSONText.object([("name", JSONText.string("taskrun")), ("version", JSONText.string("1.0.0"))])
      ),
      ("pid", Array("\(getpid())".utf8)), ("cookie", JSONText.string(cookie)),
      ("types", Array("[".utf8) + Array(types.joined(separator: [UInt8(ascii: ",")])) + Array("]".utf8)),
      // One runs, the others wait; so each is announced by `started`.
      ("inflight", Array("\(Self.maximumRequests)".utf8)),
    ])
  }

  private func take(_ id: String, _ parameters: JSONMembers) {
    var payload = parameters["params"].map { Array($0) } ?? Array("{}".utf8)
    if let file = JSONScanner.string(parameters["params_file"]) {
      guard let bytes = readFile(file) else {
        respond(id, error: -32602, "cannot read the parameters' file")
        return
      }
      payload = bytes
    }
    let variables = parameters["env"].flatMap { try? JSONScanner.members(of: $0) }?.items ?? []
    let request = WorkerRequest(
      type: JSONScanner.string(parameters["type"]) ?? "", parameters: payload,
      task: JSONScanner.string(parameters["task"]) ?? "",
      attempt: JSONScanner.integer(parameters["attempt"]) ?? 1,
      directory: JSONScanner.string(parameters["dir"]) ?? "/",
      environment: variables.map {
        (String(decoding: $0.key, as: UTF8.self), JSONScanner.string($0.value) ?? "")
      },
      input: JSONScanner.string(parameters["stdin"]) ?? "")
    state.withLock { $0.requests.append((id, request)) }
    state.signal()
  }

  private func cancel(_ id: String) {
    let (token, isDropped) = state.withLock { state -> (CancellationToken?, Bool) in
      if let current = state.current, current.id == id { return (current.token, false) }
      guard let position = state.requests.firstIndex(where: { $0.id == id }) else { return (nil, false) }
      state.requests.remove(at: position)
      return (nil, true)
    }
    token?.cancel()
    if isDropped { respond(id, error: -32010, "cancelled") }
  }

  // MARK: The working thread

  private func work() -> Never {
    while true {
      let token = CancellationToken()
      // An answer waits for the `started` of the next task, if there is one: then they are one write.
      if state.withLock({ $0.requests.isEmpty }) { writer.flush() }
      let next = state.wait { state -> (id: String, request: WorkerRequest)?? in
        guard !state.requests.isEmpty else { return state.isEnding ? .some(nil) : nil }
        let next = state.requests.removeFirst()
        state.current = (next.id, token)
        return .some(next)
      }
      guard case .some(.some((let id, let request))) = next else {
        writer.flush()
        exit(0)
      }
      perform(id, request, token)
      state.withLock { $0.current = nil }
    }
  }

  private func perform(_ id: String, _ request: WorkerRequest, _ token: CancellationToken) {
    guard let service = services[request.type] else {
      return respond(id, error: -32602, "no task type '\(request.type)'")
    }
    writer.write(WorkerReply.started(id))
    let output = WorkerOutput(cancellation: token) { [self] isError, text in
      for chunk in text.chunks(ofAtMostBytes: 64 * 1024) {
        notify(
          "output",
          [
            ("id", JSONText.string(id)), ("stream", JSONText.string(isError ? "stderr" : "stdout")),
            ("text", JSONText.string(chunk)),
          ])
      }
    }
    let before = ThreadUsage.now
    let begin = ContinuousClock.now
    let result = Result { try service.run(request, output) }
    token.finish()
    if case .failure(is CancellationError) = result, token.isCancelled {
      fflush(nil)
      return respond(id, error: -32010, "cancelled")
    }
    // What the task printed with C's or Swift's `print` must not turn up in the next task's log.
    fflush(nil)
    if case .failure(let refusal as WorkerRefusal) = result {
      return respond(id, error: refusal.code, refusal.message)
    }
    answer(id, result, since: before, wallTime: .now - begin)
  }

  private func answer(
    _ id: String, _ result: Result<[UInt8], any Error>, since before: ThreadUsage, wallTime: Duration
  ) {
    let used = ThreadUsage.now - before
    let usage =
      #"{"user_microseconds":\#(microseconds(used.user)),"#
      + #""system_microseconds":\#(microseconds(used.system)),"#
      + #""wall_microseconds":\#(microseconds(wallTime))}"#
    switch result {
    case .success(let value):
      guard let payload = payload(value) else {
        return respond(id, error: -32603, "the value could not be written to a file for temporary files")
      }
      writer.hold(WorkerReply.succeeded(id, payload, usage: usage))
    case .failure(let error):
      let remote =
        error as? RemoteError
        ?? RemoteError(typeName: "\(type(of: error))", message: "\(error)", pid: getpid())
      let texts = [("type", remote.typeName), ("message", remote.message), ("trace", remote.trace)]
      let content = remote.content.flatMap { $0.count <= Self.errorContentBytes ? $0 : nil }
      let description = JSONText.object(
        texts.map { ($0.0, JSONText.string($0.1.prefix(utf8Bytes: Self.errorTextBytes))) }
          + (content.map { [("content", JSONText.onOneLine($0))] } ?? []))
      respond(
        id,
        result: JSONText.object([
          ("status", JSONText.string("failed")), ("error", description), ("usage", Array(usage.utf8)),
        ]))
    }
  }

  /// The value, or the file it was put into because it is too long for a line; `nil` if there is no such file.
  private func payload(_ value: [UInt8]) -> (key: String, json: [UInt8])? {
    guard value.count > HostMessage.lineLimitBytes - 4096 else { return ("value", JSONText.onOneLine(value)) }
    return PayloadFile.write(value, name: "taskrun-value", .current).map {
      ("value_file", JSONText.string($0))
    }
  }

  // MARK: Sending

  private func respond(_ id: String?, result: [UInt8]) {
    guard let id else { return }
    send([("id", JSONText.string(id)), ("result", result)])
  }

  private func respond(_ id: String?, error code: Int, _ message: String) {
    guard let id else { return }
    let error = JSONText.object([("code", Array("\(code)".utf8)), ("message", JSONText.string(message))])
    send([("id", JSONText.string(id)), ("error", error)])
  }

  private func notify(_ method: String, _ parameters: [(key: String, json: [UInt8])]) {
    send([("method", JSONText.string(method)), ("params", JSONText.object(parameters))])
  }

  private func send(_ members: [(key: String, json: [UInt8])]) {
    writer.write(JSONText.object([("jsonrpc", JSONText.string("2.0"))] + members) + [UInt8(ascii: "\n")])
  }
}

/// `read`, tried again after a signal.
func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
  while true {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count >= 0 || errno != EINTR { return count }
  }
}

private func microseconds(_ duration: Duration) -> Int64 { duration.inNanoseconds / 1000 }
