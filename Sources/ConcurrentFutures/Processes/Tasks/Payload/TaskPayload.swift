/// Turns inputs and outputs into JSON and back.
///
/// Not Foundation's coder: importing that here would put it into every program that links this module statically,
/// taskrun among them, and make each worker start slower. Numbers, booleans and strings, which most small tasks
/// exchange, take a shorter way.
enum TaskPayload {
  /// Whether reading a value of this type costs little and calls no code of the program: such values are read
  /// wherever they arrive.
  static func isPlain(_ type: (some Any).Type, _ result: Result<[UInt8], RemoteError>) -> Bool {
    guard case .success(let bytes) = result, bytes.count <= 256 else { return false }
    return type == Int.self || type == Bool.self || type == Double.self || type == String.self
  }

  /// The value as JSON, on one line.
  /// - Throws: `EncodingError`, or what the value's own `encode(to:)` throws.
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    switch value {
    case let number as Int: return Array("\(number)".utf8)
    case let text as String: return JSONText.string(text)
    case let flag as Bool: return Array((flag ? "true" : "false").utf8)
    default: return try PayloadEncoder.json(value)
    }
  }

  /// Reads a value.
  /// - Throws: `DecodingError`, or what the value's own `init(from:)` throws.
  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    if type == Int.self, let number = JSONScanner.integer(bytes[...]) as? Value { return number }
    if type == String.self, let text = JSONScanner.string(bytes[...]) as? Value { return text }
    let document: JSONDocument
    do throws(JSONScanner.Fault) {
      document = try JSONDocument(bytes)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "expected \(error.expected) at byte \(error.offset)"))
    }
    return try PayloadDecoder(document: document, value: 0, trail: nil).decode(type)
  }

  /// What went wrong and where, in words.
  static func describe(_ error: any Error) -> String {
    let context: (codingPath: [any CodingKey], debugDescription: String)
    switch error {
    case DecodingError.typeMismatch(_, let found), DecodingError.valueNotFound(_, let found),
      DecodingError.keyNotFound(_, let found), DecodingError.dataCorrupted(let found):
      context = (found.codingPath, found.debugDescription)
    case EncodingError.invalidValue(_, let found): context = (found.codingPath, found.debugDescription)
    default: return "\(error)"
    }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    return path.isEmpty ? context.debugDescription : "\(context.debugDescription), at '\(path)'"
  }
}
