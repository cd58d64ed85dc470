/// Reads a value out of a ``JSONNode``.
struct PayloadDecoder: Decoder {
  let node: JSONNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = node else { throw mismatch([String: Any].self, "a mapping") }
    return KeyedDecodingContainer(KeyedPayloadDecoder(decoder: self, members: members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let elements) = node else { throw mismatch([Any].self, "a list") }
    return UnkeyedPayloadDecoder(decoder: self, elements: elements)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  fileprivate func inside(_ key: any CodingKey, _ node: JSONNode) -> Self {
    Self(node: node, codingPath: codingPath + [key])
  }

  private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
    let context = DecodingError.Context(
      codingPath: codingPath, debugDescription: "expected \(expected), found \(node.kind)")
    if case .null = node { return .valueNotFound(type, context) }
    return .typeMismatch(type, context)
  }
}

extension PayloadDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { if case .null = node { true } else { false } }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let scalar: Any
    switch type {
    case is String.Type:
      guard case .string(let text) = node else { throw mismatch(type, "a string") }
      scalar = text
    case is Bool.Type:
      guard case .bool(let flag) = node else { throw mismatch(type, "a boolean") }
      scalar = flag
    case is Double.Type: scalar = try number(Double.self) { Double($0) }
    case is Float.Type: scalar = try number(Float.self) { Float($0) }
    case let type as any FixedWidthInteger.Type: scalar = try integer(type)
    default: return try Value(from: self)
    }
    guard let value = scalar as? Value else { throw mismatch(type, "\(type)") }
    return value
  }

  private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    try number(type) { Value($0) ?? Double($0).flatMap { Value(exactly: $0) } }
  }

  private func number<Value>(_ type: Value.Type, _ read: (String) -> Value?) throws -> Value {
    guard case .number(let text) = node else { throw mismatch(type, "a number") }
    if let value = read(text) { return value }
    throw DecodingError.dataCorrupted(
      .init(codingPath: codingPath, debugDescription: "'\(text.prefix(40))' is no \(type)"))
  }
}

private struct KeyedPayloadDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: PayloadDecoder
  let members: [String: JSONNode]
  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

  private func member(_ key: any CodingKey) throws -> PayloadDecoder {
    guard let node = members[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
    }
    return decoder.inside(key, node)
  }

  func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try member(key).decode(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try member(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try member(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try member(PayloadKey(stringValue: "super")) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }
}

private struct UnkeyedPayloadDecoder: UnkeyedDecodingContainer {
  let decoder: PayloadDecoder
  let elements: [JSONNode]
  private(set) var currentIndex = 0

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex == elements.count }

  init(decoder: PayloadDecoder, elements: [JSONNode]) {
    self.decoder = decoder
    self.elements = elements
  }

  /// The next element's decoder; the element counts as read once `body` has returned.
  private mutating func next<Result>(
    _ type: Any.Type, _ body: (PayloadDecoder) throws -> Result
  ) throws -> Result {
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        type, .init(codingPath: codingPath, debugDescription: "the list has only \(elements.count) elements"))
    }
    let result = try body(decoder.inside(PayloadKey(intValue: currentIndex), elements[currentIndex]))
    currentIndex += 1
    return result
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, case .null = elements[currentIndex] else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try next(type) { try $0.decode(type) }
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next([String: Any].self) { try $0.container(keyedBy: type) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next([Any].self) { try $0.unkeyedContainer() }
  }

  mutating func superDecoder() throws -> any Decoder { try next((any Decoder).self) { $0 } }
}
