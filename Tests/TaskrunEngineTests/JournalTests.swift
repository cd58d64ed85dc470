import TaskrunAPI
import TaskrunTesting
import Testing

@testable import TaskrunEngine

@Suite struct JournalTests {
  private let header = JournalHeader(
    manifestPath: "/home/ada/tasks.yaml",
    selection: Selection(names: ["fetch*"], tags: ["web"], skipped: ["x"]))

  private func journal(_ run: SampleRun) -> [UInt8] {
    var encoder = JournalEncoder(header)
    var bytes: [UInt8] = []
    for event in run.events { encoder.append(event, to: &bytes) }
    return bytes
  }

  /// What can be read, and how many bytes cannot.
  private func read(_ bytes: [UInt8], pieces: Int = .max) throws(JournalError) -> (
    lines: [JournalReader.Line], torn: Int
  ) {
    var reader = JournalReader()
    var lines: [JournalReader.Line] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      try reader.take(rest.prefix(pieces)) { line in lines.append(line) }
      rest = rest.dropFirst(pieces)
    }
    return (lines, reader.finish())
  }

  @Test func theChecksumIsTheOneOfTheStandard() {
    // RFC 3720, B.4, and the check value of the catalogues.
    for (bytes, value) in [
      (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E), ([], 0),
    ] as [([UInt8], UInt32)] {
      var whole = CRC32C()
      bytes.withUnsafeBytes { whole.take($0) }
      #expect(whole.value == value)
      for split in 0...bytes.count {
        var first = CRC32C()
        bytes[..<split].withUnsafeBytes { first.take($0) }
        bytes[split...].withUnsafeBytes { first.take($0) }
        #expect(first.value == value)
      }
    }
  }

  @Test func aLineIsTheEventWithAChecksum() throws {
    let run = SampleRun.many(1)
    let lines = String(decoding: journal(run), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == run.events.count)
    for (line, event) in zip(lines, run.events) {
      var fields = try #require(try Value(json: String(line)).objectValue)
      #expect(fields.keys.last == "crc")
      fields["crc"] = nil
      if case .runStarted = event.kind {
        #expect(fields["journal"] == "taskrun.journal/1")
        #expect(fields["manifest_path"] == "/home/ada/tasks.yaml")
        #expect(fields["selection"] == ["names": ["fetch*"], "tags": ["web"], "skipped": ["x"]])
        for key in ["journal", "manifest_path", "selection"] { fields[key] = nil }
      }
      #expect(fields == event.wireFields)
    }
  }

  @Test(arguments: [SampleRun.empty, .everyStatus, .hostileText], [1, 7, 4096, Int.max])
  func allEventsComeBackWhateverThePieces(_ run: SampleRun, _ pieces: Int) throws {
    let bytes = journal(run)
    let (lines, torn) = try read(bytes, pieces: pieces)
    #expect(torn == 0)
    #expect(lines.count == run.events.count)
    for (line, event) in zip(lines, run.events) {
      #expect(try RunEvent(wireFields: line.fields)?.wireFields == event.wireFields)
      #expect(
        bytes[line.offset] == UInt8(ascii: "{") && bytes[line.offset + line.length] == UInt8(ascii: "\n"))
    }
  }

  @Test func cutAnywhereAllWholeLinesAreLeft() throws {
    let bytes = journal(.many(3))
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    for length in 0...bytes.count {
      let (lines, torn) = try read(Array(bytes[..<length]))
      let whole = ends.filter { $0 <= length }
      #expect(lines.count == whole.count)
      #expect(torn == length - (whole.last ?? 0))
    }
  }

  @Test func aFlippedBitIsNamedOrLeftOutButNeverBelieved() throws {
    let bytes = journal(.many(1))
    let starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }.dropLast()
    let all = try read(bytes).lines.map(\.fields)
    for position in bytes.indices {
      let line = (starts.lastIndex { $0 <= position } ?? 0) + 1
      for bit in 0..<8 {
        var flipped = bytes
        flipped[position] ^= 1 << UInt8(bit)
        do throws(JournalError) {
          let (lines, torn) = try read(flipped)
          // Without an error it is the end that is torn. A newline more or less makes the end longer.
          #expect(line >= starts.count - 1 && torn > 0)
          #expect(line == starts.count || bytes[position] == UInt8(ascii: "\n"))
          #expect(lines.map(\.fields) == Array(all.prefix(line - 1)))
        } catch {
          #expect(error == .damaged(line: line, offset: starts[line - 1]))
        }
      }
    }
  }

  @Test func aLineThatIsMissingTwiceThereOrInAnotherPlaceIsFound() throws {
    let lines = journal(.many(3)).split(separator: UInt8(ascii: "\n")).map {
      Array($0) + [UInt8(ascii: "\n")]
    }
    for position in 0..<(lines.count - 2) {
      var missing = lines
      missing.remove(at: position)
      var twice = lines
      twice.insert(lines[position], at: position)
      var exchanged = lines
      exchanged.swapAt(position, position + 1)
      // A copy is wrong in the second place.
      for (changed, line) in [(missing, position), (twice, position + 1), (exchanged, position)] {
        #expect(throws: JournalError.damaged(line: line + 1, offset: changed[..<line].joined().count)) {
          try read(Array(changed.joined()))
        }
      }
    }
  }

  @Test func zerosAtTheEndAreATornEnd() throws {
    let bytes = journal(.many(1))
    let (lines, torn) = try read(bytes + [UInt8](repeating: 0, count: 4096))
    #expect(lines.count == SampleRun.many(1).events.count && torn == 4096)
  }

  @Test func anotherVersionIsNamed() throws {
    let text = String(decoding: journal(.empty), as: UTF8.self)
    for (version, found) in [("\"taskrun.journal/2\"", "taskrun.journal/2" as String?), ("7", nil)] {
      let first = text.split(separator: "\n")[0].replacing("\"taskrun.journal/1\"", with: version)
      var checksum = CRC32C()
      let content = Array(first.utf8.dropLast(JournalLine.suffixLength))
      content.withUnsafeBytes { checksum.take($0) }
      let line = content + JournalLine.suffix(checksum.value) + [UInt8(ascii: "\n")]
      #expect(throws: JournalError.unknownVersion(found, known: "taskrun.journal/1")) { try read(line) }
    }
  }
}
