package import TaskrunAPI

/// Reads a journal in pieces of any size and gives the lines that are whole.
///
/// A run may have been killed, or its machine may have lost power, while a line was written. So what is wrong at the very
/// end is no error: it is left out. If something is wrong and another line of a journal follows, the file was damaged.
package struct JournalReader: Sendable {
  /// A line that is whole.
  package struct Line: Sendable {
    /// The fields of the event, without the checksum.
    package var fields: ValueObject
    /// Where the line begins in the file, in bytes.
    package var offset: Int
    /// Its length without the newline, in bytes.
    package var length: Int
  }

  /// The first line that is not what was written.
  private struct Fault {
    var line: Int
    var offset: Int
  }

  /// Deeper than any value inside an event can be.
  private static let maximumDepth = 256

  private var pending: [UInt8] = []
  private var offset = 0
  private var lineNumber = 0
  private var checksum = CRC32C()
  private var fault: Fault?

  /// Begins at the start of a file.
  package init() {}

  /// Takes the next bytes of the file.
  /// - Parameter body: gets the lines in order.
  /// - Throws: ``JournalError``.
  package mutating func take(
    _ bytes: some Sequence<UInt8>, body: (Line) throws(JournalError) -> Void
  ) throws(JournalError) {
    var searched = pending.count
    pending += bytes
    var start = 0
    while let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      if let line = try line(pending[start..<end]) { try body(line) }
      offset += end + 1 - start
      (start, searched) = (end + 1, end + 1)
    }
    pending.removeSubrange(..<start)
  }

  /// Says that the file ends here.
  /// - Returns: how many bytes at the end are not whole lines, or follow one that is not.
  package func finish() -> Int {
    fault.map { offset + pending.count - $0.offset } ?? pending.count
  }

  /// Reads a single line, whose place is known from an earlier reading.
  /// - Returns: the record that it holds; `nil` if it is not the end of an instance, or not what was written.
  package static func record(ofLine bytes: [UInt8]) -> TaskRecord? {
    guard let fields = try? Self.fields(bytes[...]), let event = try? RunEvent(wireFields: fields),
      case .taskFinished(let record) = event.kind
    else { return nil }
    return record
  }

  private mutating func line(_ bytes: ArraySlice<UInt8>) throws(JournalError) -> Line? {
    lineNumber += 1
    let stored = bytes.withUnsafeBytes { JournalLine.checksum(of: $0) }
    if let fault {
      // A write that was cut off leaves no such line behind it.
      if stored != nil { throw .damaged(line: fault.line, offset: fault.offset) }
      return nil
    }
    var checksum = checksum
    bytes.dropLast(JournalLine.suffixLength).withUnsafeBytes { checksum.take($0) }
    guard stored == checksum.value else {
      fault = Fault(line: lineNumber, offset: offset)
      return nil
    }
    self.checksum = checksum
    return try whole(bytes)
  }

  private func whole(_ bytes: ArraySlice<UInt8>) throws(JournalError) -> Line {
    let fields: ValueObject
    do throws(JSONError) {
      fields = try Self.fields(bytes)
    } catch {
      throw .unreadable(line: lineNumber, offset: offset, reason: error.description)
    }
    if lineNumber == 1 { try checkVersion(fields["journal"]) }
    return Line(fields: fields, offset: offset, length: bytes.count)
  }

  private static func fields(_ line: ArraySlice<UInt8>) throws(JSONError) -> ValueObject {
    let content = Array(line.dropLast(JournalLine.suffixLength)) + [UInt8(ascii: "}")]
    return try Value(json: content, maximumDepth: maximumDepth).objectValue ?? ValueObject()
  }

  private func checkVersion(_ version: Value?) throws(JournalError) {
    guard version != .string(JournalHeader.version) else { return }
    throw .unknownVersion(version?.stringValue, known: JournalHeader.version)
  }
}

/// Why a journal cannot be read.
package enum JournalError: Error, Sendable, Hashable {
  /// A line is not what was written, and it is not the last one. Counts from line 1 and byte 0.
  case damaged(line: Int, offset: Int)
  /// A line is what was written, and yet it is no event: another program wrote it.
  case unreadable(line: Int, offset: Int, reason: String)
  /// The journal is one of another version; `nil` if it is none.
  case unknownVersion(String?, known: String)
}

extension JournalError: CustomStringConvertible {
  /// The error in words.
  package var description: String {
    switch self {
    case .damaged(let line, let offset):
      "damaged at line \(line) (byte \(offset)): the checksum does not match, and more follows"
    case .unreadable(let line, let offset, let reason): "no event at line \(line) (byte \(offset)): \(reason)"
    case .unknownVersion(let version?, let known):
      "written by another version of taskrun: '\(version)'; expected '\(known)'"
    case .unknownVersion(nil, _): "not a journal"
    }
  }
}
