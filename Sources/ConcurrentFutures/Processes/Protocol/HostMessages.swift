/// The lines that the host sends. Every line ends with a newline.
enum HostMessage {
  /// The longest line either side may send, in bytes, without its newline.
  static let lineLimitBytes = 1 << 20

  /// The ids of the requests that are not tasks. A task's id is a number above 0.
  static let initializeID = "0"
  static let shutdownID = "shutdown"

  static func initialize(cookie: String) -> [UInt8] {
    line(
      id: initializeID, method: "initialize",
      parameters: JSONText.object([
        ("protocol", Array(#"{"min":1,"max":1}"#.utf8)),
        (
          "host",
          JSONText.object([("name", JSONText.string("taskrun")), ("version", JSONText.string("1.0.0"))])
        ),
        ("cookie", JSONText.string(cookie)),
        ("limits", JSONText.object([("line_bytes", Array("\(lineLimitBytes)".utf8))])),
        ("kind", JSONText.string("cpu")),
      ]))
  }

  /// - Parameter file: where the parameters lie if they are too long for a line.
  static func run(id: String, _ request: WorkerRequest, parametersFile file: String? = nil) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity((file == nil ? request.parameters.count : 0) + request.input.utf8.count + 192)
    // Ids are numbers: nothing in them needs an escape.
    line += #"{"jsonrpc":"2.0","id":""#.utf8
    line += id.utf8
    line += #"","method":"run","params":{"type":"#.utf8
    JSONText.appendString(request.type, to: &line)
    if let file {
      line += #","params_file":"#.utf8
      JSONText.appendString(file, to: &line)
    } else {
      line += #","params":"#.utf8
      line += JSONText.onOneLine(request.parameters)
    }
    line += #","attempt":"#.utf8
    line += "\(request.attempt)".utf8
    appendSurroundings(of: request, to: &line)
    line += "}}\n".utf8
    return line
  }

  /// Whether a request's parameters have to go through a file, for they make its line too long.
  static func needsFile(_ request: WorkerRequest) -> Bool {
    if request.parameters.count > lineLimitBytes { return true }
    let texts = request.environment.reduce(request.input.utf8.count) {
      $0 + $1.name.utf8.count + $1.value.utf8.count
    }
    // An escape makes six bytes of one. Most requests are far from that.
    guard request.parameters.count > 64, request.parameters.count + 6 * texts > lineLimitBytes / 2 else {
      return false
    }
    return run(id: "\(UInt64.max)", request).count > lineLimitBytes
  }

  /// Where and as what a task runs. What a request does not say is left out.
  private static func appendSurroundings(of request: WorkerRequest, to line: inout [UInt8]) {
    for (key, text) in [
      (#","task":"#, request.task), (#","dir":"#, request.directory), (#","stdin":"#, request.input),
    ]
    where !text.isEmpty {
      line += key.utf8
      JSONText.appendString(text, to: &line)
    }
    guard !request.environment.isEmpty else { return }
    line += #","env":"#.utf8
    line += JSONText.object(request.environment.map { ($0.name, JSONText.string($0.value)) })
  }

  static func cancel(_ id: String) -> [UInt8] {
    line(id: nil, method: "cancel", parameters: JSONText.object([("id", JSONText.string(id))]))
  }

  /// Asks for a request that has not begun. What has begun goes on, and hears nothing of it.
  static func giveBack(_ id: String) -> [UInt8] {
    line(id: nil, method: "give_back", parameters: JSONText.object([("id", JSONText.string(id))]))
  }

  static let shutdown = line(id: shutdownID, method: "shutdown", parameters: nil)

  private static func line(id: String?, method: String, parameters: [UInt8]?) -> [UInt8] {
    var members: [(key: String, json: [UInt8])] = [("jsonrpc", JSONText.string("2.0"))]
    if let id { members.append(("id", JSONText.string(id))) }
    members.append(("method", JSONText.string(method)))
    if let parameters { members.append(("params", parameters)) }
    return JSONText.object(members) + [UInt8(ascii: "\n")]
  }
}
