extension Value {
  /// The value as compact JSON text, on one line.
  public var jsonText: String {
    var bytes: [UInt8] = []
    appendJSON(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the value as JSON.
  ///
  /// U+2028, U+2029 and all control characters are escaped, so that the text is one line in every editor.
  /// - Parameters:
  ///   - bytes: receives UTF-8.
  ///   - indentation: `nil` for one line; otherwise the number of levels (two spaces each) that the
  ///     surrounding text is indented by, and members go on lines of their own.
  public func appendJSON(to bytes: inout [UInt8], indentation: Int? = nil) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .int(let number): bytes.append(contentsOf: String(number).utf8)
    case .double(let number): Self.appendNumber(number, to: &bytes)
    case .string(let text): Self.appendString(text, to: &bytes)
    case .array(let elements):
      Self.appendGroup(open: "[", close: "]", count: elements.count, indentation, to: &bytes) {
        elements[$0].appendJSON(to: &$1, indentation: $2)
      }
    case .object(let object):
      Self.appendGroup(open: "{", close: "}", count: object.members.count, indentation, to: &bytes) {
        Self.appendString(object.members[$0].key, to: &$1)
        $1.append(UInt8(ascii: ":"))
        if $2 != nil { $1.append(UInt8(ascii: " ")) }
        object.members[$0].value.appendJSON(to: &$1, indentation: $2)
      }
    }
  }

  private static func appendGroup(
    open: Unicode.Scalar, close: Unicode.Scalar, count: Int, _ indentation: Int?, to bytes: inout [UInt8],
    element: (Int, inout [UInt8], Int?) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    for position in 0..<count {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      appendBreak(indentation.map { $0 + 1 }, to: &bytes)
      element(position, &bytes, indentation.map { $0 + 1 })
    }
    if count > 0 { appendBreak(indentation, to: &bytes) }
    bytes.append(UInt8(ascii: close))
  }

  private static func appendBreak(_ indentation: Int?, to bytes: inout [UInt8]) {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indentation))
  }

  /// JSON has no word for a number that is not finite, so such a number becomes `null`.
  private static func appendNumber(_ number: Double, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
  }

  private static func appendString(_ text: String, to bytes: inout [UInt8]) {
    let hex = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var index = 0
      while index < utf8.count {
        let byte = utf8[index]
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
        case 0..<0x20, 0x7F:
          bytes.append(contentsOf: #"\u00"#.utf8)
          bytes.append(hex[Int(byte >> 4)])
          bytes.append(hex[Int(byte & 15)])
        case 0xE2 where index + 2 < utf8.count && utf8[index + 1] == 0x80 && utf8[index + 2] & 0xFE == 0xA8:
          bytes.append(contentsOf: (utf8[index + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#).utf8)
          index += 2
        default: bytes.append(byte)
        }
        index += 1
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
