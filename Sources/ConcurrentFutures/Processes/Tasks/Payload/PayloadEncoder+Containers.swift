struct KeyedPayloadEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: PayloadEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) throws { try encoder.addNull(.key(key)) }
  func encode(_ value: some PayloadScalar, forKey key: Key) throws { try encoder.add(value, .key(key)) }
  func encode(_ value: Int128, forKey key: Key) throws { try encoder.add(value, .key(key)) }
  func encode(_ value: UInt128, forKey key: Key) throws { try encoder.add(value, .key(key)) }
  func encode(_ value: some Encodable, forKey key: Key) throws { try encoder.add(value, .key(key)) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> { encoder.addLater(.key(key)).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder.addLater(.key(key)).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder.addLater(.key(PayloadKey.super)) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder.addLater(.key(key)) }
}

struct UnkeyedPayloadEncoder: UnkeyedEncodingContainer {
  let encoder: PayloadEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.count }
  private var step: CodingStep { .index(count) }

  init(encoder: PayloadEncoder) { self.encoder = encoder }

  func encodeNil() throws { try encoder.addNull(step) }
  func encode(_ value: some PayloadScalar) throws { try encoder.add(value, step) }
  func encode(_ value: Int128) throws { try encoder.add(value, step) }
  func encode(_ value: UInt128) throws { try encoder.add(value, step) }
  func encode(_ value: some Encodable) throws { try encoder.add(value, step) }

  func encode(contentsOf values: some Sequence<some PayloadScalar>) throws {
    try encoder.add(contentsOf: values)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    encoder.addLater(step).container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.addLater(step).unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder.addLater(step) }
}
