import JSONReporter
import TaskrunAPI
import TaskrunTesting
import Testing

@Suite struct JSONReporterTests {
  @Test func theDocumentHasTheRecordsOfTheEventStream() throws {
    let run = SampleRun.hostileText
    let report = try document(of: run)
    #expect(
      report.keys == [
        "schema", "run_id", "manifest", "started_at", "runner_pid", "tasks", "duration_seconds", "pools",
        "summary", "exit_code",
      ])
    #expect(report["tasks"]?.arrayValue == run.records.map { .object($0.wireFields) })
  }

  @Test func everyRecordHasTheSameKeys() throws {
    let tasks = try document(of: .everyStatus)["tasks"]?.arrayValue ?? []
    let keys = tasks.map { $0.objectValue?.keys.filter { !["index", "item", "masked"].contains($0) } }
    #expect(tasks.count == 16)
    #expect(Set(keys).count == 1)
  }

  @Test func everyWriteBeforeTheLastGoesOutWithItsEvent() throws {
    let output = RecordingOutput()
    var reporter = JSONFormat().makeReporter(ReportOptions())
    for event in SampleRun.everyStatus.events.dropLast() {
      let before = output.bytes.count
      try reporter.report(event, to: output)
      if case .taskFinished(let record) = event.kind {
        let written = String(decoding: output.bytes.dropFirst(before), as: UTF8.self)
        #expect(written.contains("\"id\": \"\(record.id)\""))
      }
    }
  }

  private func document(of run: SampleRun) throws -> ValueObject {
    let output = RecordingOutput()
    var reporter = JSONFormat().makeReporter(ReportOptions())
    for event in run.events { try reporter.report(event, to: output) }
    return try #require(try Value(json: output.bytes).objectValue)
  }
}
