import Foundation
import JSONLinesReporter
import JSONReporter
import TableReporter
import TaskrunAPI
import TaskrunTesting
import Testing

/// One fixed run through every report format, compared byte for byte with what a person has read and
/// approved.
///
/// `RECORD_GOLDENS=1 swift test --filter Golden` writes the files anew and fails, so that nobody records by
/// accident; read the difference before committing it.
@Suite struct ReporterGoldenTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var file: String
    var format: any ReportFormat
    var options = ReportOptions()
    var run = SampleRun.everyStatus

    var testDescription: String { file }
  }

  static let goldens = [
    Golden(file: "table.txt", format: TableFormat()),
    Golden(file: "table-80-columns.txt", format: TableFormat(), options: ReportOptions(width: 80)),
    Golden(
      file: "table-color.txt", format: TableFormat(), options: ReportOptions(usesColor: true, width: 100)),
    Golden(file: "table-quiet.txt", format: TableFormat(), options: ReportOptions(verbosity: .quiet)),
    Golden(file: "table-verbose.txt", format: TableFormat(), options: ReportOptions(verbosity: .verbose)),
    Golden(file: "table-hostile.txt", format: TableFormat(), run: .hostileText),
    Golden(file: "table-empty.txt", format: TableFormat(), run: .empty),
    Golden(file: "report.json", format: JSONFormat()),
    Golden(file: "report-empty.json", format: JSONFormat(), run: .empty),
    Golden(file: "events.jsonl", format: JSONLinesFormat()),
    Golden(file: "events-hostile.jsonl", format: JSONLinesFormat(), run: .hostileText),
  ]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Goldens")

  @Test(arguments: goldens) func aFixedRunMakesTheApprovedReport(_ golden: Golden) throws {
    let output = RecordingOutput()
    var reporter = golden.format.makeReporter(golden.options)
    for event in golden.run.events { try reporter.report(event, to: output) }
    let file = Self.folder.appendingPathComponent(golden.file)
    if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] != nil {
      try Data(output.bytes).write(to: file)
      Issue.record("recorded \(golden.file): read it, then run again without RECORD_GOLDENS")
      return
    }
    let approved = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(output.text == approved, "first difference: \(Self.difference(output.text, approved))")
  }

  private static func difference(_ text: String, _ approved: String) -> String {
    let (lines, wanted) = (text.split(separator: "\n"), approved.split(separator: "\n"))
    for (number, pair) in zip(lines, wanted).enumerated() where pair.0 != pair.1 {
      return "line \(number + 1) is '\(pair.0)', not '\(pair.1)'"
    }
    return "\(lines.count) lines, not \(wanted.count)"
  }
}
