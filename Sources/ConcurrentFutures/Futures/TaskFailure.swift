/// Why a future has no value. The only error that awaiting a future throws.
///
/// A wait that gives up is not among them: that is ``WaitTimeout``, so that "the wait expired" and "the task was
/// limited" never look alike.
public enum TaskFailure: Error, Sendable {
  /// The body threw this. Tasks on threads only: an error keeps its type.
  case thrown(any Error)
  /// The body threw in a worker process.
  indirect case remote(RemoteError)
  /// The task was cancelled before it ran, or stopped because it was asked to.
  case cancelled(CancelReason)
  /// The task ran longer than it was allowed to. Counted from its start, not from when it was queued.
  case timedOut(after: Duration)
  /// The worker process died with the task in its hands; `attempt` counts from 1.
  indirect case workerLost(WorkerDeath, attempt: Int)
  /// The task used more of something than it was allowed to.
  case limitExceeded(ResourceLimit)
  /// The input could not be put into bytes, or the worker could not do so with the output.
  case encoding(String)
  /// The worker could not read the input, or this side could not read the output.
  case decoding(String)
  /// The worker said something that the protocol does not allow.
  case protocolViolation(String)
  /// The executor was shut down before the task could be submitted.
  case executorShutDown
  /// The executor cannot run anything any more, for this reason.
  case executorBroken(String)
}

extension TaskFailure {
  /// Whether this is a cancellation, which `wait(_:until: .firstFailure)` does not count as a failure.
  public var isCancellation: Bool {
    if case .cancelled = self { true } else { false }
  }
}

extension TaskFailure: CustomStringConvertible {
  /// The failure in words: one sentence, lower case, without a full stop.
  public var description: String {
    switch self {
    case .thrown(let error): Self.text(of: error)
    case .remote(let error): error.description
    case .cancelled(let reason): reason.description
    case .timedOut(let limit): "timed out after \(limit)"
    case .workerLost(let death, let attempt):
      attempt > 1 ? "\(death.description), in attempt \(attempt)" : death.description
    case .limitExceeded(let limit): limit.description
    case .encoding(let reason): "cannot be encoded: \(reason)"
    case .decoding(let reason): "cannot be decoded: \(reason)"
    case .protocolViolation(let reason): "the worker broke the protocol: \(reason)"
    case .executorShutDown: "the executor is shut down"
    case .executorBroken(let reason): "the executor is broken: \(reason)"
    }
  }

  /// An error whose description is empty still says what it is.
  private static func text(of error: any Error) -> String {
    var error = error
    // A chain of tasks wraps it once for each, and may be deeper than a stack.
    while case .thrown(let inner)? = error as? TaskFailure { error = inner }
    let text = String(describing: error)
    return text.isEmpty ? String(describing: type(of: error)) : text
  }
}

/// Who cancelled a task, or the wait for one.
public enum CancelReason: Sendable, Hashable {
  /// Somebody called `cancel()`.
  case requested
  /// The executor was shut down with `cancelQueued`, or reached its shutdown deadline.
  case shutdown
  /// The scope of `withThreadExecutor` or `withProcessExecutor` was left by an error.
  case scopeFailed
  /// The iteration over `map` ended early: by `break`, by an error, by its timeout.
  case iterationEnded
  /// The `timeout` of `map` passed.
  case iterationTimedOut
  /// The executor or the promise was dropped without an end.
  case dropped
  /// Only the wait was cancelled: the Swift `Task` that awaited the future. The work itself goes on.
  case waitCancelled
  /// A reason of the program's own: one phrase, lower case, without a full stop.
  case other(String)
}

extension CancelReason: CustomStringConvertible {
  /// The reason in words.
  public var description: String {
    switch self {
    case .requested: "cancelled"
    case .shutdown: "cancelled by the executor's shutdown"
    case .scopeFailed: "cancelled, because the executor's scope was left by an error"
    case .iterationEnded: "cancelled, because the iteration over the results ended"
    case .iterationTimedOut: "cancelled, because the time for all results is over"
    case .dropped: "cancelled, because the executor was dropped without a shutdown"
    case .waitCancelled: "the wait was cancelled, the task was not"
    case .other(let reason): "cancelled: \(reason)"
    }
  }
}

/// What a task used too much of.
public enum ResourceLimit: Sendable, Hashable {
  /// Resident memory, in bytes.
  case memory(limitBytes: Int)
  /// Processor time.
  case cpuTime(limit: Duration)
}

extension ResourceLimit: CustomStringConvertible {
  /// The limit in words.
  public var description: String {
    switch self {
    case .memory(let limit): "used more than \(limit) bytes of memory"
    case .cpuTime(let limit): "used more than \(limit) of processor time"
    }
  }
}
