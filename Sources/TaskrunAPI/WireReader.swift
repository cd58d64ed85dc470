/// Reads typed fields of an object by name, fastest in the order in which they stand.
struct WireReader {
  private let members: [ValueObject.Member]
  private var next = 0

  init(_ object: ValueObject) {
    members = object.members
  }

  /// The field's value; `nil` if it is not there.
  mutating func value(_ field: String) -> Value? {
    // The fields come in the order in which they were written, so the next one is nearly always the one.
    for position in members.indices[next...] where members[position].key == field {
      next = position + 1
      return members[position].value
    }
    for position in 0..<next where members[position].key == field {
      next = position + 1
      return members[position].value
    }
    return nil
  }

  /// Takes a value that is of a type, `nil` for one that is `null` or not there.
  private mutating func optional<Result>(
    _ field: String, _ expected: String, _ convert: (Value) -> Result?
  ) throws(EventDecodingError) -> Result? {
    guard let value = value(field), value != .null else { return nil }
    guard let result = convert(value) else {
      throw .unfit(field: field, expected: expected, found: value.kindDescription)
    }
    return result
  }

  private func required<Result>(_ field: String, _ value: Result?) throws(EventDecodingError) -> Result {
    guard let value else { throw .missing(field: field) }
    return value
  }

  mutating func optionalText(_ field: String) throws(EventDecodingError) -> String? {
    try optional(field, "a string") { $0.stringValue }
  }

  mutating func text(_ field: String) throws(EventDecodingError) -> String {
    try required(field, try optionalText(field))
  }

  mutating func optionalInteger(_ field: String) throws(EventDecodingError) -> Int? {
    try optional(field, "an integer of 64 bits") { $0.intValue }
  }

  mutating func integer(_ field: String) throws(EventDecodingError) -> Int {
    try required(field, try optionalInteger(field))
  }

  mutating func optionalFlag(_ field: String) throws(EventDecodingError) -> Bool? {
    try optional(field, "a boolean") { $0.boolValue }
  }

  /// Seconds, to the microsecond.
  mutating func optionalDuration(_ field: String) throws(EventDecodingError) -> Duration? {
    try optional(field, "a number of seconds") { value in
      // More than this no clock has ever said, and it fits in the integer below.
      guard let seconds = value.doubleValue, seconds.magnitude < 1e12 else { return nil }
      return .microseconds(Int64((seconds * 1e6).rounded()))
    }
  }

  mutating func duration(_ field: String) throws(EventDecodingError) -> Duration {
    try required(field, try optionalDuration(field))
  }

  /// One of the words of an enum.
  mutating func optionalWord<Word: RawRepresentable<String> & CaseIterable>(
    _ field: String
  ) throws(EventDecodingError) -> Word? {
    guard let text = try optionalText(field) else { return nil }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw .unfit(field: field, expected: "one of \(words)", found: "'\(text)'")
    }
    return word
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable>(
    _ field: String
  ) throws(EventDecodingError) -> Word {
    try required(field, try optionalWord(field))
  }

  mutating func object(_ field: String) throws(EventDecodingError) -> WireReader? {
    try optional(field, "a mapping") { $0.objectValue.map { WireReader($0) } }
  }

  mutating func objects(_ field: String) throws(EventDecodingError) -> [WireReader] {
    try optional(field, "a list of mappings") { value in
      guard let elements = value.arrayValue else { return nil }
      let objects = elements.compactMap(\.objectValue)
      return objects.count == elements.count ? objects.map { WireReader($0) } : nil
    } ?? []
  }

  mutating func optionalBase64(_ field: String) throws(EventDecodingError) -> [UInt8]? {
    try optional(field, "base64") { $0.stringValue.flatMap(Self.bytes(ofBase64:)) }
  }

  private static func bytes(ofBase64 text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    let padding = digits.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard digits.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3)
    var (bits, count) = (0, 0)
    for digit in digits.dropLast(padding) {
      let sextet: UInt8
      switch digit {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): sextet = digit - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): sextet = digit - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): sextet = digit - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): sextet = 62
      case UInt8(ascii: "/"): sextet = 63
      default: return nil
      }
      (bits, count) = ((bits << 6 | Int(sextet)) & 0xFFFF, count + 6)
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return bytes
  }
}
