import TaskrunAPI
import TaskrunYAML

// Values whose type the schema knows: the text decides only whether it is one of them.
// `owner` is what a message calls the value. It is made when there is a message: most values are good.
extension ManifestChecker {
  mutating func reportUnknown(
    _ key: YAMLScalar, in place: @autoclosure () -> String, known: [String], word: String = "key"
  ) {
    guard hasRoomOrCounts() else { return }
    let question = SpellingSuggestion.question(for: key.text, in: known)
    let notes = question == nil ? ["known: " + known.joined(separator: ", ")] : []
    report(
      .unknownKey, "unknown \(word) \(key.text.quoted()) in \(place())", at: SourceSpan(key.span),
      label: question,
      notes: notes)
  }

  mutating func reportUnsupported(_ key: YAMLScalar, _ word: String) {
    report(.notSupportedYet, "\(word) \(key.text.quoted()) is not supported yet", at: SourceSpan(key.span))
  }

  /// The mapping, or a diagnostic.
  mutating func mapping(_ node: YAMLNode, of owner: @autoclosure () -> String) -> YAMLMapping? {
    switch node {
    case .mapping(let mapping): return mapping
    case .invalid: return nil
    case .scalar, .sequence:
      reportShape("a mapping", node, of: owner())
      return nil
    }
  }

  /// The scalar, or a diagnostic.
  mutating func scalar(_ node: YAMLNode, _ expected: String, of owner: @autoclosure () -> String)
    -> YAMLScalar?
  {
    switch node {
    case .scalar(let scalar) where !scalar.isNull: return scalar
    case .scalar:
      report(
        .emptyText, "\(owner()) is empty: expected \(expected)", at: SourceSpan(node.span),
        label: #"write "" for empty text"#)
      return nil
    case .invalid: return nil
    case .mapping, .sequence:
      reportShape(expected, node, of: owner())
      return nil
    }
  }

  mutating func reportShape(_ expected: String, _ node: YAMLNode, of owner: @autoclosure () -> String) {
    report(
      .wrongShape, "expected \(expected) as \(owner()), found \(node.kindDescription)",
      at: SourceSpan(node.span))
  }

  /// A plain decimal integer in a range.
  mutating func integer(_ node: YAMLNode, of owner: @autoclosure () -> String, in range: ClosedRange<Int>)
    -> Int?
  {
    guard let scalar = scalar(node, "an integer", of: owner()) else { return nil }
    if Self.isDecimal(scalar.text), let number = Int(scalar.text), range.contains(number) { return number }
    let words =
      range == Int.min...Int.max ? "an integer" : "an integer from \(range.lowerBound) to \(range.upperBound)"
    let label: String? = Self.isDecimal(scalar.text) ? nil : Self.decimalForm(of: scalar.text)
    report(
      .badInteger, "expected \(words) as \(owner()), found \(scalar.text.quoted())",
      at: SourceSpan(scalar.span),
      label: label ?? templateHint(scalar.text))
    return nil
  }

  /// `-?(0|[1-9][0-9]*)`: octal, hexadecimal and separators mean different things in different languages.
  static func isDecimal(_ text: String) -> Bool {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard let first = digits.first, digits.allSatisfy({ isDigit($0) }) else { return false }
    return first != UInt8(ascii: "0") || digits.count == 1
  }

  private static func decimalForm(of text: String) -> String {
    let digits = text.filter { $0 != "_" && $0 != "+" }
    let trimmed = String(digits.drop { $0 == "0" })
    return isDecimal(trimmed) ? "did you mean '\(trimmed)'?" : "write a plain decimal integer, such as 10"
  }

  /// What was probably meant by text where `true` or `false` belongs.
  static func truthHint(_ text: String) -> String? {
    switch text.lowercased() {
    case "yes", "on", "y", "true", "t", "1": "did you mean 'true'?"
    case "no", "off", "n", "false", "f", "0": "did you mean 'false'?"
    default: nil
    }
  }

  func templateHint(_ text: String) -> String? {
    text.contains("{{") ? "a template cannot stand here" : nil
  }

  /// One of a key's words.
  mutating func choice<Word: CaseIterable & RawRepresentable<String>>(
    _ node: YAMLNode, of key: TaskKey
  ) -> TaskDraft.Located<Word>? {
    let words = Word.allCases.map(\.rawValue)
    let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    guard let scalar = scalar(node, expected, of: "'\(key.rawValue)'") else { return nil }
    if let word = Word(rawValue: scalar.text) { return .init(value: word, span: scalar.span) }
    report(
      .badChoice, "expected \(expected) as '\(key.rawValue)', found \(scalar.text.quoted())",
      at: SourceSpan(scalar.span),
      label: templateHint(scalar.text) ?? SpellingSuggestion.question(for: scalar.text, in: words))
    return nil
  }

  /// A duration with a unit.
  mutating func duration(_ node: YAMLNode, of owner: @autoclosure () -> String, allowsZero: Bool) -> Duration?
  {
    let expected = "a duration such as 250ms, 5s or 1h30m"
    guard let scalar = scalar(node, expected, of: owner()) else { return nil }
    if let duration = Duration(taskrun: scalar.text) {
      if allowsZero || duration > .zero { return duration }
      report(.badDuration, "expected more than 0 as \(owner())", at: SourceSpan(scalar.span))
      return nil
    }
    let unit = Self.missingUnit(of: scalar.text)
    let label =
      unit.map { "a unit is required: did you mean '\(scalar.text)\($0)'?" } ?? templateHint(scalar.text)
    report(
      .badDuration, "expected \(expected) as \(owner()), found \(scalar.text.quoted())",
      at: SourceSpan(scalar.span), label: label)
    return nil
  }

  /// The unit that makes a duration of a text whose last number has none: seconds, or, as people leave it out of
  /// `1h30`, the one below the last.
  static func missingUnit(of text: String) -> String? {
    let units = ["d": "h", "h": "m", "m": "s", "s": "ms"]
    let last = text.last { !$0.isNumber && $0 != "." }
    let unit = last.map { units[String($0)] } ?? "s"
    return unit.flatMap { Duration(taskrun: text + $0) == nil ? nil : $0 }
  }

  /// A number of bytes, with or without a unit.
  mutating func size(_ node: YAMLNode, of owner: @autoclosure () -> String) -> Int? {
    let expected = "a size such as 65536, 64KiB or 1MiB"
    guard let scalar = scalar(node, expected, of: owner()) else { return nil }
    if let size = Self.sizeBytes(scalar.text) { return size }
    let units = Self.sizeUnits.map(\.name)
    let letters = String(scalar.text.drop { $0.isNumber || $0 == " " })
    let unit = letters.isEmpty ? nil : SpellingSuggestion.nearest(to: letters, in: units)
    report(
      .badSize, "expected \(expected) as \(owner()), found \(scalar.text.quoted())",
      at: SourceSpan(scalar.span),
      label: templateHint(scalar.text) ?? unit.map { "did you mean the unit '\($0)'?" },
      notes: ["units: " + units.joined(separator: ", ")])
    return nil
  }

  private static let sizeUnits: [(name: String, bytes: Int)] = [
    ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("KB", 1000),
    ("MB", 1_000_000), ("GB", 1_000_000_000),
  ]

  private static func sizeBytes(_ text: String) -> Int? {
    let digits = text.prefix { ("0"..."9").contains($0) }
    let unit = text.dropFirst(digits.count)
    guard isDecimal(String(digits)), let number = Int(digits) else { return nil }
    guard let factor = unit.isEmpty ? 1 : sizeUnits.first(where: { $0.name == unit })?.bytes else {
      return nil
    }
    let (bytes, overflows) = number.multipliedReportingOverflow(by: factor)
    return overflows ? nil : bytes
  }

  mutating func poolSize(_ node: YAMLNode) -> PoolSize? {
    let expected =
      "the size of a pool (a number from 1, a part such as 50%, a difference such as +2, or auto)"
    guard let scalar = scalar(node, expected, of: "the value") else { return nil }
    if let size = PoolSize(taskrun: scalar.text) { return size }
    report(
      .badPoolSize, "expected \(expected), found \(scalar.text.quoted())", at: SourceSpan(scalar.span),
      label: templateHint(scalar.text))
    return nil
  }

  /// Text that must not change: what people read, or what chooses something before the start.
  mutating func text(_ node: YAMLNode, of owner: @autoclosure () -> String) -> String? {
    scalar(node, "text", of: owner())?.text
  }
}

extension PoolSize {
  /// The largest number of slots that can be asked for.
  package static let maximum = 100_000

