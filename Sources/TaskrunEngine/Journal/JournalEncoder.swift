// The journal of a run: its event stream on disk, for `--resume`. Each line is the event as `-r jsonl` writes it, with a
// last member `crc`; the first line has a few members more. So it is an event stream for whoever reads it.
//
//     {"schema":"taskrun.events/1","event":"run_started",...,"journal":"taskrun.journal/1",...,"crc":"0123abcd"}
//     {"schema":"taskrun.events/1","event":"task_started",...,"crc":"4567cdef"}
//
// The checksum is the CRC-32C of all lines up to this one, each without its last member and its newline. So it also tells
// if a line is missing, comes twice or has changed places. What is here knows bytes and no files.

package import TaskrunAPI

/// What the first line of a journal says beside the event.
package struct JournalHeader: Sendable, Hashable {
  /// What stands in `journal`: the version of the form.
  package static let version = "taskrun.journal/1"

  /// The manifest, absolute.
  package var manifestPath: String
  /// What the run was told to run; in one that continues another, what the first of them was told.
  package var selection: Selection
  /// The id of the run that this one continues, if any.
  package var continues: String?

  /// Makes a header.
  package init(manifestPath: String, selection: Selection = Selection(), continues: String? = nil) {
    self.manifestPath = manifestPath
    self.selection = selection
    self.continues = continues
  }
}

extension JournalHeader {
  /// What the first line says beside the event.
  var wireFields: ValueObject {
    func list(_ words: [String]) -> Value { .array(words.map { .string($0) }) }
    var fields: ValueObject = [
      "journal": .string(Self.version), "manifest_path": .string(manifestPath),
      "selection": [
        "names": list(selection.names), "tags": list(selection.tags), "skipped": list(selection.skipped),
      ],
    ]
    if let continues { fields["continues"] = .string(continues) }
    return fields
  }

  /// Reads the first line; what is not there is empty.
  init(wireFields fields: ValueObject) {
    let selection = fields["selection"]?.objectValue
    func list(_ key: String) -> [String] { selection?[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    self.init(
      manifestPath: fields["manifest_path"]?.stringValue ?? "",
      selection: Selection(names: list("names"), tags: list("tags"), skipped: list("skipped")),
      continues: fields["continues"]?.stringValue)
  }
}

/// Writes a journal, line after line.
package struct JournalEncoder: Sendable {
  private let header: JournalHeader
  private var checksum = CRC32C()

  /// Begins a journal.
  package init(_ header: JournalHeader) {
    self.header = header
  }

  /// Appends the line of the next event, newline included.
  package mutating func append(_ event: RunEvent, to bytes: inout [UInt8]) {
    let start = bytes.count
    Value.object(ValueObject(event.wireFields.members + additions(to: event))).appendJSON(to: &bytes)
    bytes.removeLast()  // the closing brace, which comes after the checksum
    bytes.withUnsafeBytes { checksum.take(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    bytes.append(contentsOf: JournalLine.suffix(checksum.value))
    bytes.append(UInt8(ascii: "\n"))
  }

  private func additions(to event: RunEvent) -> [ValueObject.Member] {
    guard case .runStarted = event.kind else { return [] }
    return header.wireFields.members
  }
}

/// The end of a line: `,"crc":"0123abcd"}`.
enum JournalLine {
  private static let prefix = Array(",\"crc\":\"".utf8)
  private static let end = Array("\"}".utf8)
  private static let digits = Array("0123456789abcdef".utf8)
  static let suffixLength = prefix.count + 8 + end.count

  static func suffix(_ checksum: UInt32) -> [UInt8] {
    prefix + (0..<8).map { digits[Int(checksum >> (28 - 4 * $0) & 15)] } + end
  }

  /// The checksum at the end of a line; `nil` if it does not end like that.
  static func checksum(of line: UnsafeRawBufferPointer) -> UInt32? {
    guard line.count >= suffixLength else { return nil }
    let suffix = line[(line.count - suffixLength)...]
    guard suffix.starts(with: prefix), suffix.suffix(end.count).elementsEqual(end) else { return nil }
    var checksum: UInt32 = 0
    for digit in suffix.dropFirst(prefix.count).prefix(8) {
      guard let value = digits.firstIndex(of: digit) else { return nil }
      checksum = checksum << 4 | UInt32(value)
    }
    return checksum
  }
}
