extension ManifestRejected {
  /// All diagnostics as people read them, each with its lines of the file and followed by an empty line.
  ///
  /// The user's text is sanitised: nothing in it reaches the terminal as a control sequence.
  /// - Parameter isColored: whether to mark the parts with colours.
  package func text(isColored: Bool = false) -> String {
    let painter = Painter(isColored: isColored)
    var text = ""
    for diagnostic in diagnostics {
      DiagnosticText(diagnostic, path: path, source: source, painter: painter).append(to: &text)
      text += "\n"
    }
    if omitted > 0 { text += painter.bold("\(omitted) more \(omitted == 1 ? "error" : "errors")") + "\n" }
    return text
  }
}

extension ManifestRejected: CustomStringConvertible {
  /// The text without colours.
  package var description: String { text() }
}

private struct Painter {
  let isColored: Bool
  func error(_ text: String) -> String { paint(text, "1;31") }
  func bold(_ text: String) -> String { paint(text, "1") }
  func frame(_ text: String) -> String { paint(text, "1;34") }

  private func paint(_ text: String, _ attributes: String) -> String {
    isColored ? "\u{1B}[\(attributes)m\(text)\u{1B}[0m" : text
  }
}

/// One diagnostic on its way to text.
private struct DiagnosticText {
  let diagnostic: Diagnostic
  let path: String
  let source: [UInt8]
  let painter: Painter
  let labels: [(span: SourceSpan, text: String, isPrimary: Bool)]
  let gutter: Int

  init(_ diagnostic: Diagnostic, path: String, source: [UInt8], painter: Painter) {
    self.diagnostic = diagnostic
    self.path = path
    self.source = source
    self.painter = painter
    let primary = (span: diagnostic.span, text: diagnostic.label ?? "", isPrimary: true)
    let others = diagnostic.secondary.map { (span: $0.span, text: $0.text, isPrimary: false) }
    labels = ([primary] + others).sorted { $0.span.start.offset < $1.span.start.offset }
    gutter = "\(labels.map(\.span.start.line).max() ?? 1)".utf8.count
  }

  func append(to text: inout String) {
    let start = diagnostic.span.start
    text += painter.error("error[\(diagnostic.code.rawValue)]") + ": "
    text += painter.bold(diagnostic.message.sanitised) + "\n"
    text += spaces(gutter) + painter.frame("-->")
    text += " \(path.sanitised):\(start.line):\(start.column)\n"
    // A file without a line to show has its whole story in the message.
    if source.isEmpty || !isShowable { return appendNotes(to: &text) }
    text += spaces(gutter + 1) + painter.frame("|") + "\n"
    var previous: Int?
    for label in labels {
      let line = SourceLine(label.span, in: source)
      let number = label.span.start.line
      if previous != number {
        if let previous, number > previous + 1 { text += painter.frame("...") + "\n" }
        text += painter.frame(spaces(gutter - "\(number)".utf8.count) + "\(number) |")
        text += line.text.isEmpty ? "\n" : " " + line.text + "\n"
      }
      previous = number
      text += spaces(gutter + 1) + painter.frame("|") + " " + spaces(line.caretStart)
      let mark = String(repeating: label.isPrimary ? "^" : "-", count: line.caretCount)
      let words = mark + (label.text.isEmpty ? "" : " " + label.text.sanitised)
      text += (label.isPrimary ? painter.error(words) : painter.frame(words)) + "\n"
    }
    appendNotes(to: &text)
  }

  private var isShowable: Bool {
    diagnostic.code != .tooLarge && !(diagnostic.code == .notUTF8 && diagnostic.span == .beginning)
  }

  private func appendNotes(to text: inout String) {
    for note in diagnostic.notes {
      text += spaces(gutter + 1) + painter.frame("=") + " note: " + note.sanitised + "\n"
    }
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