  /// Reads a size as in a manifest and on the command line: `8`, `50%`, `+2`, `-1`, `auto`; `nil` for anything else.
  package init?(taskrun text: String) {
    if text == "auto" {
      self = .auto
      return
    }
    let isPercent = text.utf8.last == UInt8(ascii: "%")
    let sign = text.utf8.first
    var digits = Substring(text)
    if isPercent { digits = digits.dropLast() }
    let isOffset = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
    if isOffset { digits = digits.dropFirst() }
    guard ManifestChecker.isDecimal(String(digits)), digits.utf8.first != UInt8(ascii: "-"),
      let number = Int(digits), number <= Self.maximum
    else { return nil }
    switch (isPercent, isOffset) {
    case (true, true): return nil
    case (true, false) where number > 0: self = .percent(number)
    case (false, true): self = .offset(sign == UInt8(ascii: "-") ? -number : number)
    case (false, false) where number > 0: self = .exactly(number)
    default: return nil
    }
  }
}

extension YAMLScalar {
  /// Whether nothing was written, or `null`, which no text key takes by accident.
  var isNull: Bool { style == .plain && (text.isEmpty || text == "null") }
}

extension YAMLNode {
  /// What this is, in the words of an error message.
  var kindDescription: String {
    switch self {
    case .scalar(let scalar): scalar.isNull ? "nothing" : "text \(scalar.text.quoted())"
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .invalid: "something else"
    }
  }
}
