import JSONLinesReporter
import JSONReporter
import TableReporter
import TaskrunAPI
import TaskrunTesting
import Testing

@Suite struct BundledReporterTests {
  @Test func theTableConforms() {
    #expect(ReporterConformance(TableFormat(), finalIDs: Self.tableIDs).violations() == [])
  }

  @Test func theJSONReportConforms() {
    let check = ReporterConformance(JSONFormat()) { text in
      let tasks = try Value(json: text).objectValue?["tasks"]?.arrayValue ?? []
      return tasks.compactMap { $0.objectValue?["id"]?.stringValue }
    }
    #expect(check.violations() == [])
  }

  @Test func theEventStreamConforms() {
    let check = ReporterConformance(JSONLinesFormat()) { text in
      try text.split(separator: "\n").compactMap { line in
        let event = try Value(json: String(line)).objectValue
        return event?["event"] == "task_finished" ? event?["id"]?.stringValue : nil
      }
    }
    #expect(check.violations() == [])
  }

  @Test func eachPluginBringsItsFormat() {
    let plugins = [tableReporterPlugin, jsonReporterPlugin, jsonLinesReporterPlugin]
    #expect(plugins.map { $0.reportFormats.map(\.name) } == [["table"], ["json"], ["jsonl"]])
    #expect(plugins.map(\.name) == ["table", "json", "jsonl"])
  }

  /// The names of a table's rows: rows are what begins with a mark.
  @Sendable private static func tableIDs(_ text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let plain = line.replacing(/\u{1B}\[\d+m/, with: "")
      let words = plain.split(separator: " ")
      guard let mark = words.first, ["✓", "✗", "!", "-"].contains(mark), words.count > 6 else { return nil }
      return String(words[6])
    }
  }
}

/// Formats that break one rule each: the kit has to see it.
@Suite struct ReporterConformanceTests {
  typealias Rule = ReporterConformance.Rule

  @Test(arguments: [
    (FaultyFormat(name: "two words"), Rule.name), (FaultyFormat(summary: "A summary."), .summary),
    (FaultyFormat(fault: .throwsAtTheEnd), .acceptsEveryRun), (FaultyFormat(fault: .cutsText), .validText),
    (FaultyFormat(fault: .writesEscapes), .noControl), (FaultyFormat(fault: .forgetsOne), .everyRecord),
    (FaultyFormat(fault: .saysOneTwice), .everyRecord),
    (FaultyFormat(fault: .swallowsErrors), .passesErrorOn),
    (FaultyFormat(fault: .wrapsErrors), .passesErrorOn), (FaultyFormat(fault: .isRandom), .deterministic),
    (FaultyFormat(fault: .saysNothing), .writesSomething),
  ])
  func aBrokenRuleIsFound(_ format: FaultyFormat, _ rule: Rule) {
    let check = ReporterConformance(format) { $0.split(separator: "\n").dropFirst().map(String.init) }
    #expect(Set(check.violations().map(\.rule)).contains(rule))
  }

  @Test func aFormatWithoutFaultHasNoViolations() {
    let check = ReporterConformance(FaultyFormat()) { $0.split(separator: "\n").dropFirst().map(String.init) }
    #expect(check.violations() == [])
  }
}

struct FaultyFormat: ReportFormat, CustomTestStringConvertible {
  enum Fault {
    case none
    case throwsAtTheEnd
    case cutsText
    case writesEscapes
    case forgetsOne
    case saysOneTwice
    case swallowsErrors
    case wrapsErrors
    case isRandom
    case saysNothing
  }

  struct Wrapped: Error {}

  var name = "faulty"
  var summary = "ids of tasks, one a line"
  var fault = Fault.none

  var testDescription: String { "\(name) \(summary) \(fault)" }

  func makeReporter(_ options: ReportOptions) -> any Reporter { FaultyReporter(fault: fault) }

  struct FaultyReporter: Reporter {
    var fault: Fault
    var seen = 0

    mutating func report(_ event: RunEvent, to output: any ReportOutput) throws {
      do {
        try output.write(bytes(for: event))
      } catch {
        if fault == .swallowsErrors { return }
        throw fault == .wrapsErrors ? Wrapped() : error
      }
      if fault == .throwsAtTheEnd, case .runFinished = event.kind { throw Wrapped() }
    }

    private mutating func bytes(for event: RunEvent) -> [UInt8] {
      if fault == .saysNothing { return [] }
      switch event.kind {
      case .runStarted:
        return Array((fault == .isRandom ? "\(UInt64.random(in: 0 ... .max))\n" : "ids\n").utf8)
      case .taskFinished(let record):
        seen += 1
        if fault == .forgetsOne, seen == 3 { return [] }
        let line = record.id + (fault == .writesEscapes ? "\u{1B}[0m" : "") + "\n"
        let repeated = fault == .saysOneTwice && seen == 3
        return Array((repeated ? line + line : line).utf8) + (fault == .cutsText ? [0xE2] : [])
      case .taskStarted, .runFinished: return []
      }
    }
  }
}
