/// A report format that can be named in `-r`.
public protocol ReportFormat: Sendable {
  /// What stands in `-r`: one word, lower case. Constant.
  var name: String { get }
  /// What it writes: one line, lower case, without a full stop.
  var summary: String { get }
  /// Makes a reporter for one run.
  func makeReporter(_ options: ReportOptions) -> any Reporter
}

/// How a report should look.
public struct ReportOptions: Sendable, Hashable {
  /// Whether colours may be used: standard output is a terminal, or the user asked for them.
  public var usesColor: Bool
  /// The width of the terminal in columns; `nil` for a file or a pipe.
  public var width: Int?
  /// Less (`-q`) or more (`-v`) than usual.
  public var verbosity: Verbosity

  /// How much a report tells.
  public enum Verbosity: Int, Sendable, Hashable {
    case quiet
    case normal
    case verbose
  }

  /// Makes options.
  public init(usesColor: Bool = false, width: Int? = nil, verbosity: Verbosity = .normal) {
    self.usesColor = usesColor
    self.width = width
    self.verbosity = verbosity
  }
}

/// Turns the events of one run into bytes.
///
/// taskrun calls ``report(_:to:)`` with each event in order (see ``RunEvent``), never from two threads at once,
/// so a reporter needs no locks. With `--order submitted` the `taskFinished` events come in the order of
/// declaration, otherwise as the instances end. `runFinished` is the last call.
///
/// A reporter keeps as little as it can: a run may have a million instances. When the output refuses a byte the
/// error is passed on as it is; taskrun then drops this reporter, goes on with the others and exits with 74.
public protocol Reporter: Sendable {
  /// Takes one event and writes what follows from it.
  /// - Throws: what `output` throws, unchanged.
  mutating func report(_ event: RunEvent, to output: any ReportOutput) throws
}

/// Where a report goes.
public protocol ReportOutput: Sendable {
  /// Appends bytes, all of them. What one call of ``Reporter/report(_:to:)`` wrote leaves together, as soon as the calls
  /// for all events that have happened by then have returned, so that a reader never waits for half a line.
  /// - Throws: if they cannot be written.
  func write(_ bytes: [UInt8]) throws
}

extension ReportOutput {
  /// Appends text as UTF-8.
  /// - Throws: if it cannot be written.
  public func write(_ text: String) throws {
    try write(Array(text.utf8))
  }
}
