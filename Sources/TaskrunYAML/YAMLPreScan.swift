/// A look at the raw bytes before the parser sees them.
///
/// libyaml takes UTF-16, treats U+0085, U+2028 and U+2029 as line breaks (so that a comment can hide a key), and
/// tells about bad characters only by an offset. After this scan it meets nothing but clean UTF-8.
struct YAMLPreScan {
  /// Where the text begins: behind a byte order mark.
  private(set) var textStart = 0
  /// Whether each code point is one byte.
  private(set) var isASCII = true
  /// What is wrong, in order.
  private(set) var faults: [YAMLError] = []

  private let bytes: UnsafeBufferPointer<UInt8>
  private var found: [(fault: YAMLError.Fault, offset: Int, length: Int)] = []

  /// Scans a file.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    if bytes.count > YAMLLimits.sizeBytes {
      faults = [YAMLError(.tooLarge(limitBytes: YAMLLimits.sizeBytes), at: .beginning)]
    } else if let name = foreignEncoding {
      faults = [YAMLError(.foreignEncoding(name: name), at: .beginning)]
    } else {
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { textStart = 3 }
      scanCharacters()
      findDirective()
      locate()
    }
  }

  private var foreignEncoding: String? {
    let head = Array(bytes.prefix(4))
    if head.starts(with: [0xFF, 0xFE, 0, 0]) { return "UTF-32LE" }
    if head.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32BE" }
    if head.starts(with: [0xFF, 0xFE]) { return "UTF-16LE" }
    if head.starts(with: [0xFE, 0xFF]) { return "UTF-16BE" }
    guard head.count == 4 else { return nil }
    switch (head[0] == 0, head[1] == 0, head[2] == 0, head[3] == 0) {
    case (false, true, false, true): return "UTF-16LE"
    case (true, false, true, false): return "UTF-16BE"
    default: return nil
    }
  }

  private mutating func scanCharacters() {
    var index = textStart
    while index < bytes.count, found.count < YAMLLimits.faults {
      let byte = bytes[index]
      if byte >= 0x20, byte < 0x7F {
        index += 1
      } else if byte < 0x80 {
        if byte != 0x0A, byte != 0x09, byte != 0x0D {
          found.append((.controlCharacter(Unicode.Scalar(byte)), index, 1))
        }
        index += 1
      } else {
        isASCII = false
        guard let (scalar, length) = decode(at: index) else {
          // Nothing behind it can be trusted to begin where it seems to.
          found.append((.invalidUTF8(byte: byte), index, 1))
          return
        }
        if let fault = Self.fault(of: scalar) { found.append((fault, index, length)) }
        index += length
      }
    }
  }

  private static func fault(of scalar: Unicode.Scalar) -> YAMLError.Fault? {
    switch scalar.value {
    case 0x85, 0x2028, 0x2029: .hiddenLineBreak(scalar)
    case 0x80..<0xA0, 0xFFFE, 0xFFFF: .controlCharacter(scalar)
    case 0xFEFF: .strayByteOrderMark
    default: nil
    }
  }

  private func decode(at index: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    let (length, minimum): (Int, UInt32) =
      switch bytes[index] {
      case 0xC2...0xDF: (2, 0x80)
      case 0xE0...0xEF: (3, 0x800)
      case 0xF0...0xF4: (4, 0x10000)
      default: (0, 0)
      }
    guard length > 0, index + length <= bytes.count else { return nil }
    var value = UInt32(bytes[index]) & (0x7F >> UInt32(length))
    for byte in bytes[index + 1..<index + length] {
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    guard value >= minimum, let scalar = Unicode.Scalar(value) else { return nil }
    return (scalar, length)
  }

  /// Directives can stand before the document only, and must not reach the parser: it needs quadratic time for
  /// many of them.
  private mutating func findDirective() {
    var index = textStart
    while index < bytes.count {
      let lineStart = index
      while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
      guard index < bytes.count else { return }
      switch bytes[index] {
      case UInt8(ascii: "%") where index == lineStart:
        found.append((.directive, index, 1))
        return
      case UInt8(ascii: "#"):
        while index < bytes.count, bytes[index] != 0x0A, bytes[index] != 0x0D { index += 1 }
      case 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  /// Lines and columns of all that was found, in one pass.
  private mutating func locate() {
    guard !found.isEmpty else { return }
    found.sort { $0.offset < $1.offset }
    var line = 1
    var column = 1
    var index = textStart
    for (fault, offset, length) in found {
      while index < offset {
        let byte = bytes[index]
        index += 1
        if byte == 0x0A || byte == 0x0D && !(index < bytes.count && bytes[index] == 0x0A) {
          line += 1
          column = 1
        } else if byte & 0xC0 != 0x80 {
          column += 1
        }
      }
      let start = YAMLMark(line: line, column: column, offset: offset)
      let end = YAMLMark(line: line, column: column + 1, offset: offset + length)
      faults.append(YAMLError(fault, at: YAMLSpan(start: start, end: end)))
    }
  }
}
