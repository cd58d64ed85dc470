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
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { text in
      if isPlain(text) { bytes += text } else { appendEscaped(text, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether a text can stand between quotes as it is. Without an exit or a branch inside of the loop, so that the
  /// compiler makes it look at many bytes at once.
  private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var escapes: UInt8 = 0
    for byte in text {
      escapes |= byte < 0x20 ? 1 : 0
      escapes |= byte == 0x7F ? 1 : 0
      escapes |= byte == UInt8(ascii: "\"") ? 1 : 0
      escapes |= byte == UInt8(ascii: "\\") ? 1 : 0
    }
    return escapes == 0
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
