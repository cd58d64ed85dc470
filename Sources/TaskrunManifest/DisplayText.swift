/// Text as a terminal shows it: nothing in it moves the cursor, and its width in columns is known.
struct DisplayText {
  /// What can be printed.
  private(set) var text = ""
  /// How many columns it takes.
  private(set) var width = 0

  /// The distance of the places that a tab goes to.
  private static let tabWidth = 4

  /// Appends text: tabs become spaces, what a terminal would obey or not show becomes a visible escape.
  mutating func append(_ addition: some StringProtocol) {
    for character in addition {
      if character == "\t" {
        let count = Self.tabWidth - width % Self.tabWidth
        text += String(repeating: " ", count: count)
        width += count
      } else {
        append(character)
      }
    }
  }

  private mutating func append(_ character: Character) {
    guard character.unicodeScalars.contains(where: Self.isUnsafe) else {
      text.append(character)
      width += Self.width(of: character)
      return
    }
    for scalar in character.unicodeScalars {
      if Self.isUnsafe(scalar) {
        let escape = "\\u{\(String(scalar.value, radix: 16))}"
        text += escape
        width += escape.utf8.count
      } else {
        text.unicodeScalars.append(scalar)
        width += Self.width(of: Character(scalar))
      }
    }
  }

  /// Control characters, line breaks, and marks that turn the direction of the text around them.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }

  private static func width(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.isASCII { return 1 }
    if isWide(first) || character.unicodeScalars.contains(where: { $0.properties.isEmojiPresentation }) {
      return 2
    }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return 1
    }
  }

  /// The blocks whose characters are East Asian wide or fullwidth.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}

extension String {
  /// The text without anything that a terminal would obey.
  package var sanitised: String {
    var display = DisplayText()
    display.append(self)
    return display.text
  }
}
