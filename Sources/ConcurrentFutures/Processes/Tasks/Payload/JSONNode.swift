/// A JSON text as a tree, for ``PayloadDecoder``. Numbers stay text: only the decoder knows what they are to become.
enum JSONNode {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONNode])
  case object([String: JSONNode])

  typealias Fault = JSONScanner.Fault

  /// Reads a text that is one value.
  init(parsing bytes: [UInt8]) throws(Fault) {
    self = try JSONScanner.node(bytes[...])
  }

  /// What it is, in words.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "a mapping"
    }
  }
}

extension JSONScanner {
  /// The tree of the value that fills the text.
  static func node(_ bytes: ArraySlice<UInt8>) throws(Fault) -> JSONNode {
    var scanner = JSONScanner(bytes)
    scanner.skipSpace()
    let node = try scanner.node(depth: 0)
    scanner.skipSpace()
    guard scanner.index == bytes.endIndex else { throw scanner.fault("the end") }
    return node
  }

  private mutating func node(depth: Int) throws(Fault) -> JSONNode {
    guard depth < Self.maximumDepth else { throw fault("at most \(Self.maximumDepth) levels") }
    switch peek {
    case UInt8(ascii: "{"): return .object(try objectNodes(depth: depth))
    case UInt8(ascii: "["): return .array(try arrayNodes(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  private mutating func objectNodes(depth: Int) throws(Fault) -> [String: JSONNode] {
    var members: [String: JSONNode] = [:]
    try expect("{")
    skipSpace()
    if take("}") { return members }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(":")
      skipSpace()
      members[key] = try node(depth: depth + 1)
      skipSpace()
    } while take(",")
    try expect("}")
    return members
  }

  private mutating func arrayNodes(depth: Int) throws(Fault) -> [JSONNode] {
    var elements: [JSONNode] = []
    try expect("[")
    skipSpace()
    if take("]") { return elements }
    repeat {
      skipSpace()
      elements.append(try node(depth: depth + 1))
      skipSpace()
    } while take(",")
    try expect("]")
    return elements
  }

  private mutating func word() throws(Fault) -> JSONNode {
    let start = index
    try skipWord()
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    switch text {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
        throw Fault(offset: start - bytes.startIndex, expected: "a value")
      }
      return .number(text)
    }
  }
}
