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

  /// What is wrong, in the order of the files and of the places in them; at most 50.
  package var diagnostics: [Diagnostic]
  /// How many more there are.
  package var omitted: Int
  /// The files that the places are in: first the manifest, then what it includes and reads.
  package var files: [SourceFile]

  /// Makes a rejection.
  /// - Parameter files: at least one if there are diagnostics.
  package init(diagnostics: [Diagnostic], omitted: Int = 0, files: [SourceFile] = []) {
    self.diagnostics = diagnostics
    self.omitted = omitted
    self.files = files
  }
}

/// A file that a diagnostic can point into.
package struct SourceFile: Sendable, Hashable {
  /// Its path as it was reached from the manifest that the user named.
  package var path: String
  /// Its content, from which the lines are shown.
  package var source: [UInt8]

  /// Makes a file.
  package init(path: String, source: [UInt8]) {
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
