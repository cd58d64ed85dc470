// The event stream as it is: one JSON object a line, written when the event happens (docs/events.md).

public import TaskrunAPI

/// Brings the report format `jsonl`.
public let jsonLinesReporterPlugin = Plugin(name: "jsonl", reportFormats: [JSONLinesFormat()])

/// `-r jsonl`: every event as it happens.
public struct JSONLinesFormat: ReportFormat {
  /// Makes the format.
  public init() {}

  /// `jsonl`.
  public var name: String { "jsonl" }
  /// What it writes, in one line.
  public var summary: String { "every event as it happens, one JSON object a line" }

  /// Makes a reporter; it looks the same with all options.
  public func makeReporter(_ options: ReportOptions) -> any Reporter { JSONLinesReporter() }
}

private struct JSONLinesReporter: Reporter {
  func report(_ event: RunEvent, to output: any ReportOutput) throws {
    var line: [UInt8] = []
    Value.object(event.wireFields).appendJSON(to: &line)
    line.append(UInt8(ascii: "\n"))
    try output.write(line)
  }
}
