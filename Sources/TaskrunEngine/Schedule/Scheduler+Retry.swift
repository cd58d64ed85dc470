import TaskrunAPI
import TaskrunManifest

/// An instance between two attempts. It holds no slot and no limit.
struct Retry: Sendable {
  let entry: Int
  /// Its index; `nil` for a task without instances.
  let index: Int?
  /// What is known of it, with all attempts so far: its final record if there is no further attempt.
  let last: TaskRecord
}

/// When a failed attempt is repeated.
extension Scheduler {
  /// The longest delay, which keeps the arithmetic in range: some 30 years.
  private static let longestDelay = 1e9

  /// Sees to it that an instance gets a further attempt, if it should.
  mutating func retry(_ attempt: RunningAttempt, _ record: TaskRecord, now: Duration) -> Bool {
    guard let policy = plan.entries[attempt.entry].definition.retry, survives(attempt.entry),
      attempt.number <= policy.maximum, policy.repeats(record)
    else { return false }
    let id = nextAttempt
    nextAttempt += 1
    retries[id] = Retry(entry: attempt.entry, index: attempt.index, last: record)
    let delay = delay(after: attempt.number, policy)
    if delay > .zero { timers.add(.retry(id), at: now + delay) } else { retryIsDue(id) }
    return true
  }

  /// The delay of an instance is over.
  mutating func retryIsDue(_ id: Int) {
    guard let entry = retries[id]?.entry else { return }
    lanes[plan.entries[entry].definition.kind.lane].ready.push(.again(id, entry: entry))
  }

  private mutating func delay(after attempt: Int, _ policy: RetryPolicy) -> Duration {
    var seconds = policy.delay / .seconds(1)
    if seconds > 0, policy.backoff > 1 { seconds *= Self.power(policy.backoff, attempt - 1) }
    seconds = min(
      seconds, policy.maximumDelay.map { $0 / .seconds(1) } ?? Self.longestDelay, Self.longestDelay)
    if policy.jitter > 0 { seconds *= 1 + Double.random(in: -policy.jitter...policy.jitter, using: &random) }
    return .seconds(seconds)
  }

  /// By squaring; infinite where the result is.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}

extension RetryPolicy {
  /// Whether an attempt that ended like this is worth another one. What could not be started will not start the next
  /// time either, and what somebody stopped is to stay so.
  fileprivate func repeats(_ record: TaskRecord) -> Bool {
    switch record.reason {
    case .exit: exitCodes.map { codes in record.exitCode.map(codes.contains) ?? false } ?? true
    case .signal, .error, .workerLost, .timeout: exitCodes == nil
    case .notStarted, .deadline, .failFast, .interrupted, .dependency, .condition, .resumed, nil: false
    }
  }
}

extension TaskDefinition.AllowedFailure {
  /// Whether an instance may end like this.
  func covers(_ record: TaskRecord) -> Bool {
    guard record.status == .failed || record.reason == .timeout else { return false }
    return switch self {
    case .any: true
    case .exitCodes(let codes): record.reason == .exit && record.exitCode.map(codes.contains) ?? false
    }
  }
}
