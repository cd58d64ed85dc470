/// A blocking wait gave up; the task goes on.
///
/// No future fails with this: a task that throws it fails with ``TaskFailure/thrown(_:)`` around it.
public struct WaitTimeout: Error, Sendable, Hashable {
  /// How long the wait was allowed to take.
  public var timeout: Duration

  /// Makes the error.
  public init(timeout: Duration) {
    self.timeout = timeout
  }
}

extension WaitTimeout: CustomStringConvertible {
  /// The error in words.
  public var description: String { "not finished within \(timeout)" }
}

/// A wait that could never end. The task that was waited for goes on.
public enum WouldDeadlock: Error, Sendable, Hashable {
  /// Tasks that wait for each other in a circle, or one for itself: the names of their threads. The first is the one
  /// that would have waited for the second.
  case circle(threads: [String])
  /// Every thread of a pool waits for tasks of that pool that nobody is left to run, and it may not have more threads
  /// than these.
  case outOfThreads(threads: Int)
}

extension WouldDeadlock: CustomStringConvertible {
  /// The error in words.
  public var description: String {
    switch self {
    case .circle(let threads):
      guard threads.count > 1, let first = threads.first else { return "a task waits for itself" }
      return "tasks wait for each other in a circle: \((threads + [first]).joined(separator: " for "))"
    case .outOfThreads(let threads):
      return
        "too many tasks wait for others of their own pool: \(threads) threads wait, and none is left to run them"
    }
  }
}

/// The time given to ``asCompleted(_:timeout:)`` passed with futures left.
public struct AsCompletedTimeout: Error, Sendable, Hashable {
  /// How many futures were not finished.
  public var unfinished: Int
  /// How many there were, each counted once.
  public var total: Int

  /// Makes the error.
  public init(unfinished: Int, of total: Int) {
    self.unfinished = unfinished
    self.total = total
  }
}

extension AsCompletedTimeout: CustomStringConvertible {
  /// The error in words.
  public var description: String { "\(unfinished) (of \(total)) futures unfinished" }
}

/// Why an executor did not take a task.
public enum SubmitError: Error, Sendable, Hashable {
  /// The executor has been shut down.
  case shutDown
  /// As many tasks are queued as may be.
  case queueFull(limit: Int)
  /// The executor cannot run anything any more, for this reason.
  case broken(String)
  /// The Swift `Task` that submitted was cancelled while it waited for room in the queue.
  case waitCancelled
  /// A limit of the task lies outside of what is accepted.
  case invalidLimit(ConfigurationError)
}

extension SubmitError: CustomStringConvertible {
  /// The error in words.
  public var description: String {
    switch self {
    case .shutDown: "the executor is shut down"
    case .queueFull(let limit): "the queue is full: \(limit) tasks are waiting already"
    case .broken(let reason): "the executor is broken: \(reason)"
    case .waitCancelled: "cancelled while waiting for room in the queue"
    case .invalidLimit(let error): error.description
    }
  }
}

/// A setting that no executor can work with.
public enum ConfigurationError: Error, Sendable, Hashable {
  /// The value of a setting lies outside of what is accepted; `accepted` reads like `1...4096`.
  case outOfRange(setting: String, value: String, accepted: String)
  /// A process executor cannot be made inside of a worker: it would start workers without end.
  case insideWorker

  /// Makes an out-of-range error if the value is not in the range.
  static func check<Value: Comparable & Sendable>(
    _ value: Value, in range: some RangeExpression<Value>, accepted: String, setting: String
  ) throws(ConfigurationError) {
    if !range.contains(value) {
      throw .outOfRange(setting: setting, value: "\(value)", accepted: accepted)
    }
  }
}

extension ConfigurationError: CustomStringConvertible {
  /// The error in words.
  public var description: String {
    switch self {
    case .outOfRange(let setting, let value, let accepted):
      "'\(setting)' cannot be '\(value)'; accepted is \(accepted)"
    case .insideWorker: "a process executor cannot be made inside of a worker process"
    }
  }
}
