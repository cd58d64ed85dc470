import TableReporter
import TaskrunAPI
import TaskrunTesting
import Testing

@Suite struct TableReporterTests {
  @Test func whatATaskWroteCannotReachTheTerminal() throws {
    for verbosity in [ReportOptions.Verbosity.normal, .verbose] {
      let text = try table(.hostileText, ReportOptions(verbosity: verbosity))
      let active = text.unicodeScalars.filter { scalar in
        scalar != "\n"
          && (scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value))
      }
      #expect(active.isEmpty)
    }
  }

  @Test func coloursAreTheOnlyDifferenceThatColoursMake() throws {
    let plain = try table(.everyStatus, ReportOptions(width: 90))
    let colored = try table(.everyStatus, ReportOptions(usesColor: true, width: 90))
    #expect(colored != plain)
    #expect(colored.replacing(/\u{1B}\[\d+m/, with: "") == plain)
  }

  @Test func aRowOfSuccessFitsTheTerminal() throws {
    for line in try table(.everyStatus, ReportOptions(width: 80)).split(separator: "\n")
    where line.hasPrefix("✓") {
      #expect(String(line).displayWidth <= 80 || line.contains("333332833333500000000000"))
    }
  }

  @Test func aNumberIsNeverCut() throws {
    let text = try table(.everyStatus, ReportOptions(width: 60))
    #expect(text.contains("  333332833333500000000000\n"))
  }

  @Test func columnsLineUpWhateverTheStatus() throws {
    let lines = try table(.everyStatus, ReportOptions()).split(separator: "\n")
    let rows = lines.filter { "✓✗!-".contains($0.first ?? " ") }
    #expect(rows.count == 16)
    #expect(rows.allSatisfy { $0.dropFirst(41).hasPrefix("  ") && Array($0)[43] != " " })
  }

  @Test func wideNamesAreMeasuredInColumns() throws {
    let records = ["表形式の幅", "plain"].enumerated().map { ordinal, name in
      var record = TaskRecord(
        id: name, task: name, kind: .io, place: TaskPlace(task: ordinal), status: .succeeded)
      record.value = "done"
      return record
    }
    let text = try table(SampleRun(name: "wide", records: records), ReportOptions())
    let columns = text.split(separator: "\n").filter { $0.hasSuffix("done") }.map { String($0).displayWidth }
    #expect(columns.count == 2 && Set(columns).count == 1)
  }

  @Test func quietShowsFailuresAndOneLine() throws {
    let text = try table(.everyStatus, ReportOptions(verbosity: .quiet))
    #expect(!text.contains("✓") && !text.contains("fetch[1]") && text.contains("✗ failed"))
    #expect(text.split(separator: "\n").last?.hasPrefix("16 tasks in ") == true)
    let calm = try table(.many(30), ReportOptions(verbosity: .quiet))
    #expect(calm == "30 tasks in 8ms: 30 succeeded\n")
  }

  @Test func failuresAreNamedAgainBelowALongTable() throws {
    let records = (0..<30).map { index in
      TaskRecord(
        id: "t[\(index)]", task: "t", index: index, kind: .io, place: TaskPlace(task: index),
        status: index < 12 ? .failed : .succeeded, reason: index < 12 ? .error : nil)
    }
    let text = try table(SampleRun(name: "long", records: records), ReportOptions())
    let last = text.split(separator: "\n").last
    #expect(last == "did not succeed: \((0..<10).map { "t[\($0)]" }.joined(separator: ", ")) and 2 more")
  }

  private func table(_ run: SampleRun, _ options: ReportOptions) throws -> String {
    let output = RecordingOutput()
    var reporter = TableFormat().makeReporter(options)
    for event in run.events { try reporter.report(event, to: output) }
    return output.text
  }
}
