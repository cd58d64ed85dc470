/// A value on its way to JSON. A class, for containers of one value may be filled in any order.
final class EncodedNode {
  enum Content {
    case missing
    case text([UInt8])
    case array([EncodedNode])
    case object([(key: String, node: EncodedNode)])
  }

  var content = Content.missing

  /// Adds an element to a list.
  func appendElement() -> EncodedNode {
    let node = EncodedNode()
    guard case .array(var elements) = content else { return node }
    content = .missing
    elements.append(node)
    content = .array(elements)
    return node
  }

  /// Adds a member to a mapping; one that has been there is replaced.
  func setMember(_ key: String) -> EncodedNode {
    let node = EncodedNode()
    guard case .object(var members) = content else { return node }
    content = .missing
    if let index = members.firstIndex(where: { $0.key == key }) {
      members[index].node = node
    } else {
      members.append((key, node))
    }
    content = .object(members)
    return node
  }

  /// How many elements a list has.
  var count: Int { if case .array(let elements) = content { elements.count } else { 0 } }

  /// Writes the JSON.
  func write(to bytes: inout [UInt8]) {
    switch content {
    case .missing: bytes += "{}".utf8
    case .text(let text): bytes += text
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += JSONText.string(member.key)
        bytes.append(UInt8(ascii: ":"))
        member.node.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }
}

/// Fills one ``EncodedNode`` with a value.
struct PayloadEncoder: Encoder {
  let node: EncodedNode
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .object = node.content {} else { node.content = .object([]) }
    return KeyedEncodingContainer(KeyedPayloadEncoder(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .array = node.content {} else { node.content = .array([]) }
    return UnkeyedPayloadEncoder(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  fileprivate func inside(_ key: any CodingKey, _ node: EncodedNode) -> Self {
    Self(node: node, codingPath: codingPath + [key])
  }
}

extension PayloadEncoder: SingleValueEncodingContainer {
  func encodeNil() { write("null") }

  func encode(_ value: some Encodable) throws {
    switch value {
    case let text as String: node.content = .text(JSONText.string(text))
    case let flag as Bool: write(flag ? "true" : "false")
    case let number as Double: try write(number)
    case let number as Float: try write(number)
    case let number as any FixedWidthInteger: write("\(number)")
    default: try value.encode(to: self)
    }
  }

  private func write(_ text: String) { node.content = .text(Array(text.utf8)) }

  private func write(_ number: some BinaryFloatingPoint & CustomStringConvertible) throws {
    guard number.isFinite else {
      throw EncodingError.invalidValue(
        number, .init(codingPath: codingPath, debugDescription: "JSON has no word for '\(number)'"))
    }
    write(number.description)
  }
}

private struct KeyedPayloadEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: PayloadEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }

  private func member(_ key: any CodingKey) -> PayloadEncoder {
    encoder.inside(key, encoder.node.setMember(key.stringValue))
  }

  func encodeNil(forKey key: Key) { member(key).encodeNil() }
  func encode(_ value: some Encodable, forKey key: Key) throws { try member(key).encode(value) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> { member(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    member(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { member(PayloadKey(stringValue: "super")) }
  func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}

private struct UnkeyedPayloadEncoder: UnkeyedEncodingContainer {
  let encoder: PayloadEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.node.count }

  private func element() -> PayloadEncoder {
    encoder.inside(PayloadKey(intValue: count), encoder.node.appendElement())
  }

  func encodeNil() { element().encodeNil() }
  func encode(_ value: some Encodable) throws { try element().encode(value) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    element().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
  func superEncoder() -> any Encoder { element() }
}

/// A key that no program declared: a position in a list, or `super`.
struct PayloadKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }
}
