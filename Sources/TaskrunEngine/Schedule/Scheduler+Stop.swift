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
      let limit = timeout(of: attempt.entry) ?? .zero
      stop(id, because: .timeout(limit), signal: Self.terminateSignal, now: now)
    case .insist(let id): insist(id)
    case .kill(let id): kill(id, now: now)
    case .giveUp(let id): giveUp(id, now: now)
    case .retry(let id): retryIsDue(id)
    case .deadline: reachDeadline(now: now)
    }
  }

  private mutating func reachDeadline(now: Duration) {
    // A run whose last attempt has just ended was in time.
    guard pending > 0 else { return }
    switch end {
    // With fail-fast most is being stopped already; but the run has taken too long, and that counts more.
    case nil, .failFast: endRun(.deadline, signal: Self.terminateSignal, now: now)
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

  /// From now on nothing new starts, and what runs is stopped, save what is to run in any case.
  private mutating func endRun(_ cause: End, signal: Int, now: Duration) {
    end = cause
    let attempts = running.filter { $0.value.stopping == nil && !survives($0.value.entry) }
    for id in attempts.keys.sorted(by: { $0.number < $1.number }) {
      stop(id, because: .end(cause), signal: signal, now: now)
    }
    drain.entry = 0
    drain.retries = retries.filter { !survives($0.value.entry) }.keys.sorted(by: >)
  }

  private mutating func stop(_ id: AttemptID, because cause: Stopping.Cause, signal: Int, now: Duration) {
    guard let attempt = running[id] else { return }
    running[id]?.stopping = Stopping(cause: cause)
    let task = plan.entries[attempt.entry].definition
    act(.stop(id, task.kind, .terminate(signal: signal)))
    let grace = task.grace ?? Self.defaultGrace
    if signal != Self.terminateSignal { timers.add(.insist(id), at: now + grace / 2) }
    timers.add(.kill(id), at: now + grace)
  }

  /// A shell that is just starting a command may take an interrupt for itself and go on. Half of its time is over, so it
  /// gets the signal that nothing takes for somebody else's.
  private mutating func insist(_ id: AttemptID) {
    guard let attempt = running[id], attempt.stopping?.isKilled == false else { return }
    let kind = plan.entries[attempt.entry].definition.kind
    act(.stop(id, kind, .terminate(signal: Self.terminateSignal)))
  }

  private mutating func kill(_ id: AttemptID, now: Duration) {
    guard let attempt = running[id], let stopping = attempt.stopping, !stopping.isKilled else { return }
    running[id]?.stopping?.isKilled = true
    act(.stop(id, plan.entries[attempt.entry].definition.kind, .kill))
    timers.add(.giveUp(id), at: now + Self.giveUpAfter)
  }

  /// The kernel would not let the process go. The run goes on without it.
  private mutating func giveUp(_ id: AttemptID, now: Duration) {
    guard let attempt = remove(id) else { return }
    let kind = plan.entries[attempt.entry].definition.kind
    act(.stop(id, kind, .giveUp))
    let outcome = AttemptOutcome(
      .failed(.error, ErrorDescription(type: "unkillable", message: "did not end after SIGKILL")),
      wasStopped: true, executor: kind == .io ? .thread : .process)
    conclude(attempt, outcome, at: now, now: now)
  }
}

/// An attempt on its way out.
struct Stopping: Sendable {
  /// Why it is being stopped.
  enum Cause: Sendable, Hashable {
    case timeout(Duration)
    case end(Scheduler.End)
  }

  let cause: Cause
  /// Whether it has been told for good.
  var isKilled = false
}

extension Scheduler.End {
  /// How an instance ends that this keeps from running.
  var status: TaskStatus {
    switch self {
    case .failFast, .interrupted: .cancelled
    case .deadline: .timedOut
    }
  }

  var reason: TaskReason {
    switch self {
    case .failFast: .failFast
    case .deadline: .deadline
    case .interrupted: .interrupted
    }
  }
}
