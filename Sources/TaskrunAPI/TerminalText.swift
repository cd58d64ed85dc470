extension String {
  /// The text with everything that could move a cursor, change colours, reorder or hide characters shown as
  /// a visible escape: control characters as `\x1b`, bidirectional and invisible ones as `\u202e`.
  ///
  /// Whatever a task wrote goes through here before it stands on a terminal. A tab becomes four spaces.
  public var terminalSafe: String {
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
    var safe = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x09: safe += "    "
      case 0x0A: safe += #"\n"#
      case 0x0D: safe += #"\r"#
      case 0..<0x20, 0x7F..<0xA0: safe += #"\x"# + Self.hexadecimal(scalar, width: 2)
      case _ where scalar.isInvisible: safe += #"\u"# + Self.hexadecimal(scalar, width: 4)
      default: safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar, width: Int) -> String {
    let digits = String(scalar.value, radix: 16)
    return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
  }

  /// How many columns of a terminal the text takes: 2 for wide East Asian characters and emoji, 0 for what
  /// combines with the character before it.
  ///
  /// Meant for text that went through ``terminalSafe``.
  public var displayWidth: Int {
    if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
    return reduce(0) { $0 + $1.displayWidth }
  }

  /// The text if it fits in that many columns; otherwise its beginning and `…`, together at most that wide.
  public func clipped(toWidth columns: Int) -> String {
    if utf8.count <= columns || displayWidth <= columns { return self }
    guard columns > 0 else { return "" }
    var (kept, width) = ("", 0)
    for character in self {
      width += character.displayWidth
      if width > columns - 1 { break }
      kept.append(character)
    }
    return kept + "…"
  }
}

extension Character {
  /// Terminals add up the characters that make one sign, except where they form one picture.
  fileprivate var displayWidth: Int {
    if isASCII { return 1 }
    let width = unicodeScalars.reduce(0) { $0 + $1.displayWidth }
    let isJoined = unicodeScalars.contains { $0.value == 0x200D || (0x1F3FB...0x1F3FF).contains($0.value) }
    if isJoined { return Swift.min(width, 2) }
    return unicodeScalars.contains { $0.value == 0xFE0F } ? Swift.max(width, 2) : width
  }
}

extension Unicode.Scalar {
  /// Characters without a shape that change how their neighbours are read. The two joiners stay: words in
  /// Persian and Hindi, and many emoji, need them.
  fileprivate var isInvisible: Bool {
    switch value {
    case 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
      0xE0000...0xE007F:
      true
    default: false
    }
  }

  fileprivate var displayWidth: Int {
    if Self.wide.contains(where: { $0.first <= value && value <= $0.last }) { return 2 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return (0x1160...0x11FF).contains(value) ? 0 : 1
    }
  }

  /// East Asian Wide and Fullwidth, and emoji that are shown as pictures. Pairs and not ranges: those would have to be
  /// made when somebody first asks.
  private static let wide: [(first: UInt32, last: UInt32)] = [
    (0x1100, 0x115F), (0x231A, 0x231B), (0x2329, 0x232A), (0x23E9, 0x23EC), (0x23F0, 0x23F0),
    (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615), (0x2648, 0x2653), (0x267F, 0x267F),
    (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE), (0x26C4, 0x26C5),
    (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F3), (0x26F5, 0x26F5),
    (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705), (0x270A, 0x270B), (0x2728, 0x2728),
    (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797),
    (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55),
    (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF),
    (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE19), (0xFE30, 0xFE6F),
    (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x16FE0, 0x18CFF), (0x1AFF0, 0x1B2FF), (0x1F004, 0x1F004),
    (0x1F0CF, 0x1F0CF), (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F200, 0x1F265), (0x1F300, 0x1F320),
    (0x1F32D, 0x1F335), (0x1F337, 0x1F37C), (0x1F37E, 0x1F393), (0x1F3A0, 0x1F3CA), (0x1F3CF, 0x1F3D3),
    (0x1F3E0, 0x1F3F0), (0x1F3F4, 0x1F3F4), (0x1F3F8, 0x1F43E), (0x1F440, 0x1F440), (0x1F442, 0x1F4FC),
    (0x1F4FF, 0x1F53D), (0x1F54B, 0x1F54E), (0x1F550, 0x1F567), (0x1F57A, 0x1F57A), (0x1F595, 0x1F596),
    (0x1F5A4, 0x1F5A4), (0x1F5FB, 0x1F64F), (0x1F680, 0x1F6C5), (0x1F6CC, 0x1F6CC), (0x1F6D0, 0x1F6D2),
    (0x1F6D5, 0x1F6D7), (0x1F6DC, 0x1F6DF), (0x1F6EB, 0x1F6EC), (0x1F6F4, 0x1F6FC), (0x1F7E0, 0x1F7EB),
    (0x1F7F0, 0x1F7F0), (0x1F90C, 0x1F93A), (0x1F93C, 0x1F945), (0x1F947, 0x1F9FF), (0x1FA70, 0x1FAFF),
    (0x20000, 0x2FFFD), (0x30000, 0x3FFFD),
  ]
}
