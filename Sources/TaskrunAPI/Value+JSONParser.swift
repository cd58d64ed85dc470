extension Value {
  /// Reads one JSON value that fills the whole text.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; white space around the value is allowed, anything else is an error.
  ///   - maximumDepth: how many lists and mappings may stand inside one another. The parser recurses, so this
  ///     is what bounds its stack.
  /// - Throws: ``JSONError`` with the offset of the first thing that is wrong.
  public init(json bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) {
    var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
    self = try parser.document()
  }

  /// Reads one JSON value that fills the whole text.
  /// - Throws: ``JSONError``.
  public init(json text: String) throws(JSONError) {
    try self.init(json: Array(text.utf8))
  }
}

/// A recursive descent parser for RFC 8259, strict: no comments, no trailing commas, unique keys.
private struct JSONParser {
  let bytes: [UInt8]
  let maximumDepth: Int
  var offset = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  mutating func document() throws(JSONError) -> Value {
    let value = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw .unexpected(offset: offset, expected: "the end") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> Value {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    case nil: throw .unexpectedEnd
    default: throw .unexpected(offset: offset, expected: "a value")
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> Value {
    guard depth <= maximumDepth else { throw .tooDeep(limit: maximumDepth, offset: offset) }
    offset += 1
    var members: [ValueObject.Member] = []
    var keys: Set<String> = []
    skipSpace()
    if take("}") { return .object(ValueObject()) }
    while true {
      skipSpace()
      let start = offset
      guard let next = peek else { throw .unexpectedEnd }
      guard next == UInt8(ascii: "\"") else { throw .unexpected(offset: offset, expected: "a key") }
      let key = try string()
      guard keys.insert(key).inserted else { throw .duplicateKey(key, offset: start) }
      skipSpace()
      guard take(":") else { throw missing("':'") }
      members.append(.init(key: key, value: try value(depth: depth)))
      skipSpace()
      if take("}") { return .object(ValueObject(members)) }
      guard take(",") else { throw missing("',' or '}'") }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> Value {
    guard depth <= maximumDepth else { throw .tooDeep(limit: maximumDepth, offset: offset) }
    offset += 1
    var elements: [Value] = []
    skipSpace()
    if take("]") { return .array([]) }
    while true {
      elements.append(try value(depth: depth))
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw missing("',' or ']'") }
    }
  }

  private mutating func number() throws(JSONError) -> Value {
    let start = offset
    _ = take("-")
    if !take("0") { try digits() }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let number = Int128(text) { return .int(number) }
    guard let number = Double(text), number.isFinite else { throw .numberOutOfRange(offset: start) }
    return .double(number)
  }

  private mutating func digits() throws(JSONError) {
    let start = offset
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    if offset == start { throw missing("a digit") }
  }

  private mutating func string() throws(JSONError) -> String {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    var runStart = offset
    while true {
      guard let byte = peek else { throw .unexpectedEnd }
      switch byte {
      case UInt8(ascii: "\""):
        text.append(contentsOf: bytes[runStart..<offset])
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else { throw .invalidUTF8(offset: start) }
        return string
      case UInt8(ascii: "\\"):
        text.append(contentsOf: bytes[runStart..<offset])
        try escape(into: &text)
        runStart = offset
      case 0..<0x20: throw .unexpected(offset: offset, expected: "an escape for a control character")
      default: offset += 1
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let start = offset
    offset += 1
    guard let byte = peek else { throw .unexpectedEnd }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw .unexpected(offset: start, expected: "a known escape")
    }
  }

  /// A lone surrogate becomes U+FFFD, as decoders in the field do: text from a foreign program should not be
  /// lost for one broken character.
  private mutating func unicodeEscape() throws(JSONError) -> Character {
    let high = try hexQuad()
    if (0xD800..<0xDC00).contains(high), peek == UInt8(ascii: "\\"), offset + 1 < bytes.count,
      bytes[offset + 1] == UInt8(ascii: "u")
    {
      let restart = offset
      offset += 2
      let low = try hexQuad()
      if (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      {
        return Character(scalar)
      }
      offset = restart
    }
    return Character(Unicode.Scalar(high) ?? "\u{FFFD}")
  }

  private mutating func hexQuad() throws(JSONError) -> UInt32 {
    guard offset + 4 <= bytes.count else { throw .unexpectedEnd }
    var number: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
        throw .unexpected(offset: offset, expected: "a hexadecimal digit")
      }
      number = number << 4 | UInt32(digit)
      offset += 1
    }
    return number
  }

  private mutating func word(_ word: String, _ value: Value) throws(JSONError) -> Value {
    guard bytes[offset...].starts(with: word.utf8) else {
      throw .unexpected(offset: offset, expected: "'\(word)'")
    }
    offset += word.utf8.count
    return value
  }

  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  private func missing(_ expected: String) -> JSONError {
    peek == nil ? .unexpectedEnd : .unexpected(offset: offset, expected: expected)
  }
}
