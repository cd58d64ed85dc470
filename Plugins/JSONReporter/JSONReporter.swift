// One JSON document for the whole run, written as the run goes: what is known at the start, the tasks as
// they end, and what is known at the end. Nothing is kept, so a million records need no memory.

public import TaskrunAPI

/// Brings the report format `json`.
public let jsonReporterPlugin = Plugin(name: "json", reportFormats: [JSONFormat()])

/// `-r json`: one document.
public struct JSONFormat: ReportFormat {
  /// Makes the format.
  public init() {}

  /// `json`.
  public var name: String { "json" }
  /// What it writes, in one line.
  public var summary: String { "one JSON document with all results" }

  /// Makes a reporter; it looks the same with all options.
  public func makeReporter(_ options: ReportOptions) -> any Reporter { JSONReporter() }
}

private struct JSONReporter: Reporter {
  private static let schema = "taskrun.report/1"
  private var hasTasks = false

  mutating func report(_ event: RunEvent, to output: any ReportOutput) throws {
    var text: [UInt8] = []
    switch event.kind {
    case .runStarted(let start):
      text.append(contentsOf: "{\n".utf8)
      Self.append(head(of: start), indentation: 1, to: &text)
      text.append(contentsOf: ",\n  \"tasks\": [".utf8)
    case .taskStarted: return
    case .taskFinished(let record):
      text.append(contentsOf: (hasTasks ? ",\n    {\n" : "\n    {\n").utf8)
      Self.append(record.wireFields, indentation: 3, to: &text)
      text.append(contentsOf: "\n    }".utf8)
      hasTasks = true
    case .runFinished(let end):
      text.append(contentsOf: (hasTasks ? "\n  ],\n" : "],\n").utf8)
      Self.append(end.wireFields, indentation: 1, to: &text)
      text.append(contentsOf: "\n}\n".utf8)
    }
    try output.write(text)
  }

  /// The sizes of the pools and the total come with the end, together with what became of them.
  private func head(of start: RunStart) -> ValueObject {
    var fields = start.wireFields
    fields["pools"] = nil
    fields["total"] = nil
    return ValueObject([.init(key: "schema", value: .string(Self.schema))] + fields.members)
  }

  /// One field a line, its value compact: a record stays readable and a large value stays one line.
  private static func append(_ fields: ValueObject, indentation: Int, to text: inout [UInt8]) {
    for (position, member) in fields.members.enumerated() {
      if position > 0 { text.append(contentsOf: ",\n".utf8) }
      text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indentation))
      Value.string(member.key).appendJSON(to: &text)
      text.append(contentsOf: ": ".utf8)
      member.value.appendJSON(to: &text)
    }
  }
}
