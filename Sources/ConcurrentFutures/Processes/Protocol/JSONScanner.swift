/// Finds the members of JSON objects without building values: what moves through this module stays bytes.
///
/// Payloads (parameters, values) are encoded by whoever submits and decoded by whoever awaits. Between them only
/// the envelope is looked at. The scanner checks strings, nesting and depth; the grammar inside a payload is left
/// to the payload's decoder.
struct JSONScanner {
  /// Why a line is not what it should be; the offset counts bytes from 0.
  struct Fault: Error, Hashable {
    var offset: Int
    var expected: String
  }

  /// How many lists and mappings may stand inside one another.
  static let maximumDepth = 64
  /// The same for a payload: the content of an error, which lies deepest, is in three mappings of the protocol's.
  static let maximumPayloadDepth = maximumDepth - 3

  let bytes: ArraySlice<UInt8>
  var index: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  /// The members of an object that fills the text.
  static func members(of bytes: ArraySlice<UInt8>) throws(Fault) -> JSONMembers { try JSONMembers(of: bytes) }

  /// Calls a closure with each member of an object that fills the text: its key, and its value's own text.
  static func eachMember(
    of bytes: ArraySlice<UInt8>, _ body: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void
  ) throws(Fault) {
    var scanner = JSONScanner(bytes)
    scanner.skipSpace()
    try scanner.expect("{")
    scanner.skipSpace()
    if !scanner.take("}") {
      repeat {
        scanner.skipSpace()
        let key = try scanner.stringBytes()
        scanner.skipSpace()
        try scanner.expect(":")
        scanner.skipSpace()
        let start = scanner.index
        try scanner.skipValue()
        body(key, bytes[start..<scanner.index])
        scanner.skipSpace()
      } while scanner.take(",")
      try scanner.expect("}")
    }
    scanner.skipSpace()
    guard scanner.index == bytes.endIndex else { throw scanner.fault("the end") }
  }

  /// The elements of a list that fills the text.
  static func elements(of bytes: ArraySlice<UInt8>) throws(Fault) -> [ArraySlice<UInt8>] {
    var scanner = JSONScanner(bytes)
    var elements: [ArraySlice<UInt8>] = []
    try scanner.expect("[")
    scanner.skipSpace()
    if scanner.take("]") { return [] }
    repeat {
      scanner.skipSpace()
      let start = scanner.index
      try scanner.skipValue()
      elements.append(bytes[start..<scanner.index])
      scanner.skipSpace()
    } while scanner.take(",")
    try scanner.expect("]")
    return elements
  }

  /// The text of a string that fills the bytes; `nil` if they are anything else.
  static func string(_ bytes: ArraySlice<UInt8>?) -> String? {
    guard let bytes else { return nil }
    var scanner = JSONScanner(bytes)
    guard let text = try? scanner.string(), scanner.index == bytes.endIndex else { return nil }
    return text
  }

  /// The number that fills the bytes; `nil` if they are anything else.
  static func integer(_ bytes: ArraySlice<UInt8>?) -> Int? {
    guard let bytes else { return nil }
    // Most are short and need neither a text nor a look for overflow.
    guard bytes.count <= 18, !bytes.isEmpty else { return Int(String(decoding: bytes, as: UTF8.self)) }
    var number = 0
    for (position, byte) in bytes.enumerated() {
      if position == 0, byte == UInt8(ascii: "-"), bytes.count > 1 { continue }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      number = 10 * number + Int(byte - UInt8(ascii: "0"))
    }
    return bytes.first == UInt8(ascii: "-") ? -number : number
  }

  /// Checks that bytes are one value that leaves the line whole in which it travels.
  static func checkPayload(_ bytes: [UInt8]) throws(Fault) {
    var scanner = JSONScanner(bytes[...])
    scanner.skipSpace()
    try scanner.skipValue(maximumDepth: maximumPayloadDepth)
    scanner.skipSpace()
    guard scanner.index == bytes.endIndex else { throw scanner.fault("the end") }
  }

