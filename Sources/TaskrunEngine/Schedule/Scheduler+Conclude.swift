import TaskrunAPI
import TaskrunManifest

/// What comes of an attempt.
extension Scheduler {
  /// Turns an outcome into a further attempt, or into the instance's final record.
  mutating func conclude(
    _ attempt: RunningAttempt, _ outcome: AttemptOutcome, at time: Duration, now: Duration
  ) {
    let verdict = Verdict(outcome, attempt.stopping)
    var record = record(attempt.entry, attempt.index, status: verdict.status, reason: verdict.reason)
    record.error = verdict.error
    record.value = verdict.value
    record.fingerprint = attempt.fingerprint
    if let started = attempt.started {
      // What was measured beside the work is right even if the message of the start was late.
      let duration = outcome.duration.map { min($0, time) } ?? time - started
      record.started = outcome.duration == nil ? started : min(started, time - duration)
      record.duration = duration
      record.executor = outcome.executor
      record.pid = outcome.pid
      record.slot = attempt.slot
    }
    record.exitCode = outcome.exitCode
    record.signal = outcome.signal
    record.stdout = outcome.stdout
    record.stderr = outcome.stderr
    record.usage = outcome.usage
    record.attempts = attempt.before
    // What could not be started, or was stopped before, is not told of either.
    if attempt.started != nil || !(verdict.reason == .notStarted || outcome.wasStopped) {
      record.attempts.append(
        AttemptRecord(
          attempt: attempt.number, status: verdict.status, reason: verdict.reason, exitCode: outcome.exitCode,
          signal: outcome.signal, started: record.started, duration: record.duration, pid: record.pid))
    }
    if !retry(attempt, record, now: now) { close(attempt.entry, record, at: time, now: now) }
  }
}

/// What an outcome means, given why the attempt was stopped, if it was.
private struct Verdict {
  var status: TaskStatus
  var reason: TaskReason?
  var value: Value?
  var error: ErrorDescription?

  /// An attempt that ended by itself before the stop reached it counts as if nobody had tried to stop it.
  init(_ outcome: AttemptOutcome, _ stopping: Stopping?) {
    guard let stopping, outcome.wasStopped else {
      switch outcome.result {
      case .succeeded(let value): (status, self.value) = (.succeeded, value)
      case .failed(let reason, let error):
        (status, self.reason, self.error) = (.failed, reason, error)
      }
      return
    }
    switch stopping.cause {
    case .timeout(let limit):
      (status, reason) = (.timedOut, .timeout)
      error = ErrorDescription(
        type: "timeout", message: "not done within \(limit.briefText)" + stopping.addition)
    case .end(let end):
      (status, reason) = (end.status, end.reason)
      error = ErrorDescription(type: end.reason.rawValue, message: end.sentence + stopping.addition)
    }
    if case .failed(_, let own) = outcome.result, own.type == "unkillable" {
      error?.message += "; \(own.message)"
    }
  }
}

extension Stopping {
  fileprivate var addition: String { isKilled ? ", and had to be killed" : "" }
}

extension Scheduler.End {
  fileprivate var sentence: String {
    switch self {
    case .failFast: "stopped because another task failed"
    case .deadline: "stopped at the deadline of the run"
    case .interrupted(let signal): "stopped by \(Self.signalNames[signal] ?? "signal \(signal)")"
    }
  }

  private static let signalNames = [1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 15: "SIGTERM"]
}
