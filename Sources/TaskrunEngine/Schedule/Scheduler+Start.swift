package import TaskrunAPI
import TaskrunManifest

/// What an earlier run has left, asked before an instance is started for the first time.
/// - Parameters:
///   - id: the instance.
///   - fingerprint: what it is to do now.
/// - Returns: its result, if it succeeded then and was to do the same; `nil` to run it.
package typealias PreviousResults =
  @Sendable (_ id: String, _ fingerprint: String) -> PreviousResult?

/// What an instance left in an earlier run in which it succeeded.
package struct PreviousResult: Sendable, Hashable {
  /// What it returned.
  package var value: Value?
  /// What it wrote to standard output.
  package var stdout: CapturedOutput

  /// Makes a result.
  package init(value: Value?, stdout: CapturedOutput = CapturedOutput()) {
    self.value = value
    self.stdout = stdout
  }
}

/// Something that waits for slots of its pool. The least goes first: instances that have been tried before all
/// others, the rest in the order of the manifest.
enum Work: Comparable, Sendable {
  /// The instance with this number in ``Scheduler/retries``, of this entry.
  case again(Int, entry: Int)
  /// The next instance of this entry.
  case fresh(Int)

  /// The position in ``Plan/entries``.
  var entry: Int {
    switch self {
    case .again(_, let entry), .fresh(let entry): entry
    }
  }
}

/// An attempt that has been given to an executor.
struct RunningAttempt: Sendable {
  let entry: Int
  /// Its index; `nil` for a task without instances.
  let index: Int?
  /// The instance.
  let id: String
  let number: Int
  let fingerprint: String
  /// The first of its slots.
  let slot: Int
  /// Its other slots.
  let moreSlots: [Int]
  /// The attempts before this one.
  let before: [AttemptRecord]
  /// When it started; `nil` until the executor says so.
  var started: Duration?
  /// That it is being stopped, and why.
  var stopping: Stopping?
}

/// How instances start.
extension Scheduler {
  /// Starts what has room.
  /// - Returns: whether there is more to do: it came upon something that did not start. One such thing at a time, or
  ///   a step in which thousands wait for one limit would be long.
  mutating func fill(now: Duration) -> Bool {
    for lane in lanes.indices {
      while lanes[lane].pool.free > 0, let work = lanes[lane].ready.first {
        guard isAlive(work) else {
          lanes[lane].ready.pop()
          wakeOthers(besides: work)
          return true
        }
        if let limit = missingLimit(of: work.entry) {
          lanes[lane].ready.pop()
          limits[limit].parked[lane].push(work)
          wakeOthers(besides: work)
          return true
        }
        // One that takes several slots keeps those that become free from what is behind it, or it would wait for ever.
        guard lanes[lane].pool.free >= width(of: work.entry) else { break }
        if !start(work, lane, now: now) { return true }
      }
    }
    return false
  }

  /// Whether there is still something to start.
  func isAlive(_ work: Work) -> Bool {
    guard survives(work.entry) else { return false }
    switch work {
    case .again(let id, _): return retries[id] != nil
    case .fresh(let entry): return entries[entry].phase == .ready
    }
  }

  /// How long an attempt of it may run: the task's own limit, or the run's.
  func timeout(of entry: Int) -> Duration? { plan.entries[entry].definition.timeout ?? policy.timeout }

  private func width(of entry: Int) -> Int {
    let lane = plan.entries[entry].definition.kind.lane
    return min(plan.entries[entry].definition.cpus, lanes[lane].pool.size)
  }

