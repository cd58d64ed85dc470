package import TaskrunAPI
import TaskrunManifest

/// Decides what happens when: a state machine that is told what happened and answers with what to do.
///
/// It reads no clock, starts nothing and writes nothing, so all scheduling is tested by calling
/// ``advance(to:with:)``. ``RunLoop`` connects it with the world.
package struct Scheduler: Sendable {
  /// One thing to do now. Actions are to be carried out in order.
  package enum Action: Sendable {
    case start(Attempt)
    case stop(AttemptID, TaskKind, Stop)
    case emit(RunEvent)
  }

  /// Why nothing new starts any more.
  enum End: Sendable, Hashable {
    case failFast
    case deadline
    case interrupted(signal: Int)
  }

  /// Something that is due at a time.
  enum Timer: Sendable {
    case timeout(AttemptID)
    case kill(AttemptID)
    case giveUp(AttemptID)
    case deadline

    /// The attempt it is about; `nil` for the whole run.
    var attempt: AttemptID? {
      switch self {
      case .timeout(let id), .kill(let id), .giveUp(let id): id
      case .deadline: nil
      }
    }
  }

  /// How many instances one step disposes of without starting them, so that a step stays short.
  private static let disposalStep = 256

  let context: RunContext
  let policy: RunPolicy
  var cursors: [TaskKind: InstanceCursor] = [:]
  var pools: [TaskKind: Pool] = [:]
  var running: [AttemptID: RunningAttempt] = [:]
  var timers = Timers<Timer>()
  var end: End?
  var summary = RunSummary()
  var failures = 0
  private var completed = 0
  private var nextAttempt = 0
  private var lastEvent = Duration.zero
  private var hasMore = true
  private var isHeld = false
  private(set) var actions: [Action] = []

  /// Whether the run is over and `run_finished` has been emitted.
  package private(set) var isFinished = false

  /// Begins a run.
  /// - Parameter poolSizes: how many slots each pool has; at least 1 each.
  package init(
    _ plan: Plan, context: RunContext, poolSizes: [TaskKind: Int], policy: RunPolicy = RunPolicy(),
    startedAtMilliseconds: Int = 0, runnerPID: Int = 0
  ) {
    self.context = context
    self.policy = policy
    for kind in TaskKind.allCases {
      cursors[kind] = InstanceCursor(plan, kind: kind)
      pools[kind] = Pool(size: poolSizes[kind] ?? 1)
    }
    if let deadline = policy.deadline { timers.add(.deadline, at: deadline) }
    let start = RunStart(
      runID: context.runID, manifest: context.manifest, startedAtMilliseconds: startedAtMilliseconds,
      runnerPID: runnerPID, poolSizes: poolSizes, total: plan.total)
    emit(.runStarted(start), at: .zero)
  }

  /// When ``advance(to:with:)`` should be called again even without a message; `nil` for never.
  package var nextDue: Duration? { hasMore && !isHeld ? .zero : timers.next }

  /// Takes what happened and returns what to do.
  /// - Parameters:
  ///   - now: the time since the run's start; never less than before.
  ///   - messages: what happened since the last call.
  ///   - isHeld: whether nothing new may start, for reports lag behind. What runs ends, times out and is stopped as
  ///     always.
  package mutating func advance(
    to now: Duration, with messages: [RunMessage] = [], isHeld: Bool = false
  ) -> [Action] {
    self.isHeld = isHeld
    for message in messages { handle(message, now: now) }
    while let timer = timers.popDue(at: now) { handle(timer, now: now) }
    if !isHeld {
      hasMore = false
      if let end { drain(end, now: now) } else { fill(now: now) }
      if running.isEmpty, !hasMore, !isFinished { finish(now: now) }
    }
    defer { actions = [] }
    return actions
  }

  private mutating func handle(_ message: RunMessage, now: Duration) {
    switch message {
    case .started(let id, let time): started(id, at: time)
    case .finished(let id, let time, let outcome):
      guard let attempt = remove(id) else { return }
      record(attempt, outcome, at: max(time, attempt.started ?? .zero), now: now)
    case .interrupted(let signal): interrupt(signal, now: now)
    case .reportsCaughtUp: break
    }
  }

  private mutating func started(_ id: AttemptID, at time: Duration) {
    guard let attempt = running[id], attempt.started == nil else { return }
    running[id]?.started = time
    let definition = attempt.instance.definition
    emit(
      .taskStarted(
        TaskStart(
          id: attempt.instance.id, task: definition.name, kind: definition.kind, attempt: attempt.number,
          slot: attempt.slot)),
      at: time)
    if let timeout = definition.timeout ?? policy.timeout { timers.add(.timeout(id), at: time + timeout) }
  }

  /// Takes an attempt that is over off the list; `nil` if it is not there.
  mutating func remove(_ id: AttemptID) -> RunningAttempt? {
    guard let attempt = running.removeValue(forKey: id) else { return nil }
    pools[attempt.instance.definition.kind]?.release(attempt.slot)
    // A run that ends early leaves its timers behind; a long run would collect one for each attempt.
    if timers.count > 64 + 4 * running.count {
      let running = running
      timers.keep { $0.attempt.map { running[$0] != nil } ?? true }
    }
    return attempt
  }

  /// Starts instances while there are slots.
  private mutating func fill(now: Duration) {
    var left = Self.disposalStep
    for kind in TaskKind.allCases {
      while end == nil, left > 0, let slot = pools[kind]?.freeSlot, let instance = cursors[kind]?.next() {
        if !start(instance, slot: slot, now: now) { left -= 1 }
      }
    }
    hasMore = end != nil || left == 0
  }

  /// - Returns: whether it was started; if not, it has its record.
  private mutating func start(_ instance: TaskInstance, slot: Int, now: Duration) -> Bool {
    let id = AttemptID(nextAttempt)
    nextAttempt += 1
    do throws(TemplateError) {
      let attempt = try context.attempt(instance, id: id, number: 1, slot: slot)
      pools[instance.definition.kind]?.take()
      running[id] = RunningAttempt(instance: instance, number: 1, slot: slot)
      actions.append(.start(attempt))
      return true
    } catch {
      var record = instance.record(status: .failed, reason: .notStarted)
      record.error = ErrorDescription(type: "template", message: error.description)
      emit(record, at: now)
      countFailure(record, now: now)
      return false
    }
  }

  /// Gives the instances that will not run any more their records, a few at a time.
  private mutating func drain(_ end: End, now: Duration) {
    var left = Self.disposalStep
    for kind in TaskKind.allCases {
      while left > 0, let instance = cursors[kind]?.next() {
        left -= 1
        emit(instance.record(status: end.status, reason: end.reason), at: now)
      }
    }
    hasMore = left == 0
  }

  private mutating func finish(now: Duration) {
    isFinished = true
    var use: [TaskKind: PoolUse] = [:]
    for (kind, pool) in pools {
      use[kind] = PoolUse(executor: kind == .io ? .thread : .process, size: pool.size, peak: pool.peak)
    }
    let duration = max(now, lastEvent)
    emit(
      .runFinished(RunEnd(duration: duration, summary: summary, pools: use, exitCode: exitCode)), at: duration
    )
  }

  private var exitCode: Int {
    switch end {
    case .interrupted(let signal): 128 + signal
    case .deadline: 124
    case .failFast: 1
    case nil: failures > 0 ? 1 : 0
    }
  }

  /// Emits an instance's final record.
  mutating func emit(_ record: TaskRecord, at time: Duration) {
    var record = record
    completed += 1
    record.completed = completed
    summary.add(record)
    emit(.taskFinished(record), at: time)
  }

  /// Times of events never decrease, although messages of different threads may overtake one another.
  private mutating func emit(_ kind: RunEvent.Kind, at time: Duration) {
    lastEvent = max(lastEvent, time)
    actions.append(.emit(RunEvent(time: lastEvent, kind: kind)))
  }

  /// Adds an action; for the extensions.
  mutating func act(_ action: Action) {
    actions.append(action)
  }
}

/// An attempt that has been given to an executor.
struct RunningAttempt: Sendable {
  let instance: TaskInstance
  let number: Int
  let slot: Int
  /// When it started; `nil` until the executor says so.
  var started: Duration?
  /// That it is being stopped, and why.
  var stopping: Stopping?

  init(instance: TaskInstance, number: Int, slot: Int) {
    self.instance = instance
    self.number = number
    self.slot = slot
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
