/// Writes a value as JSON.
///
/// The elements of a list or mapping are written one behind the other into its text; an element that is a list or
/// mapping itself is written by an encoder of its own, and copied when it is whole. Two things come out of order: a
/// container that was asked for without a value (`nestedContainer`, `superEncoder`) may be filled at any time, and a
/// member may be replaced. Both are noted, and put right when the text is copied.
///
/// A class, for all containers of one value write into the same text.
final class PayloadEncoder: Encoder {
  private enum Content {
    case nothing, scalar, list, mapping
  }

  /// A part of the text that is not copied as it is.
  private struct Edit {
    var range: Range<Int>
    /// What comes there; `nil` for a member that has been replaced.
    var content: PayloadEncoder?
  }

  /// How many values may be encoded inside of one another. That some need no list or mapping is why the limit for
  /// those does not end every value that contains itself.
  private static let maximumCalls = 256

  private var content = Content.nothing
  /// A scalar; or an opening bracket and elements, each with a comma behind it.
  private var text: [UInt8] = []
  /// How many elements a list has.
  private(set) var count = 0
  /// Where each member is in the text.
  private var members: [String: Range<Int>] = [:]
  private var edits: [Edit] = []
  /// Why this cannot be encoded, if a call has found that which does not throw.
  private var failure: EncodingError?
  /// An encoder for the next element.
  private var spare: PayloadEncoder?
  /// How many lists and mappings the value is in.
  private let depth: Int
  private var calls = 0
  private var parentTrail: CodingTrail?
  private var step: CodingStep?
  /// Its own trail, once that was asked for.
  private var knownTrail: CodingTrail?

  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var codingPath: [any CodingKey] { CodingTrail.path(trail) }

  private var trail: CodingTrail? {
    if knownTrail == nil { knownTrail = step.map { CodingTrail(parentTrail, $0) } }
    return knownTrail
  }

  private init(depth: Int) { self.depth = depth }

  /// The value as JSON, on one line.
  /// - Throws: `EncodingError`, or what the value's own `encode(to:)` throws.
  static func json(_ value: some Encodable) throws -> [UInt8] {
    let encoder = PayloadEncoder(depth: 0)
    try encoder.encode(value)
    var text: [UInt8] = []
    try encoder.finish(&text)
    return text
  }

