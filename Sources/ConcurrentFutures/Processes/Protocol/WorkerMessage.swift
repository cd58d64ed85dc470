/// A line that a worker sent, as far as the host has to understand it.
enum WorkerMessage {
  /// The answer to `initialize`.
  case handshake(Handshake)
  /// `initialize` was refused.
  case rejected(message: String)
  /// The final answer to a `run`: succeeded, or failed by the task's own word.
  case answer(id: String, Answer)
  /// The worker could not do its job for this request.
  case refused(id: String, code: Int, message: String)
  case started(id: String)
  case output(id: String, isError: Bool, text: [UInt8])
  /// The worker takes nothing new.
  case bye
  /// Something this host does not know, and ignores.
  case other

  struct Handshake {
    var protocolVersion: Int?
    var cookie: String?
    /// How many requests the worker takes at once.
    var inflight: Int?
    /// Whether it begins what it has read, as soon as nothing stands before it, and may say so with `started` a little
    /// later. Ours does: a task that is over within a millisecond is announced and answered in one write.
    var beginsAtOnce: Bool
    /// Whether it understands `give_back`: it answers for a request that it has not begun as for a cancelled one, and
    /// leaves one alone that it has begun.
    var givesBack: Bool
    /// The names of its task types.
    var types: [String]
  }

  struct Answer {
    /// The value's JSON, or where it lies.
    enum Value {
      case json([UInt8])
      case file(String)
    }

    var value: Result<Value, Failure>
    var userTime: Duration?
    var systemTime: Duration?
    /// From the task's begin to its end.
    var wallTime: Duration?
  }

  struct Failure: Error {
    var type: String
    var message: String
    var trace: String
    var content: [UInt8]?
  }

  /// Why a line breaks the protocol.
  enum Violation: Error, Hashable {
    case notAnObject(JSONScanner.Fault)
    case unknownStatus(String)
    case missing(String)
  }

  /// Reads a line, without its newline.
  init(_ line: ArraySlice<UInt8>) throws(Violation) {
    let members = try Self.members(line)
    if let method = JSONScanner.string(members["method"]) {
      self = try Self.notification(method, members["params"])
    } else if let id = JSONScanner.string(members["id"]) {
      self = try Self.response(id, members)
    } else {
      throw .missing("'id' or 'method'")
    }
  }

  private static func members(_ bytes: ArraySlice<UInt8>?) throws(Violation) -> JSONMembers {
    guard let bytes, !isNull(bytes) else { return JSONMembers() }
    do {
      return try JSONScanner.members(of: bytes)
    } catch {
      throw .notAnObject(error)
    }
  }

  private static func isNull(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.first == UInt8(ascii: "n") && bytes.elementsEqual("null".utf8)
  }

  private static func notification(
    _ method: String, _ parameters: ArraySlice<UInt8>?
  ) throws(Violation) -> WorkerMessage {
    switch method {
    case "started":
      guard let id = JSONScanner.string(try members(parameters)["id"]) else { throw .missing("'id'") }
      return .started(id: id)
    case "output":
      let parameters = try members(parameters)
      guard let id = JSONScanner.string(parameters["id"]) else { throw .missing("'id'") }
      let isError = JSONScanner.string(parameters["stream"]) == "stderr"
      return .output(
        id: id, isError: isError, text: Array((JSONScanner.string(parameters["text"]) ?? "").utf8))
    case "bye": return .bye
    default: return .other
    }
  }

  private static func response(
    _ id: String, _ envelope: JSONMembers
  ) throws(Violation) -> WorkerMessage {
    if id == HostMessage.shutdownID { return .other }
    // Some libraries write both members, one of them null.
    if let error = envelope["error"], !isNull(error) {
      let members = try members(error)
      let message = JSONScanner.string(members["message"]) ?? "no message"
      if id == HostMessage.initializeID { return .rejected(message: message) }
      return .refused(id: id, code: JSONScanner.integer(members["code"]) ?? 0, message: message)
    }
    guard let result = envelope["result"] else { throw .missing("'result' or 'error'") }
    let members = try members(result)
    if id == HostMessage.initializeID { return .handshake(handshake(members)) }
    guard let status = JSONScanner.string(members["status"]) else { throw .missing("'status'") }
    return .answer(id: id, try answer(status, members))
  }

  private static func handshake(_ members: JSONMembers) -> Handshake {
    let types = members["types"].flatMap { try? JSONScanner.elements(of: $0) } ?? []
    return Handshake(
      protocolVersion: JSONScanner.integer(members["protocol"]),
      cookie: JSONScanner.string(members["cookie"]),
      inflight: JSONScanner.integer(members["inflight"]),
      beginsAtOnce: members["begins_at_once"]?.elementsEqual("true".utf8) ?? false,
      givesBack: members["gives_back"]?.elementsEqual("true".utf8) ?? false,
      types: types.compactMap { JSONScanner.string((try? JSONScanner.members(of: $0))?["name"]) })
  }

  private static func answer(
    _ status: String, _ members: JSONMembers
  ) throws(Violation) -> Answer {
    let usage = try self.members(members["usage"])
    let value: Result<Answer.Value, Failure>
    switch status {
    case "succeeded":
      if let file = JSONScanner.string(members["value_file"]) {
        value = .success(.file(file))
      } else {
        value = .success(.json(members["value"].map { Array($0) } ?? Array("null".utf8)))
      }
    case "failed":
      let error = try self.members(members["error"])
      value = .failure(
        Failure(
          type: JSONScanner.string(error["type"]) ?? "error",
          message: JSONScanner.string(error["message"]) ?? "failed",
          trace: JSONScanner.string(error["trace"]) ?? "", content: error["content"].map { Array($0) }))
    default: throw .unknownStatus(status)
    }
    return Answer(
      value: value, userTime: JSONScanner.integer(usage["user_microseconds"]).map { .microseconds($0) },
      systemTime: JSONScanner.integer(usage["system_microseconds"]).map { .microseconds($0) },
      wallTime: JSONScanner.integer(usage["wall_microseconds"]).map { .microseconds($0) })
  }
}

extension WorkerMessage.Violation: CustomStringConvertible {
  var description: String {
    switch self {
    case .notAnObject(let fault): "not a JSON object: expected \(fault.expected) at byte \(fault.offset)"
    case .unknownStatus(let status): "unknown status '\(status)'; expected 'succeeded' or 'failed'"
    case .missing(let what): "\(what) is missing"
    }
  }
}
