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
  package static let beginning = SourceSpan(
    start: SourcePosition(line: 1, column: 1, offset: 0), end: SourcePosition(line: 1, column: 1, offset: 0))
}

extension SourceSpan {
  init(_ span: YAMLSpan) {
    self.init(start: SourcePosition(span.start), end: SourcePosition(span.end))
  }
}

extension SourcePosition {
  init(_ mark: YAMLMark) {
    self.init(line: mark.line, column: mark.column, offset: mark.offset)
  }
}
