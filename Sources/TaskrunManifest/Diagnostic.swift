/// One thing that is wrong with a manifest.
package struct Diagnostic: Sendable, Hashable {
  /// The kind of fault.
  package var code: DiagnosticCode
  /// What is wrong: lower case, no full stop, the user's words in quotes.
  package var message: String
  /// Where it is wrong.
  package var span: SourceSpan
  /// What stands behind the carets: most often what would be right.
  package var label: String?
  /// More about it, a line each.
  package var notes: [String]
  /// Other places that matter, such as the first of two keys.
  package var secondary: [Label]

  /// A place with a word about it.
  package struct Label: Sendable, Hashable {
    /// The place.
    package var span: SourceSpan
    /// The word.
    package var text: String

    /// Makes a label.
    package init(span: SourceSpan, text: String) {
      self.span = span
      self.text = text
    }
  }

  /// Makes a diagnostic.
  package init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, label: String? = nil,
    notes: [String] = [],
    secondary: [Label] = []
  ) {
    self.code = code
    self.message = message
    self.span = span
    self.label = label
    self.notes = notes
    self.secondary = secondary
  }
}

/// A manifest that is wrong.
package struct ManifestRejected: Error, Sendable {
  /// How many diagnostics are shown; a person reads no more than that.
  package static let shownLimit = 50

  /// What is wrong, in the order of the file; at most 50.
  package var diagnostics: [Diagnostic]
  /// How many more there are.
  package var omitted: Int
  /// The file as the user named it.
  package var path: String
  /// The file's content, from which the lines are shown.
  package var source: [UInt8]

  /// Makes a rejection.
  package init(diagnostics: [Diagnostic], omitted: Int = 0, path: String = "", source: [UInt8] = []) {
    self.diagnostics = diagnostics
    self.omitted = omitted
    self.path = path
    self.source = source
  }
}

extension String {
  /// The user's words for a message: in quotes, and cut where they are too long to be read.
  func quoted() -> String {
    let limit = 60
    guard unicodeScalars.count > limit else { return "'\(self)'" }
    return "'\(String(unicodeScalars.prefix(limit)))…'"
  }
}
