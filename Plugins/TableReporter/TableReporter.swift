// What a person wants to read: a row for each instance as it ends, below a row what a failed one had to say,
// and a line that sums up. The figures of fixed width stand on the left and names on the right, so that rows
// line up although nobody knows yet which names will come.

public import TaskrunAPI

/// Brings the report format `table`.
public let tableReporterPlugin = Plugin(name: "table", reportFormats: [TableFormat()])

/// `-r table`: rows for people.
public struct TableFormat: ReportFormat {
  /// Makes the format.
  public init() {}

  /// `table`.
  public var name: String { "table" }
  /// What it writes, in one line.
  public var summary: String { "a row for each task as it ends, and a summary" }

  /// Makes a reporter: colours and clipping as the options say; `quiet` shows failures and the summary only,
  /// `verbose` all output of each task.
  public func makeReporter(_ options: ReportOptions) -> any Reporter { TableReporter(options: options) }
}

private struct TableReporter: Reporter {
  private let options: ReportOptions
  private let style: TableStyle
  private var layout: TableLayout
  private var closing = TableClosing()
  private var hasRows = false

  init(options: ReportOptions) {
    self.options = options
    style = TableStyle(usesColor: options.usesColor)
    layout = TableLayout(width: options.width)
  }

  mutating func report(_ event: RunEvent, to output: any ReportOutput) throws {
    switch event.kind {
    case .runStarted, .taskStarted: break
    case .taskFinished(let record):
      closing.add(record)
      guard options.verbosity != .quiet || record.countsAsFailure else { return }
      var text = hasRows ? "" : layout.header(style)
      hasRows = true
      text += layout.row(record, style, showsDetail: options.verbosity == .verbose)
      text += OutputBlock(record, showsAll: options.verbosity == .verbose).text(style)
      try output.write(text)
    case .runFinished(let end):
      let lines = closing.lines(end, style, isBrief: options.verbosity == .quiet)
      try output.write((hasRows ? "\n" : "") + lines)
    }
  }
}

extension TaskRecord {
  /// Whether this instance makes the run a failed one.
  var countsAsFailure: Bool { (status == .failed || status == .timedOut) && !isAllowedFailure }
}
