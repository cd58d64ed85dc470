/// A place in the bytes of a YAML file.
package struct YAMLMark: Sendable, Hashable {
  // 32 bits each keep the tree small; a file has at most 64 MiB.
  private var storedLine: UInt32
  private var storedColumn: UInt32
  private var storedOffset: UInt32

  /// The line, from 1. LF, CR and CRLF end a line.
  package var line: Int { Int(storedLine) }
  /// The column in code points, from 1.
  package var column: Int { Int(storedColumn) }
  /// The byte offset, from 0; a byte order mark counts.
  package var offset: Int { Int(storedOffset) }

  /// Makes a mark. Numbers beyond 32 bits are cut to the largest one.
  package init(line: Int, column: Int, offset: Int) {
    storedLine = UInt32(clamping: line)
    storedColumn = UInt32(clamping: column)
    storedOffset = UInt32(clamping: offset)
  }

  /// The place so many bytes further on the same line, all of them ASCII.
  package func advanced(byASCII count: Int) -> YAMLMark {
    YAMLMark(line: line, column: column + count, offset: offset + count)
  }
}

/// A half-open piece of a YAML file.
package struct YAMLSpan: Sendable, Hashable {
  /// The largest number a file can have.
  package static let maximumFile = Int(UInt16.max)

  /// Where it begins.
  package var start: YAMLMark
  /// The place behind its last byte.
  package var end: YAMLMark
  private var storedFile: UInt16

  /// Which file it is a piece of: the number that the reader was given.
  package var file: Int { Int(storedFile) }

  /// Makes a span.
  /// - Parameter file: from 0 to ``maximumFile``.
  package init(start: YAMLMark, end: YAMLMark, file: Int = 0) {
    self.start = start
    self.end = end
    storedFile = UInt16(clamping: file)
  }

  /// The same place in another file.
  func inFile(_ file: Int) -> YAMLSpan { YAMLSpan(start: start, end: end, file: file) }

  /// The empty span at a place.
  package init(at mark: YAMLMark) {
    self.init(start: mark, end: mark)
  }

  /// The empty span where this one begins.
  package var beginning: YAMLSpan { YAMLSpan(start: start, end: start, file: file) }

  /// The first place of a file.
  package static let beginning = YAMLSpan(at: YAMLMark(line: 1, column: 1, offset: 0))
}
