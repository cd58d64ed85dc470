import TaskrunYAML

/// A half-open piece of a manifest.
package struct SourceSpan: Sendable, Hashable {
  /// Where it begins.
  package var start: SourcePosition
  /// The place behind its last byte; the start, if it is empty.
  package var end: SourcePosition

  /// Makes a span.
  package init(start: SourcePosition, end: SourcePosition) {
    self.start = start
    self.end = end
  }

  /// How many bytes it has.
  package var lengthBytes: Int { max(0, end.offset - start.offset) }

  /// The first place of a file: for what is wrong with the file as a whole.
  package static let beginning = beginning(ofFile: 0)

  /// The first place of one of several files.
  package static func beginning(ofFile file: Int) -> SourceSpan {
    let place = SourcePosition(line: 1, column: 1, offset: 0, file: file)
    return SourceSpan(start: place, end: place)
  }

  /// Which file it is a piece of.
  package var file: Int { start.file }
}

extension SourceSpan {
  init(_ span: YAMLSpan) {
    self.init(
      start: SourcePosition(span.start, file: span.file), end: SourcePosition(span.end, file: span.file))
  }
}

extension SourcePosition {
  init(_ mark: YAMLMark, file: Int) {
    self.init(line: mark.line, column: mark.column, offset: mark.offset, file: file)
  }
}
