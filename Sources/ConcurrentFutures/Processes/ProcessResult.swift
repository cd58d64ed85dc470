/// A program to run, and all that surrounds it.
public struct ProcessCommand: Sendable {
  /// The program (looked up in `PATH` unless it has a slash), then its arguments.
  public var arguments: [String]
  /// Its environment, all of it.
  public var environment: ProcessEnvironment
  /// Its folder; `nil` for this process's.
  public var directory: String?
  /// What it can read from standard input; `nil` for end of file at once.
  public var input: [UInt8]?
  /// How many bytes of each output stream are kept.
  public var outputLimitBytes: Int
  /// Entries of the environment (`NAME=value`) that nothing but this command and its descendants have. After a
  /// stop, descendants that left the group are found by them.
  public var marks: [String]

  /// Makes a command.
  public init(
    arguments: [String], environment: ProcessEnvironment = .current, directory: String? = nil,
    input: [UInt8]? = nil, outputLimitBytes: Int = 1 << 20, marks: [String] = []
  ) {
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.input = input
    self.outputLimitBytes = outputLimitBytes
    self.marks = marks
  }
}

/// How a process ended.
public enum ProcessEnding: Sendable, Hashable {
  /// With an exit status.
  case exited(Int)
  /// By a signal.
  case signalled(Int, dumpedCore: Bool)
  /// Nobody knows: another part of the program has reaped it, as one that calls `waitpid(-1, ...)` does.
  case unknown
}

/// What came of a command.
public enum ProcessOutcome: Sendable {
  /// It ran and ended, in whatever way.
  case ended(ProcessResult)
  /// It could not be started.
  case notStarted(SpawnFailure)
  /// It was stopped before it started.
  case stoppedBeforeStart
}

/// Everything known about a command that ran.
public struct ProcessResult: Sendable {
  /// The leader's pid, which was also that of its group and session.
  public var pid: Int
  /// The instant of its start: before the program was loaded, so that what it has used fits into the time it had.
  public var start: ContinuousClock.Instant
  /// How the leader ended.
  public var ending: ProcessEnding
  /// Standard output.
  public var stdout: OutputCapture
  /// Standard error.
  public var stderr: OutputCapture
  /// Processor time of the leader and the children it waited for, in user mode.
  public var userTime: Duration
  /// The same in the kernel.
  public var systemTime: Duration
  /// The largest resident set of any of them, in bytes.
  public var maxRSSBytes: Int
  /// How far stopping had gone when it ended.
  public var stop: ProcessControl.Stop
}