  /// Skips one value, iteratively: nesting costs no stack.
  private mutating func skipValue(maximumDepth: Int = Self.maximumDepth) throws(Fault) {
    var depth = 0
    // One bit for each level, the innermost the lowest: whether it is a mapping.
    var mappings: UInt64 = 0
    repeat {
      skipSpace()
      switch peek {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        guard depth <= maximumDepth else { throw fault("at most \(maximumDepth) levels") }
        mappings = mappings << 1 | (peek == UInt8(ascii: "{") ? 1 : 0)
        index += 1
        continue
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0, (peek == UInt8(ascii: "}")) == (mappings & 1 == 1) else { throw fault("a value") }
        depth -= 1
        mappings >>= 1
        index += 1
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw fault("a value") }
        index += 1
        continue
      case nil: throw fault("a value")
      default: try skipWord()
      }
      // What follows the whole value is not part of it.
      if depth > 0 { skipSpace() }
    } while depth > 0
  }

  /// A number, `true`, `false` or `null`.
  mutating func skipWord() throws(Fault) {
    let start = index
    while let byte = peek, Self.isWordByte(byte) { index += 1 }
    if index == start { throw fault("a value") }
  }

  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// - Returns: whether there are escapes in it.
  @discardableResult
  mutating func skipString() throws(Fault) -> Bool {
    try expect("\"")
    let (end, hasEscapes) = bytes[index...].withUnsafeBufferPointer(Self.endOfString)
    guard let end else {
      index = bytes.endIndex
      throw fault("'\"'")
    }
    index += end + 1
    return hasEscapes
  }

  /// The position of the quote that ends a string. Quotes and escapes are looked for each on its own, and nothing twice.
  private static func endOfString(_ rest: UnsafeBufferPointer<UInt8>) -> (end: Int?, hasEscapes: Bool) {
    var position = 0
    var quote = rest.position(of: UInt8(ascii: "\""), in: 0..<rest.count)
    while let end = quote {
      guard let escape = rest.position(of: UInt8(ascii: "\\"), in: position..<end) else {
        return (end, position > 0)
      }
      // What it escapes ends nothing, and begins no escape.
      position = escape + 2
      guard position > end else { continue }
      quote = position < rest.count ? rest.position(of: UInt8(ascii: "\""), in: position..<rest.count) : nil
    }
    return (nil, position > 0)
  }

  mutating func string() throws(Fault) -> String {
    String(decoding: try stringBytes(), as: UTF8.self)
  }

  /// The text of a string, in UTF-8.
  private mutating func stringBytes() throws(Fault) -> ArraySlice<UInt8> {
    let start = index
    let hasEscapes = try skipString()
    let inner = bytes[(start + 1)..<(index - 1)]
    return hasEscapes ? try unescape(inner)[...] : inner
  }

  private func unescape(_ inner: ArraySlice<UInt8>) throws(Fault) -> [UInt8] {
    var units: [UInt8] = []
    var rest = inner
    units.reserveCapacity(inner.count)
    while let escape = rest.index(of: UInt8(ascii: "\\")) {
      units += rest[..<escape]
      rest = rest[(escape + 1)...]
      switch rest.popFirst() {
      case UInt8(ascii: "n"): units.append(0x0A)
      case UInt8(ascii: "t"): units.append(0x09)
      case UInt8(ascii: "r"): units.append(0x0D)
      case UInt8(ascii: "b"): units.append(0x08)
      case UInt8(ascii: "f"): units.append(0x0C)
      case UInt8(ascii: "u"): units.append(contentsOf: String(unicodeEscape(&rest)).utf8)
      case let other?: units.append(other)
      case nil: throw Fault(offset: inner.endIndex - bytes.startIndex, expected: "an escape")
      }
    }
    return units + rest
  }

  /// The character of `\uXXXX`, or of a pair of them; U+FFFD for half a pair or for what is not hexadecimal.
  private func unicodeEscape(_ rest: inout ArraySlice<UInt8>) -> Character {
    guard let high = codeUnit(&rest) else { return "\u{FFFD}" }
    guard (0xD800..<0xDC00).contains(high) else { return Character(Unicode.Scalar(high) ?? "\u{FFFD}") }
    // What follows half a pair is looked at, and left where it is unless it is the other half.
    var next = rest
    guard next.starts(with: #"\u"#.utf8) else { return "\u{FFFD}" }
    next = next.dropFirst(2)
    guard let low = codeUnit(&next), (0xDC00..<0xE000).contains(low) else { return "\u{FFFD}" }
    rest = next
    return Character(Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)) ?? "\u{FFFD}")
  }

  /// The number of four hexadecimal digits; `nil`, and nothing taken, if they are not there.
  private func codeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    let digits = rest.prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
      return nil
    }
    rest = rest.dropFirst(4)
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  var peek: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard take(character) else { throw fault("'\(character)'") }
  }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { index += 1 }
  }

  func fault(_ expected: String) -> Fault {
    Fault(offset: index - bytes.startIndex, expected: expected)
  }
}
