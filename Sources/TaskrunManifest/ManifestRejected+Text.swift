extension ManifestRejected {
  /// All diagnostics as people read them, each with its lines of the file and followed by an empty line.
  ///
  /// The user's text is sanitised: nothing in it reaches the terminal as a control sequence.
  /// - Parameter isColored: whether to mark the parts with colours.
  package func text(isColored: Bool = false) -> String {
    let painter = Painter(isColored: isColored)
    var text = ""
    for diagnostic in diagnostics {
      DiagnosticText(diagnostic, files: files, painter: painter).append(to: &text)
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
  let files: [SourceFile]
  let painter: Painter
  let labels: [(span: SourceSpan, text: String, isPrimary: Bool)]
  let gutter: Int

  init(_ diagnostic: Diagnostic, files: [SourceFile], painter: Painter) {
    self.diagnostic = diagnostic
    self.files = files
    self.painter = painter
    let primary = (span: diagnostic.span, text: diagnostic.label ?? "", isPrimary: true)
    let others = diagnostic.secondary.map { (span: $0.span, text: $0.text, isPrimary: false) }
    labels = ([primary] + others).sorted {
      ($0.span.file, $0.span.start.offset) < ($1.span.file, $1.span.start.offset)
    }
    gutter = "\(labels.map(\.span.start.line).max() ?? 1)".utf8.count
  }

  func append(to text: inout String) {
    text += painter.error("error[\(diagnostic.code.rawValue)]") + ": "
    text += painter.bold(diagnostic.message.sanitised) + "\n"
    appendPlace(diagnostic.span.start, arrow: "-->", to: &text)
    // A file without a line to show has its whole story in the message.
    if isShowable { appendLines(of: diagnostic.span.file, to: &text) }
    var last = diagnostic.span.file
    for label in labels where label.span.file != diagnostic.span.file && label.span.file != last {
      last = label.span.file
      appendPlace(label.span.start, arrow: ":::", to: &text)
      appendLines(of: last, to: &text)
    }
    appendNotes(to: &text)
  }

  private func appendPlace(_ place: SourcePosition, arrow: String, to text: inout String) {
    text += spaces(gutter) + painter.frame(arrow)
    text += " \(files[place.file].path.sanitised):\(place.line):\(place.column)\n"
  }

  private func appendLines(of file: Int, to text: inout String) {
    guard !files[file].source.isEmpty else { return }
    text += spaces(gutter + 1) + painter.frame("|") + "\n"
    var previous: Int?
    for label in labels where label.span.file == file {
      let line = SourceLine(label.span, in: files[file].source)
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
  }

  private var isShowable: Bool {
    diagnostic.code != .tooLarge
      && !(diagnostic.code == .notUTF8 && diagnostic.span == .beginning(ofFile: diagnostic.span.file))
  }

  private func appendNotes(to text: inout String) {
    for note in diagnostic.notes {
      text += spaces(gutter + 1) + painter.frame("=") + " note: " + note.sanitised + "\n"
    }
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
