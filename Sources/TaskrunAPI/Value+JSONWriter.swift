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

  private static let hexDigits = Array("0123456789abcdef".utf8)

  /// Most text needs no escape, so what lies between two of them is appended at once.
  private static func appendString(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var (index, plainStart) = (0, 0)
      while index < utf8.count {
        let (escape, length) = escape(at: index, in: utf8)
        if let escape {
          bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plainStart..<index]))
          bytes.append(contentsOf: escape.utf8)
          plainStart = index + length
        }
        index += length
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plainStart...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// What stands for the bytes at a place, and how many they are; `nil` if they stand for themselves.
  @inline(__always)
  private static func escape(
    at index: Int, in utf8: UnsafeBufferPointer<UInt8>
  ) -> (escape: String?, length: Int) {
    let byte = utf8[index]
    switch byte {
    case UInt8(ascii: "\""): return (#"\""#, 1)
    case UInt8(ascii: "\\"): return (#"\\"#, 1)
    case UInt8(ascii: "\n"): return (#"\n"#, 1)
    case UInt8(ascii: "\r"): return (#"\r"#, 1)
    case UInt8(ascii: "\t"): return (#"\t"#, 1)
    case 0..<0x20, 0x7F:
      let digits = [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
      return (#"\u00"# + String(decoding: digits, as: UTF8.self), 1)
    case 0xE2 where index + 2 < utf8.count && utf8[index + 1] == 0x80 && utf8[index + 2] & 0xFE == 0xA8:
      return (utf8[index + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#, 3)
    default: return (nil, 1)
    }
  }
}