  // MARK: Containers

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    begin(.mapping, "{")
    return KeyedEncodingContainer(KeyedPayloadEncoder(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    begin(.list, "[")
    return UnkeyedPayloadEncoder(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  private func begin(_ new: Content, _ bracket: Unicode.Scalar) {
    guard content != new, failure == nil else { return }
    if content != .nothing {
      failure = secondContainer(self)
    } else if depth == JSONScanner.maximumPayloadDepth {
      failure = error(self, "more than \(depth) lists and mappings inside of one another")
    }
    content = new
    text.append(UInt8(ascii: bracket))
  }

  private func checkFailure() throws { if let failure { throw failure } }

  private func secondContainer(_ value: Any) -> EncodingError {
    error(value, "the value has been begun as a \(content), and cannot be something else")
  }

  private func error(_ value: Any, _ description: String, at step: CodingStep? = nil) -> EncodingError {
    let path = codingPath + (step.map { [$0.key] } ?? [])
    return .invalidValue(value, .init(codingPath: path, debugDescription: description))
  }

  // MARK: Elements and members

  /// Adds `null` to the list or mapping.
  func addNull(_ step: CodingStep) throws {
    try checkFailure()
    insert(step) { $0 += "null".utf8 }
  }

  /// Adds a scalar.
  func add(_ value: some PayloadScalar, _ step: CodingStep) throws {
    try checkFailure()
    try insert(step) { text in
      guard value.append(to: &text) else { throw error(value, "JSON has no word for '\(value)'", at: step) }
    }
  }

  /// Adds many scalars to a list.
  func add<Value: PayloadScalar>(contentsOf values: some Sequence<Value>) throws {
    try checkFailure()
    let values = Array(values)
    let written = Value.append(values, to: &text)
    count += written
    guard written == values.count else {
      throw error(values[written], "JSON has no word for '\(values[written])'", at: .index(count))
    }
  }

  /// Adds any value.
  func add(_ value: some Encodable, _ step: CodingStep) throws {
    try checkFailure()
    var element = spare ?? PayloadEncoder(depth: depth + 1)
    spare = nil
    element.prepare(in: self, step)
    try element.encode(value)
    try insert(step) { try element.finish(&$0) }
    // One that is held by somebody is left to them, and a large table would be cleared for each small value.
    if isKnownUniquelyReferenced(&element), element.members.capacity < 64 { spare = element }
  }

  /// Adds a value that is written later.
  func addLater(_ step: CodingStep) -> PayloadEncoder {
    // What has failed needs nothing more in it: so not even endless nesting makes a chain that is long.
    guard failure == nil else { return self }
    let element = PayloadEncoder(depth: depth + 1)
    element.prepare(in: self, step)
    insert(step) { edits.append(Edit(range: $0.count..<$0.count, content: element)) }
    return element
  }

  private func prepare(in parent: PayloadEncoder, _ step: CodingStep) {
    (content, count, edits) = (.nothing, 0, [])
    text.removeAll(keepingCapacity: true)
    if !members.isEmpty { members.removeAll(keepingCapacity: true) }
    (calls, parentTrail, self.step, knownTrail) = (parent.calls, parent.trail, step, nil)
  }

  private func insert(_ step: CodingStep, _ body: (inout [UInt8]) throws -> Void) rethrows {
    let start = text.count
    do {
      if case .key(let key) = step {
        JSONText.appendString(key.stringValue, to: &text)
        text.append(UInt8(ascii: ":"))
      }
      try body(&text)
    } catch {
      text.removeLast(text.count - start)
      throw error
    }
    text.append(UInt8(ascii: ","))
    count += 1
    guard case .key(let key) = step else { return }
    if let replaced = members.updateValue(start..<text.count, forKey: key.stringValue) {
      edits.append(Edit(range: replaced, content: nil))
    }
  }

  /// Adds the whole JSON to another text. Nothing can be added afterwards.
  private func finish(_ target: inout [UInt8]) throws {
    try checkFailure()
    switch content {
    case .nothing: text += "{}".utf8
    case .scalar: break
    case .list: close("]")
    case .mapping: close("}")
    }
    if edits.isEmpty {
      if target.isEmpty { swap(&target, &text) } else { target += text }
      return
    }
    var position = 0
    // What was to be written later into a member that was replaced is left out with it.
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where edit.range.lowerBound >= position {
      target += text[position..<edit.range.lowerBound]
      try edit.content?.finish(&target)
      position = edit.range.upperBound
    }
    target += text[position...]
  }

  private func close(_ bracket: Unicode.Scalar) {
    if count > 0 { text.removeLast() }
    text.append(UInt8(ascii: bracket))
  }
}

extension PayloadEncoder: SingleValueEncodingContainer {
  func encodeNil() throws { try write { $0 += "null".utf8 } }
  func encode(_ value: some PayloadScalar) throws { try encodeScalar(value) }
  func encode(_ value: Int128) throws { try encodeScalar(value) }
  func encode(_ value: UInt128) throws { try encodeScalar(value) }

  func encode(_ value: some Encodable) throws {
    guard calls < Self.maximumCalls else {
      throw error(value, "more than \(calls) values inside of one another")
    }
    if let list = value as? any PayloadScalarList { return try list.write(to: self) }
    calls += 1
    defer { calls -= 1 }
    try value.encode(to: self)
  }

  /// The same for a list of scalars.
  func encode(list: [some PayloadScalar]) throws {
    begin(.list, "[")
    try add(contentsOf: list)
  }

  private func encodeScalar(_ value: some PayloadScalar) throws {
    try write { text in
      guard value.append(to: &text) else { throw error(value, "JSON has no word for '\(value)'") }
    }
  }

  private func write(_ body: (inout [UInt8]) throws -> Void) throws {
    try checkFailure()
    guard content == .nothing else { throw secondContainer(self) }
    try body(&text)
    content = .scalar
  }
}
