import TaskrunAPI
import TaskrunManifest

/// Stopping attempts: first with a signal they may handle, after the grace period for good, and if even that
/// does not end one, without it.
extension Scheduler {
  /// How long an attempt may take to stop after the first signal, unless the task says otherwise.
  private static let defaultGrace = Duration.seconds(10)
  /// How long a killed attempt may take to be gone.
  private static let giveUpAfter = Duration.seconds(5)
  private static let terminateSignal = 15

  /// Something is due.
  mutating func handle(_ timer: Timer, now: Duration) {
    switch timer {
    case .timeout(let id):
      guard let attempt = running[id], attempt.stopping == nil else { return }
      let limit = attempt.instance.definition.timeout ?? policy.timeout ?? .zero
      stop(id, because: .timeout(limit), signal: Self.terminateSignal, now: now)
    case .kill(let id): kill(id, now: now)
    case .giveUp(let id): giveUp(id, now: now)
    case .deadline: reachDeadline(now: now)
    }
  }

  private mutating func reachDeadline(now: Duration) {
    // A run whose last attempt has just ended was in time.
    guard !running.isEmpty || cursors.values.contains(where: \.hasMore) else { return }
    switch end {
    case nil: endRun(.deadline, signal: Self.terminateSignal, now: now)
    // Everything is being stopped already; but the run has taken too long, and that counts more.
    case .failFast: end = .deadline
    case .deadline, .interrupted: break
    }
  }

  /// A signal for the runner: the first one ends the run, the second one kills.
  mutating func interrupt(_ signal: Int, now: Duration) {
    if case .interrupted = end {
      for id in running.keys.sorted(by: { $0.number < $1.number }) { kill(id, now: now) }
    } else {
      endRun(.interrupted(signal: signal), signal: signal, now: now)
    }
  }

  /// Counts a failure, which may end the run.
  mutating func countFailure(_ record: TaskRecord, now: Duration) {
    guard record.status == .failed || record.status == .timedOut, !record.isAllowedFailure else { return }
    failures += 1
    if end == nil, let limit = policy.maximumFailures, failures >= limit {
      endRun(.failFast, signal: Self.terminateSignal, now: now)
    }
  }

  /// From now on nothing new starts, and what runs is stopped.
  private mutating func endRun(_ cause: End, signal: Int, now: Duration) {
    end = cause
    for id in running.keys.sorted(by: { $0.number < $1.number }) where running[id]?.stopping == nil {
      stop(id, because: .end(cause), signal: signal, now: now)
    }
  }

  private mutating func stop(_ id: AttemptID, because cause: Stopping.Cause, signal: Int, now: Duration) {
    guard let attempt = running[id] else { return }
    running[id]?.stopping = Stopping(cause: cause)
    act(.stop(id, attempt.instance.definition.kind, .terminate(signal: signal)))
    timers.add(.kill(id), at: now + (attempt.instance.definition.grace ?? Self.defaultGrace))
  }

  private mutating func kill(_ id: AttemptID, now: Duration) {
    guard let attempt = running[id], let stopping = attempt.stopping, !stopping.isKilled else { return }
    running[id]?.stopping?.isKilled = true
    act(.stop(id, attempt.instance.definition.kind, .kill))
    timers.add(.giveUp(id), at: now + Self.giveUpAfter)
  }

  /// The kernel would not let the process go. The run goes on without it.
  private mutating func giveUp(_ id: AttemptID, now: Duration) {
    guard let attempt = remove(id) else { return }
    act(.stop(id, attempt.instance.definition.kind, .giveUp))
    let outcome = AttemptOutcome(
      .failed(.error, ErrorDescription(type: "unkillable", message: "did not end after SIGKILL")),
      wasStopped: true, executor: attempt.instance.definition.kind == .io ? .thread : .process)
    record(attempt, outcome, at: now, now: now)
  }

  /// Turns an outcome into the instance's final record.
  mutating func record(
    _ attempt: RunningAttempt, _ outcome: AttemptOutcome, at time: Duration, now: Duration
  ) {
    let verdict = Verdict(outcome, attempt.stopping)
    var record = attempt.instance.record(status: verdict.status, reason: verdict.reason)
    record.error = verdict.error
    record.value = verdict.value
    if let started = attempt.started {
      // What was measured beside the work is right even if the message of the start was late.
      let duration = outcome.duration.map { min($0, time) } ?? time - started
      record.started = outcome.duration == nil ? started : min(started, time - duration)
      record.duration = duration
    }
    record.exitCode = outcome.exitCode
    record.signal = outcome.signal
    record.stdout = outcome.stdout
    record.stderr = outcome.stderr
    record.usage = outcome.usage
    if attempt.started != nil {
      record.executor = outcome.executor
      record.pid = outcome.pid
      record.slot = attempt.slot
    }
    record.attempts = [
      AttemptRecord(
        attempt: attempt.number, status: verdict.status, reason: verdict.reason, exitCode: outcome.exitCode,
        signal: outcome.signal, started: record.started, duration: record.duration, pid: record.pid)
    ]
    emit(record, at: time)
    countFailure(record, now: now)
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
