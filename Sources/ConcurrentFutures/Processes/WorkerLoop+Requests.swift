import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the host asks for.
extension WorkerLoop {
  /// How many requests may be here at once.
  private static let maximumRequests = WorkerConnection.maximumInflight

  /// - Returns: whether to go on reading.
  func handle(_ line: ArraySlice<UInt8>) -> Bool {
    guard let message = try? JSONScanner.members(of: line) else { return false }
    let id = JSONScanner.string(message["id"])
    guard let parameters = try? message["params"].map({ try JSONScanner.members(of: $0) }) ?? JSONMembers()
    else {
      respond(id, error: -32602, "'params' is not a JSON object")
      return true
    }
    switch JSONScanner.string(message["method"]) {
    case "initialize":
      if let failure = failure.withLock({ $0 }) {
        respond(id, error: WorkerRefusal.unusable, failure)
      } else {
        respond(id, result: handshake)
      }
    case "ping": respond(id, result: Array("{}".utf8))
    case "run": if let id { take(id, parameters) }
    case "cancel": if let id = JSONScanner.string(parameters["id"]) { cancel(id) }
    case "give_back": if let id = JSONScanner.string(parameters["id"]) { giveBack(id) }
    case "drain": drain()
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
      ("inflight", Array("\(Self.maximumRequests)".utf8)), ("begins_at_once", Array("true".utf8)),
      ("gives_back", Array("true".utf8)),
    ])
  }

  private func take(_ id: String, _ parameters: JSONMembers) {
    var payload = parameters["params"].map { Array($0) } ?? Array("{}".utf8)
    let file = JSONScanner.string(parameters["params_file"])
    if let file {
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
    state.withLock { state in
      if !state.isDraining { state.requests.append((id, request, file)) }
    }
  }

  /// Finishes what runs and takes nothing new. What has not begun gets no answer: `bye` gives it back.
  private func drain() {
    state.withLock { state in
      state.isDraining = true
      state.requests = []
    }
    notify("bye", [("reason", JSONText.string("drained"))])
  }

  private func cancel(_ id: String) {
    let (token, isDropped) = state.withLock { state -> (CancellationToken?, Bool) in
      if let current = state.current, current.id == id { return (current.token, false) }
      return (nil, state.drop(id))
    }
    token?.cancel()
    if isDropped { respond(id, error: -32010, "cancelled") }
  }

  /// Gives a request back that has not begun.
  private func giveBack(_ id: String) {
    if state.withLock({ $0.drop(id) }) { respond(id, error: -32010, "not begun") }
  }
}
