import TaskrunAPI
import TaskrunTesting
import Testing

@Suite struct EventDecodingTests {
  @Test(arguments: [SampleRun.empty, .everyStatus, .hostileText, .many(20)])
  func everyEventComesBackFromItsLine(_ run: SampleRun) throws {
    for event in run.events {
      let fields = try #require(try Value(json: Value.object(event.wireFields).jsonText).objectValue)
      let decoded = try #require(try RunEvent(wireFields: fields))
      #expect(decoded.wireFields == event.wireFields)
      #expect(decoded == event.asOnTheWire)
    }
  }

  @Test(
    arguments: [
      CapturedOutput(head: Array("a\n[… 5 bytes omitted …]\nb".utf8)),
      CapturedOutput(head: Array("é".utf8), tail: Array("x".utf8), totalBytes: 4),
      CapturedOutput(head: [], tail: [], totalBytes: 1),
      CapturedOutput(head: [], tail: [], totalBytes: 9_999_999_999),
      CapturedOutput(head: [0x61, 0xC3], tail: [0xA9, 0x62], totalBytes: 100),
      CapturedOutput(head: [0xE2, 0x82], tail: [0xAC], totalBytes: 28),
      CapturedOutput(head: [0xE2], tail: [0x82, 0xAC], totalBytes: 1_000_000),
      CapturedOutput(head: [0xF0, 0x9F, 0x98], tail: [0x80, 0xFF], totalBytes: 6),
      CapturedOutput(head: [0xFF, 0xFE, 0x41], tail: [0x42, 0xFF], totalBytes: 30),
    ])
  func anOutputKeepsItsBytesAndItsGap(_ output: CapturedOutput) throws {
    var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
    (record.stdout, record.stderr) = (output, CapturedOutput(head: [0x41], tail: [], totalBytes: 3))
    let event = RunEvent(time: .zero, kind: .taskFinished(record))
    #expect(try RunEvent(wireFields: event.wireFields) == event)
  }

  @Test func everyPossibleSplitOfBrokenTextIsFoundAgain() throws {
    let bytes: [UInt8] = [
      0x41, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xFF, 0xED, 0xA0, 0x80, 0xC0,
    ]
    for split in 0...bytes.count {
      var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
      record.stdout = CapturedOutput(
        head: Array(bytes[..<split]), tail: Array(bytes[split...]), totalBytes: 777)
      let event = RunEvent(time: .zero, kind: .taskFinished(record))
      #expect(try RunEvent(wireFields: event.wireFields)?.wireFields == event.wireFields)
    }
  }

  @Test func whatALaterVersionAddsIsPassedOver() throws {
    let event = try #require(SampleRun.everyStatus.events.last)
    var fields = event.wireFields
    fields["colour"] = "red"
    let reversed = ValueObject(fields.members.reversed())
    #expect(try RunEvent(wireFields: reversed)?.wireFields == event.wireFields)
    fields["event"] = "task_painted"
    #expect(try RunEvent(wireFields: fields) == nil)
  }

  @Test(
    arguments: [
      ("schema", "taskrun.events/2", .unknownSchema("taskrun.events/2", known: "taskrun.events/1")),
      ("schema", nil, .missing(field: "schema")),
      ("event", 7, .unfit(field: "event", expected: "a string", found: "an integer")),
      ("time_seconds", nil, .missing(field: "time_seconds")),
      (
        "time_seconds", 1e300,
        .unfit(field: "time_seconds", expected: "a number of seconds", found: "a number")
      ),
      ("id", .null, .missing(field: "id")),
      ("kind", "gpu", .unfit(field: "kind", expected: "one of 'io', 'cpu'", found: "'gpu'")),
      ("attempts", [1], .unfit(field: "attempts", expected: "a list of mappings", found: "a list")),
      ("stdout_base64", "A", .unfit(field: "stdout_base64", expected: "base64", found: "a string")),
      ("pid", 1.5, .unfit(field: "pid", expected: "an integer of 64 bits", found: "a number")),
    ] as [(String, Value?, EventDecodingError)])
  func aFieldThatIsNotWhatItShouldBeIsNamed(
    _ field: String, _ value: Value?, _ error: EventDecodingError
  ) throws {
    let event = try #require(SampleRun.everyStatus.events.last { $0.isEndOfTask })
    var fields = event.wireFields
    fields[field] = value
    #expect(throws: error) { try RunEvent(wireFields: fields) }
  }

  @Test func theErrorsSayWhatIsWrongAndWhatIsRight() {
    #expect(
      EventDecodingError.unfit(field: "id", expected: "a string", found: "a list").description
        == "field 'id' is a list; expected a string")
    #expect(EventDecodingError.missing(field: "id").description == "field 'id' is missing")
    #expect(
      EventDecodingError.unknownSchema("x/9", known: "x/1").description
        == "schema 'x/9' is not known; expected 'x/1'")
  }

  @Test(arguments: [0, 1_795_334_400_000, -1, 951_782_400_000, 253_402_300_799_999, -62_135_596_800_000])
  func theTimeOfTheStartComesBack(_ milliseconds: Int) throws {
    let start = RunStart(
      runID: "r", manifest: "m", startedAtMilliseconds: milliseconds, runnerPID: 1,
      poolSizes: PerKind(io: 1, cpu: 1), total: nil)
    let event = RunEvent(time: .zero, kind: .runStarted(start))
    #expect(try RunEvent(wireFields: event.wireFields) == event)
  }
}

extension RunEvent {
  fileprivate var isEndOfTask: Bool { if case .taskFinished = kind { true } else { false } }

  /// The event without what its line does not say.
  fileprivate var asOnTheWire: RunEvent {
    switch kind {
    case .taskFinished(var record):
      record.place = TaskPlace()
      if record.index != nil, record.item == nil { record.item = .null }
      return RunEvent(time: time, kind: .taskFinished(record))
    case .runFinished(var end):
      end.summary = RunSummary(
        counts: Dictionary(uniqueKeysWithValues: TaskStatus.allCases.map { ($0, end.summary[$0]) }))
      return RunEvent(time: time, kind: .runFinished(end))
    case .runStarted, .taskStarted: return self
    }
  }
}
