/// The lines that a worker sends for every task, put together without detours.
enum WorkerReply {
  /// A task begins.
  static func started(_ id: String) -> [UInt8] {
    var line = Array(#"{"jsonrpc":"2.0","method":"started","params":{"id":"#.utf8)
    JSONText.appendString(id, to: &line)
    line += "}}\n".utf8
    return line
  }

  /// A task has a value.
  /// - Parameters:
  ///   - payload: the value, or the file it is in.
  ///   - usage: a JSON object.
  static func succeeded(_ id: String, _ payload: (key: String, json: [UInt8]), usage: String) -> [UInt8] {
    var line = Array(#"{"jsonrpc":"2.0","id":"#.utf8)
    line.reserveCapacity(payload.json.count + 192)
    JSONText.appendString(id, to: &line)
    line += #","result":{"status":"succeeded",""#.utf8
    line += payload.key.utf8
    line += "\":".utf8
    line += payload.json
    line += #","usage":"#.utf8
    line += usage.utf8
    line += "}}\n".utf8
    return line
  }
}
