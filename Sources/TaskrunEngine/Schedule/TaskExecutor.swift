package import TaskrunAPI

/// What the scheduler asks of the world: to start attempts and to stop them.
///
/// This allows tests to schedule without a thread, a process or a sleep. An executor answers every `start` with
/// one `started` (unless nothing could be started) and exactly one `finished` message, in this order, sent to
/// the run's ``RunInbox`` from any thread. It may be asked to stop an attempt that has just finished, and does
/// nothing then.
package protocol TaskExecutor: Sendable {
  /// Starts an attempt. Returns at once; never blocks.
  func start(_ attempt: Attempt)
  /// Stops an attempt. Returns at once; never blocks.
  func stop(_ id: AttemptID, kind: TaskKind, _ stop: Stop)
}

/// How an attempt is stopped.
package enum Stop: Sendable, Hashable {
  /// With this signal, which it may handle; a function is asked to return.
  case terminate(signal: Int)
  /// For good. An executor that cannot kill (a thread) gives the attempt up and says that it has finished.
  case kill
  /// It did not even end then. The scheduler waits for it no longer, and its place must be free for others.
  case giveUp
}

/// What the scheduler hears.
package enum RunMessage: Sendable {
  /// The attempt runs, since that time of the run.
  case started(AttemptID, time: Duration)
  /// The attempt is over. (Indirect, for an outcome is large and goes through many hands.)
  indirect case finished(AttemptID, time: Duration, AttemptOutcome)
  /// Somebody sent this signal to the runner.
  case interrupted(signal: Int)
  /// Reports that lagged behind do so no longer.
  case reportsCaughtUp
}

/// What came of an attempt, whatever ran it.
package struct AttemptOutcome: Sendable {
  /// How an attempt ends by itself.
  package enum Result: Sendable {
    case succeeded(Value)
    case failed(TaskReason, ErrorDescription)
  }

  /// How it ended.
  package var result: Result
  /// Whether it ended after a stop had reached it. What it says then does not count.
  package var wasStopped: Bool
  /// Which executor ran it.
  package var executor: ExecutorKind
  /// The process that did the work.
  package var pid: Int?
  /// A command's exit status.
  package var exitCode: Int?
  /// The signal that ended the process.
  package var signal: Int?
  /// What it wrote.
  package var stdout: CapturedOutput
  /// What it wrote.
  package var stderr: CapturedOutput
  /// What it used.
  package var usage: ResourceUsage?
  /// How long it took, where that was measured beside the work; `nil` to take the time between the messages.
  package var duration: Duration?

  /// Makes an outcome.
  package init(
    _ result: Result, wasStopped: Bool = false, executor: ExecutorKind, pid: Int? = nil,
    exitCode: Int? = nil, signal: Int? = nil, stdout: CapturedOutput = CapturedOutput(),
    stderr: CapturedOutput = CapturedOutput(), usage: ResourceUsage? = nil
  ) {
    self.result = result
    self.wasStopped = wasStopped
    self.executor = executor
    self.pid = pid
    self.exitCode = exitCode
    self.signal = signal
    self.stdout = stdout
    self.stderr = stderr
    self.usage = usage
  }
}

/// Where messages wait for the scheduling loop, and what drives it.
package protocol RunInbox: Sendable {
  /// The time since the run's start.
  var now: Duration { get }
  /// Takes steps until one says that the run is over: the first at once, and each that follows when there are messages or
  /// when the time has come that the last one has named. A step gets all messages that wait, in order of arrival.
  ///
  /// Never two steps at once. They are taken by the calling thread or by one that has sent a message.
  func run(_ step: @escaping @Sendable ([RunMessage]) -> RunStep)
}

/// What is to follow a step of the scheduling loop.
package enum RunStep: Sendable, Hashable {
  /// Another one when there are messages, or at that time of the run; `nil` for not before a message.
  case waits(until: Duration?)
  /// None.
  case isOver
}
