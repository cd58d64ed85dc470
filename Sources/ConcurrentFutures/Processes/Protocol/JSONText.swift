/// Writes the JSON of the protocol's own messages. Payloads are JSON already and are copied as they are.
enum JSONText {
  /// A string literal with its quotes, on one line.
  static func string(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    appendString(text, to: &bytes)
    return bytes
  }

  /// Adds a string literal with its quotes.
  static func appendString(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    // Twice what was there, at least: many short texts would otherwise copy all before them each time.
    let length = bytes.count + text.utf8.count + 2
    if length > bytes.capacity { bytes.reserveCapacity(max(length, 2 * bytes.capacity)) }
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { text in
      if isPlain(text) { bytes += text } else { appendEscaped(text, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether a text can stand between quotes as it is. Looks at eight bytes at once: that is what long texts cost.
  private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let bytes = UnsafeRawBufferPointer(text)
    let tail = bytes.count % 8
    var escapes: UInt64 = 0
    for offset in stride(from: 0, to: bytes.count - tail, by: 8) {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      escapes |= marks(of: 0x20, in: word)
      escapes |= marks(of: 1, in: word ^ 0x7F7F_7F7F_7F7F_7F7F)
      escapes |= marks(of: 1, in: word ^ 0x2222_2222_2222_2222)  // the quotation mark
      escapes |= marks(of: 1, in: word ^ 0x5C5C_5C5C_5C5C_5C5C)  // the backslash
    }
    return escapes == 0 && !bytes.suffix(tail).contains { $0 < 0x20 || [0x7F, 0x22, 0x5C].contains($0) }
  }

  /// Not zero if a byte of the word is below the limit, which is at most 128. (`hasless` of S. E. Anderson's "Bit
  /// Twiddling Hacks".)
  private static func marks(of limit: UInt64, in word: UInt64) -> UInt64 {
    (word &- limit &* 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  private static func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
    let hex: StaticString = "0123456789abcdef"
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20, 0x7F:
        bytes += #"\u00"#.utf8
        bytes.append(hex.utf8Start[Int(byte >> 4)])
        bytes.append(hex.utf8Start[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
  }

  /// JSON without line breaks: they can only stand between its parts, where a space does as well.
  static func onOneLine(_ json: [UInt8]) -> [UInt8] {
    guard json.has(UInt8(ascii: "\n")) else { return json }
    return json.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
  }

  /// An object from members whose values are JSON already.
  static func object(_ members: [(key: String, json: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    for (position, member) in members.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += string(member.key)
      bytes.append(UInt8(ascii: ":"))
      bytes += member.json
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}
