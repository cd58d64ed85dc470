/// How a task instance ended. Every instance ends in exactly one of these.
public enum TaskStatus: String, Sendable, Hashable, CaseIterable {
  case succeeded
  case failed
  case timedOut = "timed_out"
  case cancelled
  case skipped
}

/// Why an instance ended in a status other than `succeeded`.
public enum TaskReason: String, Sendable, Hashable, CaseIterable {
  /// failed: the command ended with a status other than 0.
  case exit
  /// failed: a signal that taskrun did not send ended the command.
  case signal
  /// failed: the task type said so.
  case error
  /// failed: nothing ran, for there is no such program or folder, or the system refused.
  case notStarted = "not_started"
  /// failed: the worker process died with the task in its hands.
  case workerLost = "worker_lost"
  /// timed_out: the attempt's own limit.
  case timeout
  /// timed_out: the limit of the whole run.
  case deadline
  /// cancelled: another task failed and the run was told to stop then.
  case failFast = "fail_fast"
  /// cancelled: somebody sent a signal to the runner.
  case interrupted
  /// skipped: a task that it needs did not succeed.
  case dependency
  /// skipped: its `if` was not true.
  case condition
  /// skipped: an earlier run that this one continues has done it.
  case resumed
}
