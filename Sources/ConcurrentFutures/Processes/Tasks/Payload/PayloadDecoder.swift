/// Reads a value out of a ``JSONDocument``. No larger than three words, which Swift passes on without a copy on the heap.
struct PayloadDecoder: Decoder {
  let document: JSONDocument
  /// The number of the value in the document.
  let value: Int
  let trail: CodingTrail?

  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var codingPath: [any CodingKey] { CodingTrail.path(trail) }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try document.expect(.mapping, [String: Any].self, value, trail)
    return KeyedDecodingContainer(
      KeyedPayloadDecoder(decoder: self, members: document.members(of: value)))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try document.expect(.list, [Any].self, value, trail)
    return UnkeyedPayloadDecoder(decoder: self)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }
}

extension PayloadDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { document.kind(of: value) == .null }

  func decode<Value: PayloadScalar>(_ type: Value.Type) throws -> Value {
    try document.scalar(type, value, trail)
  }

  func decode(_ type: Int128.Type) throws -> Int128 { try document.scalar(type, value, trail) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try document.scalar(type, value, trail) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let list = type as? any PayloadScalarList.Type, let value = try list.read(from: self) as? Value {
      return value
    }
    return try Value(from: self)
  }

  /// The scalars of a list.
  func scalars<Value: PayloadScalar>() throws -> [Value] {
    try document.expect(.list, [Value].self, value, trail)
    let values = Value.read(document, list: value)
    if values.count < document.count(of: value) {
      // All before it are scalars, each of which is one value of the document.
      let wrong = document.first(of: value) + values.count
      _ = try document.scalar(Value.self, wrong, CodingTrail(trail, .index(values.count)))
    }
    return values
  }
}

extension JSONDocument {
  /// Reads a scalar.
  /// - Parameter trail: only asked for if it is needed.
  fileprivate func scalar<Value: PayloadScalar>(
    _ type: Value.Type, _ value: Int, _ trail: @autoclosure () -> CodingTrail?
  ) throws -> Value {
    if let scalar: Value = scalar(value) { return scalar }
    try expect(Value.kind, type, value, trail())
    let word = String(decoding: word(at: start(of: value)).prefix(40), as: UTF8.self)
    throw DecodingError.dataCorrupted(
      .init(codingPath: CodingTrail.path(trail()), debugDescription: "'\(word)' is no \(type)"))
  }

  fileprivate func expect(
    _ expected: Kind, _ type: Any.Type, _ value: Int, _ trail: @autoclosure () -> CodingTrail?
  ) throws {
    let found = kind(of: value)
    guard found != expected else { return }
    let context = DecodingError.Context(
      codingPath: CodingTrail.path(trail()),
      debugDescription: "expected \(expected.rawValue), found \(found.rawValue)")
    throw found == .null ? DecodingError.valueNotFound(type, context) : .typeMismatch(type, context)
  }
}

private struct KeyedPayloadDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: PayloadDecoder
  let members: [String: Int]
  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

  private func member(_ key: any CodingKey) throws -> Int {
    if let value = members[key.stringValue] { return value }
    throw DecodingError.keyNotFound(
      key, .init(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
  }

  private func inside(_ key: any CodingKey) throws -> PayloadDecoder {
    PayloadDecoder(
      document: decoder.document, value: try member(key), trail: CodingTrail(decoder.trail, .key(key)))
  }

  private func scalar<Value: PayloadScalar>(_ type: Value.Type, _ key: Key) throws -> Value {
    try decoder.document.scalar(type, try member(key), CodingTrail(decoder.trail, .key(key)))
  }

  func decodeNil(forKey key: Key) throws -> Bool { decoder.document.kind(of: try member(key)) == .null }

  func decode<Value: PayloadScalar>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try scalar(type, key)
  }

  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try scalar(type, key) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try scalar(type, key) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try inside(key).decode(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try inside(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try inside(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try inside(PayloadKey.super) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try inside(key) }
}

private struct UnkeyedPayloadDecoder: UnkeyedDecodingContainer {
  let decoder: PayloadDecoder
  private let length: Int
  /// The number of the element that comes next.
  private var value: Int
  private(set) var currentIndex = 0

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { length }
  var isAtEnd: Bool { currentIndex == length }

  init(decoder: PayloadDecoder) {
    self.decoder = decoder
    length = decoder.document.count(of: decoder.value)
    value = decoder.document.first(of: decoder.value)
  }

  private var trail: CodingTrail { CodingTrail(decoder.trail, .index(currentIndex)) }

  /// The next element's decoder; the element counts as read once `body` has returned.
  private mutating func next<Result>(
    _ type: Any.Type, _ body: (PayloadDecoder) throws -> Result
  ) throws -> Result {
    try check(type)
    let result = try body(PayloadDecoder(document: decoder.document, value: value, trail: trail))
    advance()
    return result
  }

  private mutating func scalar<Value: PayloadScalar>(_ type: Value.Type) throws -> Value {
    try check(type)
    let scalar = try decoder.document.scalar(type, value, trail)
    // A scalar is one value of the document.
    value += 1
    currentIndex += 1
    return scalar
  }

  private func check(_ type: Any.Type) throws {
    guard isAtEnd else { return }
    throw DecodingError.valueNotFound(
      type, .init(codingPath: codingPath, debugDescription: "the list has only \(length) elements"))
  }

  private mutating func advance() {
    value = decoder.document.next(after: value)
    currentIndex += 1
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, decoder.document.kind(of: value) == .null else { return false }
    advance()
    return true
  }

  mutating func decode<Value: PayloadScalar>(_ type: Value.Type) throws -> Value { try scalar(type) }
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try scalar(type) }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try scalar(type) }

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
