package import TaskrunAPI
import TaskrunManifest

/// Decides what happens when: a state machine that is told what happened and answers with what to do.
///
/// It reads no clock, starts nothing and writes nothing, so all scheduling is tested by calling
/// ``advance(to:with:isHeld:)``. ``RunLoop`` connects it with the world.
///
/// An entry of the plan goes through the phases of ``EntryState``. It waits until a counter of the needs that have
/// not ended is 0; then its condition says whether its instances run or are disposed of. What may run stands in the
/// queue of its pool, in the order of the manifest, and starts when there are slots and limits for it. When the
/// last instance has its record the entry has ended, and the counters of those that need it go down. No step
/// follows a chain of entries to its end or looks at all that is ready: a step disposes of a bounded number of
/// instances and says that there is more to do.
package struct Scheduler: Sendable {
  /// One thing to do now. Actions are to be carried out in order.
  package enum Action: Sendable {
    case start(Attempt)
    case stop(AttemptID, TaskKind, Stop)
    case emit(RunEvent)
  }

  /// Why nothing new starts any more, save what is to run in any case.
  enum End: Sendable, Hashable {
    case failFast
    case deadline
    case interrupted(signal: Int)
  }

  /// Something that is due at a time.
  enum Timer: Sendable {
    case timeout(AttemptID)
    case insist(AttemptID)
    case kill(AttemptID)
    case giveUp(AttemptID)
    case retry(Int)
    case deadline

    /// The attempt it is about; `nil` for everything else.
    var attempt: AttemptID? {
      switch self {
      case .timeout(let id), .insist(let id), .kill(let id), .giveUp(let id): id
      case .retry, .deadline: nil
      }
    }
  }

  /// What one pool runs.
  struct Lane: Sendable {
    let kind: TaskKind
    var pool: Pool
    var ready = Heap<Work>()
  }

  /// How many instances one step disposes of without starting them, so that a step stays short.
  private static let disposalStep = 256
  /// How many instances a run may have once tasks make instances of results.
  package static let maximumInstances = 2_000_000

  let plan: Plan
  let context: RunContext
  let policy: RunPolicy
  let previous: PreviousResults?
  var entries: [EntryState]
  var lanes: [Lane]
  var limits: [LimitState]
  var results: ResultStore
  var running: [AttemptID: RunningAttempt] = [:]
  /// Instances between two attempts, by a number that grows.
  var retries: [Int: Retry] = [:]
  var random: SplitMix64
  var timers = Timers<Timer>()
  var end: End?
  var summary = RunSummary()
  var failures = 0
  /// Entries whose last record has been made and whose dependents have not heard of it.
  var ended = Queue<Int>()
  /// Entries to dispose of.
  var disposals = Queue<Int>()
  /// What the end of the run has not looked at yet.
  var drain = Drain()
  /// How many instances the entries have as far as they are known.
  var knownInstances: Int
  /// How many entries have not got all their records.
  var pending: Int
  /// All entries before this one have got all their records.
  var frontier = 0
  var nextAttempt = 0
  private var completed = 0
  private var lastEvent = Duration.zero
  private var hasMore = true
  private var isHeld = false
  private(set) var actions: [Action] = []

  /// Whether the run is over and `run_finished` has been emitted.
  package private(set) var isFinished = false

  /// Begins a run.
  /// - Parameters:
  ///   - poolSizes: how many slots each pool has; at least 1 each. An instance that takes more gets all.
  ///   - seed: what the random part of delays follows from.
  ///   - previous: what an earlier run that this one continues has left.
  package init(
    _ plan: Plan, context: RunContext, poolSizes: PerKind<Int>, policy: RunPolicy = RunPolicy(),
    startedAtMilliseconds: Int = 0, runnerPID: Int = 0, seed: UInt64 = 0, previous: PreviousResults? = nil
  ) {
    self.plan = plan
    self.context = context
    self.policy = policy
    self.previous = previous
    entries = plan.entries.map(EntryState.init)
    lanes = TaskKind.allCases.map { Lane(kind: $0, pool: Pool(size: poolSizes[$0])) }
    limits = plan.limits.map { LimitState($0, lanes: TaskKind.allCases.count) }
    results = ResultStore(plan)
    random = SplitMix64(seed: seed)
    knownInstances = plan.entries.reduce(0) { $0 + min($1.count ?? 0, .max - $0) }
    pending = plan.entries.count
    if let deadline = policy.deadline { timers.add(.deadline, at: deadline) }
    let start = RunStart(
      runID: context.runID, manifest: context.manifest, startedAtMilliseconds: startedAtMilliseconds,
      runnerPID: runnerPID, poolSizes: poolSizes, total: plan.total)
    emit(.runStarted(start), at: .zero)
    for entry in entries.indices where entries[entry].waiting == 0 { decide(entry, now: .zero) }
  }

  /// When ``advance(to:with:isHeld:)`` should be called again even without a message; `nil` for never.
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
      hasMore = !proceed(now: now)
      if pending == 0, !hasMore, !isFinished { finish(now: now) }
    }
    defer { actions = [] }
    return actions
  }

  private mutating func handle(_ message: RunMessage, now: Duration) {
    switch message {
    case .started(let id, let time): started(id, at: time)
    case .finished(let id, let time, let outcome):
      guard let attempt = remove(id) else { return }
      conclude(attempt, outcome, at: max(time, attempt.started ?? .zero), now: now)
    case .interrupted(let signal): interrupt(signal, now: now)
    case .reportsCaughtUp: break
    }
  }

  /// Does what follows from what has happened.
  /// - Returns: whether that is all; otherwise the step would have become too long.
  private mutating func proceed(now: Duration) -> Bool {
    for _ in 0..<Self.disposalStep {
      if settleNext(now: now) || drainNext(now: now) { continue }
      if !fill(now: now) { return true }
    }
    return false
  }

  private mutating func finish(now: Duration) {
    isFinished = true
    let pools = PerKind(io: use(of: .io), cpu: use(of: .cpu))
    let duration = max(now, lastEvent)
    emit(
      .runFinished(RunEnd(duration: duration, summary: summary, pools: pools, exitCode: exitCode)),
      at: duration)
  }

  private func use(of kind: TaskKind) -> PoolUse {
    let pool = lanes[kind.lane].pool
    return PoolUse(executor: kind == .io ? .thread : .process, size: pool.size, peak: pool.peak)
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
  mutating func emit(_ kind: RunEvent.Kind, at time: Duration) {
    lastEvent = max(lastEvent, time)
    actions.append(.emit(RunEvent(time: lastEvent, kind: kind)))
  }

  /// Adds an action; for the extensions.
  mutating func act(_ action: Action) {
    actions.append(action)
  }
}
