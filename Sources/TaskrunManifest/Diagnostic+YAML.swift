import TaskrunYAML

extension Diagnostic {
  /// What the YAML reader found, as a diagnostic.
  init(_ error: YAMLError) {
    var label = error.fault.label
    var notes: [String] = []
    switch error.fault {
    case .unknownAnchor(let name, let known):
      label = SpellingSuggestion.question(for: name, in: known)
    case .unquotedTemplate:
      notes = [#"outside quotes YAML reads '{{ item }}' as a mapping inside a mapping; write "{{ item }}""#]
    case .tag: notes = ["types come from what a key expects, never from the text"]
    case .needsQuotes("*"): notes = ["outside quotes '*' begins an alias"]
    case .needsQuotes("&"): notes = ["outside quotes '&' begins an anchor"]
    default: break
    }
    self.init(
      DiagnosticCode(error.fault), error.fault.description, at: SourceSpan(error.span), label: label,
      notes: notes,
      secondary: error.secondary.map { [Label(span: SourceSpan($0), text: error.fault.secondaryLabel)] } ?? []
    )
  }
}

extension DiagnosticCode {
  fileprivate init(_ fault: YAMLError.Fault) {
    self =
      switch fault {
      case .tooLarge: .tooLarge
      case .foreignEncoding, .invalidUTF8: .notUTF8
      case .controlCharacter: .controlCharacter
      case .hiddenLineBreak: .hiddenLineBreak
      case .strayByteOrderMark: .strayByteOrderMark
      case .tooDeep: .tooDeep
      case .directive: .directive
      case .tag: .tag
      case .secondDocument: .secondDocument
      case .syntax, .unexpectedColon: .syntax
      case .unclosedQuote: .unclosedQuote
      case .unclosedBracket: .unclosedBracket
      case .tabIndentation: .tabIndentation
      case .missingColon: .missingColon
      case .badIndentation: .badIndentation
      case .needsQuotes: .needsQuotes
      case .unknownEscape: .unknownEscape
      case .unknownAnchor: .unknownAnchor
      case .recursiveAnchor: .recursiveAnchor
      case .aliasExpansion: .aliasExpansion
      case .badMerge: .badMerge
      case .duplicateKey: .duplicateKey
      case .complexKey: .complexKey
      case .keyTooLong: .keyTooLong
      case .unquotedTemplate: .unquotedTemplate
      case .gluedComment: .gluedComment
      case .outOfMemory: .outOfMemory
      }
  }
}
