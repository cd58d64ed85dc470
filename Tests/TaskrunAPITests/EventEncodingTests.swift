import Foundation
import TaskrunAPI
import Testing

@Suite struct EventEncodingTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (1_795_334_400_000, "2026-11-22T08:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (4_107_456_000_000, "2100-02-28T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
  ])
  func theStartIsInUTCWithMilliseconds(_ milliseconds: Int, _ text: String) {
    #expect(start(at: milliseconds).startedAtText == text)
  }

  @Test func everyDayOfFourCenturiesIsRight() {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    for day in stride(from: -40_000, to: 110_000, by: 7) {
      let date = calendar.dateComponents(
        [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
      let parts = start(at: day * 86_400_000).startedAtText.split(separator: "T")[0].split(separator: "-")
      #expect(parts.compactMap { Int($0) } == [date.year, date.month, date.day])
    }
  }

  @Test func aRecordOfNothingSaysNull() {
    let record = TaskRecord(
      id: "t", task: "t", kind: .cpu, place: TaskPlace(task: 7), status: .skipped, reason: .dependency)
    let text = Value.object(record.wireFields).jsonText
    #expect(
      text == """
        {"id":"t","task":"t","kind":"cpu","status":"skipped","reason":"dependency","allowed_failure":false,\
        "completed":0,"queued_seconds":0.0,"started_seconds":null,"duration_seconds":null,"executor":null,\
        "pid":null,"slot":null,"attempts":[],"exit_code":null,"signal":null,"value":null,"stdout":"",\
        "stderr":"","stdout_bytes":0,"stderr_bytes":0,"truncated":false,"usage":null,"error":null,\
        "fingerprint":null}
        """)
  }

  @Test func anInstanceHasItsIndexAndItsItem() {
    var record = TaskRecord(id: "t[3]", task: "t", index: 3, kind: .io, status: .succeeded)
    #expect(record.wireFields["index"] == 3 && record.wireFields["item"] == .null)
    record.item = ["path": "a"]
    #expect(record.wireFields["item"] == ["path": "a"])
  }

  @Test(
    arguments: [
      ([], ""), ([0x66, 0xFF], "Zv8="), ([0xFF], "/w=="), ([0xFB, 0xFF, 0xFE], "+//+"),
      ([0xFF, 0, 0, 0], "/wAAAA=="),
    ] as [([UInt8], String)])
  func bytesThatAreNotUTF8AreKeptExactly(_ bytes: [UInt8], _ base64: String) {
    var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
    record.stderr = CapturedOutput(head: bytes)
    #expect(record.wireFields["stderr_base64"] == (bytes.isEmpty ? nil : .string(base64)))
    #expect(record.wireFields["stdout_base64"] == nil)
    #expect(Data(base64Encoded: base64) == Data(bytes))
  }

  @Test func theBytesOfATruncatedOutputHaveNoLineThatTellsSo() {
    var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
    // Head and tail would make an 'é' if nothing were missing between them.
    record.stdout = CapturedOutput(head: [0x61, 0xC3], tail: [0xA9, 0x62], totalBytes: 100)
    let fields = record.wireFields
    #expect(fields["stdout"] == "a\u{FFFD}\n[… 96 bytes omitted …]\n\u{FFFD}b")
    #expect(fields["stdout_base64"]?.stringValue == Data([0x61, 0xC3, 0xA9, 0x62]).base64EncodedString())
    #expect(fields["stdout_bytes"] == 100 && fields["truncated"] == true)
  }

  @Test(
    arguments: [
      (Duration.milliseconds(1000), Value.double(0.05)), (.milliseconds(30), .double(1.667)), (.zero, .null),
      (nil, .null),
    ] as [(Duration?, Value)])
  func theProcessorsShareIsOfTheElapsedTime(_ duration: Duration?, _ ratio: Value) {
    var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
    record.duration = duration
    record.usage = ResourceUsage(user: .milliseconds(40), system: .milliseconds(10), maxRSSBytes: nil)
    let usage = record.wireFields["usage"]?.objectValue
    #expect(usage?["cpu_ratio"] == ratio && usage?["max_rss_bytes"] == .null)
  }

  @Test func aSummaryHasEveryStatusAndAddsUp() {
    var summary = RunSummary()
    for status in [TaskStatus.failed, .succeeded, .failed] {
      summary.add(TaskRecord(id: "t", task: "t", kind: .io, status: status))
    }
    #expect(
      summary.wireFields == [
        "total": 3, "succeeded": 1, "failed": 2, "timed_out": 0, "cancelled": 0, "skipped": 0,
      ])
  }

  @Test func theSchemaTheNameAndTheTimeComeFirst() {
    let event = RunEvent(time: .milliseconds(1500), kind: .runStarted(start(at: 0)))
    #expect(
      Array(event.wireFields.members.prefix(3)) == [
        .init(key: "schema", value: "taskrun.events/1"), .init(key: "event", value: "run_started"),
        .init(key: "time_seconds", value: 1.5),
      ])
    #expect(event.wireFields["pools"] == ["io": ["size": 8], "cpu": ["size": 2]])
    #expect(event.wireFields["total"] == .null)
  }

  private func start(at milliseconds: Int) -> RunStart {
    RunStart(
      runID: "r", manifest: "m", startedAtMilliseconds: milliseconds, runnerPID: 1,
      poolSizes: PerKind(io: 8, cpu: 2),
      total: nil)
  }
}
