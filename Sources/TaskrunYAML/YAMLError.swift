/// Something in a file that is not the YAML that taskrun reads.
package struct YAMLError: Error, Sendable, Hashable {
  /// What is wrong.
  package var fault: Fault
  /// Where it is, or where what is not finished begins.
  package var span: YAMLSpan
  /// The other place that matters: the first of two keys, or where the parser gave up.
  package var secondary: YAMLSpan?

  /// Makes an error.
  package init(_ fault: Fault, at span: YAMLSpan, secondary: YAMLSpan? = nil) {
    self.fault = fault
    self.span = span
    self.secondary = secondary
  }

  /// What can be wrong.
  package enum Fault: Sendable, Hashable {
    /// More bytes than a manifest may have.
    case tooLarge(limitBytes: Int)
    /// The bytes look like text in another encoding.
    case foreignEncoding(name: String)
    /// A byte that begins no UTF-8 sequence.
    case invalidUTF8(byte: UInt8)
    /// A control character, or another code point that text has no use for.
    case controlCharacter(Unicode.Scalar)
    /// A line break that editors do not show.
    case hiddenLineBreak(Unicode.Scalar)
    /// A byte order mark that is not the file's first character.
    case strayByteOrderMark
    /// Lists and mappings too deep inside one another.
    case tooDeep(limit: Int)
    /// A line such as `%YAML` or `%TAG`.
    case directive
    /// A tag such as `!!str`.
    case tag
    /// Something stands behind the end of the first document.
    case secondDocument
    /// A quote that is never closed.
    case unclosedQuote
    /// A bracket or brace that is never closed, or a comma that is missing behind it.
    case unclosedBracket(Character)
    /// A tab where only spaces can indent.
    case tabIndentation
    /// A line that should be `key: value` and has no colon.
    case missingColon
    /// A colon that cannot stand where it stands.
    case unexpectedColon
    /// A line that fits no mapping or list around it.
    case badIndentation
    /// A character that cannot begin unquoted text.
    case needsQuotes(Character)
    /// A backslash sequence that double-quoted text does not know.
    case unknownEscape
    /// Any other breach of the grammar, in the parser's words.
    case syntax(problem: String)
    /// An alias whose anchor does not exist; with some that do.
    case unknownAnchor(name: String, known: [String])
    /// An alias inside the node that it names.
    case recursiveAnchor(name: String)
    /// An alias with which the limit of nodes is passed.
    case aliasExpansion(name: String, limit: Int)
    /// A `<<` whose value is neither a mapping nor a list of mappings.
    case badMerge
    /// A key that its mapping has already.
    case duplicateKey(String)
    /// A list or mapping as a key.
    case complexKey
    /// A key that is too long.
    case keyTooLong(limit: Int)
    /// `{{ … }}` outside quotes, which YAML reads as a mapping inside a mapping.
    case unquotedTemplate
    /// A `#` directly behind a value.
    case gluedComment
    /// The system has no memory left.
    case outOfMemory
  }
}

extension YAMLError.Fault: CustomStringConvertible {
  /// The fault in words, without the place.
  package var description: String {
    switch self {
    case .tooLarge(let limit): "file is larger than \(limit >> 20) MiB"
    case .foreignEncoding(let name): "manifest must be UTF-8, this looks like \(name)"
    case .invalidUTF8(let byte): "not valid UTF-8: byte 0x\(Self.hex(UInt32(byte), 2))"
    case .controlCharacter(let scalar): "control character \(Self.codePoint(scalar))"
    case .hiddenLineBreak(let scalar): "line break \(Self.codePoint(scalar)), which editors do not show"
    case .strayByteOrderMark: "byte order mark U+FEFF inside the file"
    case .tooDeep(let limit): "nesting deeper than \(limit)"
    case .directive: "directives such as %YAML and %TAG are not supported"
    case .tag: "tags are not supported"
    case .secondDocument: "one document expected, a second starts here"
    case .unclosedQuote: "quoted text is never closed"
    case .unclosedBracket(let bracket): "'\(bracket)' is not closed, or a ',' is missing"
    case .tabIndentation: "tab used for indentation"
    case .missingColon: "expected 'key: value', found no ':'"
    case .unexpectedColon: "a ':' cannot stand here"
    case .badIndentation: "wrong indentation"
    case .needsQuotes(let character): "unquoted text cannot begin with '\(character)'"
    case .unknownEscape: "unknown escape in double-quoted text"
    case .syntax(let problem): problem
    case .unknownAnchor(let name, _): "unknown anchor '\(name)'"
    case .recursiveAnchor(let name): "anchor '\(name)' contains itself"
    case .aliasExpansion(let name, let limit):
      "aliases expand to more than \(Self.grouped(limit)) nodes, at anchor '\(name)'"
    case .badMerge: "'<<' expects a mapping or a list of mappings"
    case .duplicateKey(let key): "duplicate key '\(key)'"
    case .complexKey: "a key must be text, found a list or a mapping"
    case .keyTooLong(let limit): "key is longer than \(Self.grouped(limit)) characters"
    case .unquotedTemplate: "a {{ }} value must be quoted"
    case .gluedComment: "a comment needs a space before '#'"
    case .outOfMemory: "not enough memory to read the file"
    }
  }

  /// What stands beside ``YAMLError/span``: most often what would be right.
  package var label: String? {
    switch self {
    case .foreignEncoding, .tooLarge, .syntax, .recursiveAnchor, .aliasExpansion, .outOfMemory, .tooDeep,
      .secondDocument, .unknownAnchor, .badMerge, .complexKey, .keyTooLong, .invalidUTF8:
      nil
    case .controlCharacter: "remove it, or write it as an escape in double quotes"
    case .hiddenLineBreak, .strayByteOrderMark: "remove it"
    case .directive, .tag: "remove it"
    case .unclosedQuote: "opened here"
    case .unclosedBracket: "opened here"
    case .tabIndentation: "use spaces"
    case .missingColon: "a ': ' is missing behind this key"
    case .unexpectedColon: "quote the text if the ':' belongs to it"
    case .badIndentation: "this line fits nothing above it"
    case .needsQuotes: "quote the text"
    case .unknownEscape: "write '\\\\' for a backslash, or use single quotes"
    case .duplicateKey: "given again here"
    case .unquotedTemplate: "put quotes around it"
    case .gluedComment: "put a space here"
    }
  }

  /// What stands beside ``YAMLError/secondary``.
  package var secondaryLabel: String {
    switch self {
    case .duplicateKey: "first given here"
    case .unclosedQuote: "the file ends here"
    case .badIndentation: "what it was compared with starts here"
    default: "the parser gave up here"
    }
  }

  private static func hex(_ number: UInt32, _ digits: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func codePoint(_ scalar: Unicode.Scalar) -> String { "U+" + hex(scalar.value, 4) }

  private static func grouped(_ number: Int) -> String {
    number < 1000 ? "\(number)" : "\(number / 1000)," + String("\(1000 + number % 1000)".dropFirst())
  }
}

extension YAMLError: CustomStringConvertible {
  /// The error in words, with line and column.
  package var description: String { "\(fault) at \(span.start.line):\(span.start.column)" }
}