  /// Takes the instance off the queue and starts it.
  /// - Returns: whether it has been started; if not, it has its record.
  private mutating func start(_ work: Work, _ lane: Int, now: Duration) -> Bool {
    switch work {
    case .again(let id, let entry):
      lanes[lane].ready.pop()
      guard let retry = retries.removeValue(forKey: id) else { return false }
      return start(entry, retry.index, before: retry.last.attempts, now: now)
    case .fresh(let entry):
      let index = entries[entry].next
      entries[entry].next += 1
      if entries[entry].next == entries[entry].count { lanes[lane].ready.pop() }
      let hasIndex = plan.entries[entry].definition.items != nil
      return start(entry, hasIndex ? index : nil, before: [], now: now)
    }
  }

  private mutating func start(
    _ entry: Int, _ index: Int?, before: [AttemptRecord], now: Duration
  ) -> Bool {
    let lane = plan.entries[entry].definition.kind.lane
    let instance = TaskInstance(
      id: plan.entries[entry].instanceID(index), index: index, item: index.flatMap { item(entry, $0) },
      results: entries[entry].inputs)
    let id = AttemptID(nextAttempt)
    nextAttempt += 1
    do throws(TemplateError) {
      var attempt = try context.attempt(
        instance, of: plan.entries[entry].definition, id: id, number: before.count + 1,
        slot: lanes[lane].pool.freeSlot)
      attempt.timeout = timeout(of: entry)
      if before.isEmpty, takeOver(entry, index, attempt, now: now) { return false }
      let slot = lanes[lane].pool.take()
      let moreSlots = (1..<width(of: entry)).map { _ in lanes[lane].pool.take() }
      for limit in plan.entries[entry].definition.limits { limits[limit].inUse += 1 }
      running[id] = RunningAttempt(
        entry: entry, index: index, id: instance.id, number: attempt.number, fingerprint: attempt.fingerprint,
        slot: slot, moreSlots: moreSlots, before: before)
      act(.start(attempt))
      return true
    } catch {
      var record = record(entry, index, status: .failed, reason: .notStarted)
      record.error = ErrorDescription(type: "template", message: error.description)
      record.attempts = before
      close(entry, record, at: now, now: now)
      return false
    }
  }

  /// Takes the result over that the instance left in an earlier run, if all that it needs was taken over too.
  private mutating func takeOver(_ entry: Int, _ index: Int?, _ attempt: Attempt, now: Duration) -> Bool {
    guard let previous, entries[entry].hasSameInputs,
      let result = previous(attempt.instance, attempt.fingerprint)
    else { return false }
    var record = record(entry, index, status: .skipped, reason: .resumed)
    record.value = result.value
    record.stdout = result.stdout
    record.fingerprint = attempt.fingerprint
    close(entry, record, at: now, now: now)
    return true
  }

  /// An attempt runs.
  mutating func started(_ id: AttemptID, at time: Duration) {
    guard let attempt = running[id], attempt.started == nil else { return }
    running[id]?.started = time
    emit(
      .taskStarted(
        TaskStart(
          id: attempt.id, task: plan.entries[attempt.entry].definition.name,
          kind: plan.entries[attempt.entry].definition.kind, attempt: attempt.number, slot: attempt.slot)),
      at: time)
    if let timeout = timeout(of: attempt.entry) {
      timers.add(.timeout(id), at: time + timeout)
    }
  }

  /// Takes an attempt that is over off the list, with what it held; `nil` if it is not there.
  mutating func remove(_ id: AttemptID) -> RunningAttempt? {
    guard let attempt = running.removeValue(forKey: id) else { return nil }
    let lane = plan.entries[attempt.entry].definition.kind.lane
    for slot in attempt.moreSlots.reversed() { lanes[lane].pool.release(slot) }
    lanes[lane].pool.release(attempt.slot)
    for limit in plan.entries[attempt.entry].definition.limits {
      limits[limit].inUse -= 1
      wake(limit)
    }
    // A run that ends early leaves its timers behind; a long run would collect one for each attempt.
    if timers.count > 64 + 4 * (running.count + retries.count) {
      let running = running
      timers.keep { $0.attempt.map { running[$0] != nil } ?? true }
    }
    return attempt
  }
}
