import TaskrunAPI

/// Reads the templates of one string.
struct TemplateParser {
  /// What is wrong with a template, and where in the string (UTF-8 bytes).
  struct Fault: Error, Hashable {
    var kind: Kind
    var range: Range<Int>

    enum Kind: Hashable {
      case unclosed
      case expected(String)
      case unknownName(String)
      case needsName(TemplatePath.Root)
      case noMembers(TemplatePath.Root)
      case tooManySteps(TemplatePath.Root)
      case unknownFilter(String)
      case filterNeedsText(String)
      case filterTakesNothing(String)
    }
  }

  /// After so many faults the rest of a string is not read.
  private static let maximumFaults = 100

  private let bytes: [UInt8]
  private var offset = 0
  private var expressionStart = 0

  private init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// Whether a string can hold a template at all.
  static func mayHoldTemplate(_ text: String) -> Bool {
    !text.firstBraces.isEmpty
  }

  /// Splits a string into text and templates.
  /// - Returns: the pieces, and all faults; a faulty expression is no piece.
  static func parse(_ text: String) -> (segments: [Template.Segment], faults: [Fault]) {
    var parser = TemplateParser(text)
    var segments: [Template.Segment] = []
    var faults: [Fault] = []
    var textStart = 0
    while faults.count < maximumFaults, let start = parser.findOpening() {
      if start > textStart { segments.append(.text(parser.text(textStart..<start))) }
      do {
        segments.append(.expression(try parser.expression()))
      } catch {
        faults.append(error)
        parser.skipToClosing()
      }
      textStart = parser.offset
    }
    if textStart < parser.bytes.count { segments.append(.text(parser.text(textStart..<parser.bytes.count))) }
    return (segments, faults)
  }

  private mutating func findOpening() -> Int? {
    while offset + 1 < bytes.count {
      if isAt("{{") {
        expressionStart = offset
        return offset
      }
      offset += 1
    }
    return nil
  }

  private mutating func skipToClosing() {
    offset = max(offset, expressionStart + 2)
    while offset < bytes.count, !isAt("}}") { offset += 1 }
    offset = min(offset + 2, bytes.count)
  }

  private mutating func expression() throws(Fault) -> TemplateExpression {
    offset += 2
    skipSpace()
    let operand: TemplateExpression.Operand
    if let text = try quotedText() {
      operand = .literal(text)
    } else {
      operand = .path(try path())
    }
    var filters: [TemplateFilter] = []
    skipSpace()
    while take("|") {
      skipSpace()
      filters.append(try filter())
      skipSpace()
    }
    guard isAt("}}") else {
      guard offset < bytes.count else { throw unclosed }
      throw fault(.expected("'|' or '}}'"), at: offset)
    }
    offset += 2
    return TemplateExpression(operand: operand, filters: filters, range: expressionStart..<offset)
  }

  private mutating func path() throws(Fault) -> TemplatePath {
    let start = offset
    let name = word()
    guard !name.isEmpty else {
      guard offset < bytes.count else { throw unclosed }
      throw fault(.expected("a name or a quoted text"), at: offset)
    }
    guard let root = TemplatePath.Root(rawValue: name) else {
      throw Fault(kind: .unknownName(name), range: start..<offset)
    }
    var keys: [String] = []
    while take(".") {
      let key = word()
      guard !key.isEmpty else { throw fault(.expected("a name behind '.'"), at: offset) }
      keys.append(key)
    }
    let range = start..<offset
    switch root {
    case .vars where keys.isEmpty, .env where keys.isEmpty, .tasks where keys.isEmpty:
      throw Fault(kind: .needsName(root), range: range)
    case .index where !keys.isEmpty: throw Fault(kind: .noMembers(root), range: range)
    case .env where keys.count > 1, .args where keys.count > 1:
      throw Fault(kind: .tooManySteps(root), range: range)
    case .args where keys.first.map { Int($0) == nil } == true:
      throw fault(.expected("a number behind 'args.'"), at: start)
    case .item, .index, .matrix, .tasks, .vars, .env, .args: return TemplatePath(root: root, keys: keys)
    }
  }

  private mutating func filter() throws(Fault) -> TemplateFilter {
    let start = offset
    let name = word()
    let range = start..<offset
    skipSpace()
    let hasArgument = take(":")
    if hasArgument { skipSpace() }
    let simple: TemplateFilter? =
      switch name {
      case "json": .json
      case "basename": .basename
      case "dirname": .dirname
      case "stem": .stem
      case "extension": .extension
      case "lower": .lower
      case "upper": .upper
      default: nil
      }
    if let simple {
      guard !hasArgument else { throw Fault(kind: .filterTakesNothing(name), range: range) }
      return simple
    }
    switch name {
    case "default":
      if hasArgument, let value = try literal() { return .fallback(value) }
      throw Fault(kind: .filterNeedsText(name), range: range)
    case "join":
      if hasArgument, let text = try quotedText() { return .join(text) }
      throw Fault(kind: .filterNeedsText(name), range: range)
    case "":
      guard offset < bytes.count else { throw unclosed }
      throw fault(.expected("a filter behind '|'"), at: start)
    default: throw Fault(kind: .unknownFilter(name), range: range)
    }
  }

  /// A quoted text, or a number, `true`, `false` or `null` as in JSON.
  private mutating func literal() throws(Fault) -> Value? {
    if let text = try quotedText() { return .string(text) }
    let start = offset
    while offset < bytes.count, Self.isLiteral(bytes[offset]) { offset += 1 }
    guard start < offset else { return nil }
    return try? Value(json: Array(bytes[start..<offset]))
  }

  private static func isLiteral(_ byte: UInt8) -> Bool {
    isWord(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
  }

  /// Both kinds of quotes are taken, so that one is always free for YAML's own.
  private mutating func quotedText() throws(Fault) -> String? {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") || bytes[offset] == UInt8(ascii: "'")
    else {
      return nil
    }
    let quote = bytes[offset]
    let start = offset
    offset += 1
    var text: [UInt8] = []
    while offset < bytes.count, bytes[offset] != quote {
      if bytes[offset] == UInt8(ascii: "\\"), offset + 1 < bytes.count { offset += 1 }
      text.append(bytes[offset])
      offset += 1
    }
    guard offset < bytes.count else {
      throw Fault(kind: .expected("a closing quote"), range: start..<bytes.count)
    }
    offset += 1
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func word() -> String {
    let start = offset
    while offset < bytes.count, Self.isWord(bytes[offset]) { offset += 1 }
    return text(start..<offset)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: byte >= 0x80
    }
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private func isAt(_ token: StaticString) -> Bool {
    offset + 1 < bytes.count && bytes[offset] == token.utf8Start[0] && bytes[offset + 1] == token.utf8Start[1]
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: scalar) else { return false }
    offset += 1
    return true
  }

  private mutating func skipSpace() {
    while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 || bytes[offset] == 0x0A {
      offset += 1
    }
  }

  private var unclosed: Fault { Fault(kind: .unclosed, range: expressionStart..<expressionStart + 2) }

  private func fault(_ kind: Fault.Kind, at place: Int) -> Fault {
    Fault(kind: kind, range: place..<min(place + 1, max(bytes.count, place)))
  }
}
