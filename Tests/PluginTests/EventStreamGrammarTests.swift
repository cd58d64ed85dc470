import Foundation
import JSONLinesReporter
import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

/// docs/events.md against real streams.
@Suite struct EventStreamGrammarTests {
  static let grammar = Result { try EventGrammar() }

  @Test(arguments: [SampleRun.everyStatus, .hostileText, .empty, .many(50)].map(\.name))
  func everyLineFitsTheGrammar(_ name: String) throws {
    let grammar = try Self.grammar.get()
    for event in try Self.stream(named: name) {
      let heading = try #require(event["event"]?.stringValue)
      #expect(grammar.faults(in: event, under: ["Every event", heading]) == [])
      for attempt in event["attempts"]?.arrayValue ?? [] {
        #expect(grammar.faults(in: try #require(attempt.objectValue), under: ["attempt"]) == [])
      }
      for (key, heading) in [("usage", "usage"), ("error", "error"), ("summary", "summary")] {
        guard let object = event[key]?.objectValue else { continue }
        #expect(grammar.faults(in: object, under: [heading]) == [])
      }
      if heading == "run_finished" {
        for pool in event["pools"]?.objectValue?.members ?? [] {
          #expect(grammar.faults(in: try #require(pool.value.objectValue), under: ["pool"]) == [])
        }
      }
    }
  }

  @Test func everyDocumentedFieldOccursInAStream() throws {
    let grammar = try Self.grammar.get()
    let events = try [SampleRun.everyStatus, .hostileText].flatMap { try Self.stream(named: $0.name) }
    let seen = Set(
      events.flatMap { event in event.keys.map { "\(event["event"]?.stringValue ?? "").\($0)" } })
    for event in ["run_started", "task_started", "task_finished", "run_finished"] {
      for field in grammar.fields[event] ?? [] { #expect(seen.contains("\(event).\(field.name)")) }
    }
  }

  @Test func everyStatusAndReasonIsDocumented() throws {
    let text = try EventGrammar.text()
    let words = TaskStatus.allCases.map(\.rawValue) + TaskReason.allCases.map(\.rawValue)
    for word in words { #expect(text.contains("`\(word)`") || text.contains("\(word) with `")) }
  }

  @Test func theCountsAddUpAndTimesNeverDecrease() throws {
    for run in [SampleRun.everyStatus, .hostileText, .empty] {
      let events = try Self.stream(named: run.name)
      let summary = try #require(events.last?["summary"]?.objectValue)
      let counts = summary.members.dropFirst().compactMap(\.value.intValue)
      #expect(summary["total"]?.intValue == counts.reduce(0, +))
      #expect(summary["total"]?.intValue == events.count { $0["event"] == "task_finished" })
      let times = events.compactMap { $0["time_seconds"]?.doubleValue }
      #expect(times == times.sorted() && times.count == events.count)
    }
  }

  private static func stream(named name: String) throws -> [ValueObject] {
    let runs = [SampleRun.everyStatus, .hostileText, .empty, .many(50)]
    let run = try #require(runs.first { $0.name == name })
    let output = RecordingOutput()
    var reporter = JSONLinesFormat().makeReporter(ReportOptions())
    for event in run.events { try reporter.report(event, to: output) }
    return try output.text.split(separator: "\n").map { line in
      try #require(try Value(json: String(line)).objectValue)
    }
  }
}

/// The tables of docs/events.md by their headings.
struct EventGrammar {
  struct Field {
    var name: String
    var types: Set<String>
    var isOptional: Bool
  }

  var fields: [String: [Field]] = [:]

  static func text() throws -> String {
    try Repository.text("docs/events.md")
  }

  init() throws {
    var heading = ""
    for line in try Self.text().split(separator: "\n") {
      if line.hasPrefix("#") {
        heading = line.replacing(/[#`]/, with: "").trimmingCharacters(in: .whitespaces)
      } else if line.hasPrefix("| `") {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let words = cells[1].split(separator: ", ")
        let field = Field(
          name: cells[0].replacing("`", with: ""),
          types: Set(words[0].components(separatedBy: " or ")), isOptional: words.contains("optional"))
        fields[heading, default: []].append(field)
      }
    }
  }

  /// What in an object is not as the tables say: names, order, types.
  func faults(in object: ValueObject, under headings: [String]) -> [String] {
    let documented = headings.flatMap { fields[$0] ?? [] }
    let expected = documented.filter { !$0.isOptional || object[$0.name] != nil }.map(\.name)
    var faults = expected == object.keys ? [] : ["\(object.keys) should be \(expected)"]
    for field in documented {
      guard let value = object[field.name], !field.types.contains("any") else { continue }
      if !field.types.contains(Self.type(of: value)) { faults.append("\(field.name) is \(value)") }
    }
    return faults
  }

  private static func type(of value: Value) -> String {
    switch value {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
