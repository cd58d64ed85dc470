import TaskrunAPI
import TaskrunEngine
import TaskrunManifest

/// Drives a scheduler by hand: keeps its clock and everything that it says, and checks the laws after each step.
struct Drill {
  private(set) var scheduler: Scheduler
  private(set) var now = Duration.zero
  private(set) var events: [RunEvent] = []
  private(set) var attempts: [AttemptID: Attempt] = [:]
  /// Attempts that an executor would be busy with now.
  private(set) var open: Set<AttemptID> = []
  /// All stops in order, by instance.
  private(set) var stops: [(id: AttemptID, instance: String, stop: Stop)] = []
  /// The first law that was broken.
  private(set) var fault: String?

  let plan: Plan
  private let poolSizes: PerKind<Int>
  private let entryOfName: [String: Int]
  /// The last attempt of each instance, and how many there have been.
  private var tries: [String: (last: AttemptID, count: Int)] = [:]
  private var begun: Set<String> = []
  private var finished: Set<String> = []
  /// How many records each entry has, and how many it will have as far as is known.
  private var closed: [Int]
  private var expected: [Int?]
  /// Everything that has to end before each entry.
  private let ancestors: [Set<Int>]

  init(
    _ plan: Plan, io: Int = 2, cpu: Int = 2, policy: RunPolicy = RunPolicy(), context: RunContext = .sample(),
    seed: UInt64 = 0, previous: PreviousResults? = nil
  ) {
    self.plan = plan
    poolSizes = PerKind(io: io, cpu: cpu)
    let names = plan.entries.enumerated().map { ($1.definition.name, $0) }
    entryOfName = Dictionary(names, uniquingKeysWith: { first, _ in first })
    closed = Array(repeating: 0, count: plan.entries.count)
    expected = plan.entries.map(\.count)
    ancestors = plan.entries.count > 50 ? [] : Self.ancestors(plan)
    scheduler = Scheduler(
      plan, context: context, poolSizes: poolSizes, policy: policy, seed: seed, previous: previous)
    step()
  }

  // MARK: What happens

  /// Lets time pass up to a moment, with these messages at its end.
  mutating func step(to time: Duration? = nil, _ messages: RunMessage...) {
    step(to: time, messages)
  }

  mutating func step(to time: Duration? = nil, _ messages: [RunMessage]) {
    now = time ?? now
    perform(scheduler.advance(to: now, with: messages))
    // The loop comes back at once while there is more to do.
    while !scheduler.isFinished, let due = scheduler.nextDue, due <= now {
      perform(scheduler.advance(to: now, with: []))
    }
  }

  /// The attempt of an instance runs now.
  mutating func begin(_ instance: String) {
    step(.started(id(instance), time: now))
  }

  /// The attempt of an instance is over now.
  mutating func finish(
    _ instance: String, _ result: AttemptOutcome.Result = .succeeded(.null), wasStopped: Bool = false,
    at time: Duration? = nil, exitCode: Int? = nil, stdout: String = ""
  ) {
    let id = id(instance)
    open.remove(id)
    let outcome = AttemptOutcome(
      result, wasStopped: wasStopped, executor: .thread, exitCode: exitCode,
      stdout: CapturedOutput(head: Array(stdout.utf8)))
    step(.finished(id, time: time ?? now, outcome))
  }

  mutating func fail(_ instance: String, exitCode: Int = 1) {
    finish(instance, .broken, exitCode: exitCode)
  }

  /// Lets everything that runs end, until nothing does any more.
  mutating func finishAll() {
    while let instance = running.first { finish(instance) }
  }

  /// The executor is done with an attempt, and is about to say so.
  mutating func close(_ id: AttemptID) { open.remove(id) }

  private func id(_ instance: String) -> AttemptID {
    tries[instance]?.last ?? AttemptID(-1)
  }

  // MARK: What it says

  /// The instances that run now, in order of their start.
  var running: [String] { open.sorted { $0.number < $1.number }.compactMap { attempts[$0]?.instance } }

  /// All final records, in order.
  var records: [TaskRecord] {
    events.compactMap { if case .taskFinished(let record) = $0.kind { record } else { nil } }
  }

  /// `id status reason` of all final records, in order.
  var verdicts: [String] { records.map(\.verdict) }

  /// The end of the run, once it is over.
  var end: RunEnd? {
    if case .runFinished(let end)? = events.last?.kind { end } else { nil }
  }

  // MARK: The laws

  private mutating func perform(_ actions: [Scheduler.Action]) {
    for action in actions {
      switch action {
      case .start(let attempt): start(attempt)
      case .stop(let id, let kind, let stop): self.stop(id, kind, stop)
      case .emit(let event): note(event)
      }
    }
  }

  private mutating func start(_ attempt: Attempt) {
    expect(attempts[attempt.id] == nil, "attempt \(attempt.id.number) was used twice")
    attempts[attempt.id] = attempt
    open.insert(attempt.id)
    expect(!finished.contains(attempt.instance), "'\(attempt.instance)' was started after its end")
    let count = (tries[attempt.instance]?.count ?? 0) + 1
    expect(attempt.number == count, "'\(attempt.instance)': attempt \(attempt.number) is not \(count)")
    expect(
      tries[attempt.instance].map { !open.contains($0.last) } ?? true, "'\(attempt.instance)' runs twice")
    tries[attempt.instance] = (attempt.id, count)
    for need in plan.entries[entry(of: attempt)].needs {
      expect(
        plan.entries[need].count == nil || closed[need] == expected[need],
        "'\(attempt.instance)' did not wait for entry \(need)")
    }
    for other in open.compactMap({ attempts[$0] }) where !ancestors.isEmpty {
      expect(
        !ancestors[entry(of: attempt)].contains(entry(of: other)),
        "'\(attempt.instance)' was started while '\(other.instance)' ran")
    }
    checkSlots(attempt)
    checkLimits(attempt)
  }

  private static func ancestors(_ plan: Plan) -> [Set<Int>] {
    var ancestors = plan.entries.map { Set($0.needs) }
    for _ in ancestors {
      for position in ancestors.indices {
        for need in plan.entries[position].needs { ancestors[position].formUnion(ancestors[need]) }
      }
    }
    return ancestors
  }

  private func entry(of attempt: Attempt) -> Int {
    entryOfName[String(attempt.instance.prefix { $0 != "[" })] ?? -1
  }

  private mutating func checkSlots(_ attempt: Attempt) {
    let size = poolSizes[attempt.kind]
    let peers = open.compactMap { attempts[$0] }.filter { $0.kind == attempt.kind }
    let slots = peers.reduce(0) { $0 + min(size, plan.entries[entry(of: $1)].definition.cpus) }
    expect(slots <= size, "\(slots) of \(size) \(attempt.kind) slots in use")
    expect(Set(peers.map(\.slot)).count == peers.count, "two attempts in slot \(attempt.slot)")
    expect((0..<size).contains(attempt.slot), "no such slot: \(attempt.slot)")
  }

  private mutating func checkLimits(_ attempt: Attempt) {
    for limit in plan.entries[entry(of: attempt)].definition.limits {
      let holders = open.compactMap { attempts[$0] }.filter {
        plan.entries[entry(of: $0)].definition.limits.contains(limit)
      }
      expect(holders.count <= plan.limits[limit].count, "\(holders.count) hold limit \(limit)")
    }
  }

  private mutating func stop(_ id: AttemptID, _ kind: TaskKind, _ stop: Stop) {
    guard let attempt = attempts[id] else { return expect(false, "stopped before it was started") }
    expect(attempt.kind == kind, "stopped as the wrong kind")
    stops.append((id, attempt.instance, stop))
    if stop == .giveUp { open.remove(id) }
  }

  private mutating func note(_ event: RunEvent) {
    expect(event.time >= events.last?.time ?? .zero, "time went backwards")
    expect(end == nil, "an event after the end")
    events.append(event)
    switch event.kind {
    case .runStarted(let start): expect(events.count == 1 && start.total == plan.total, "a wrong start")
    case .taskStarted(let start):
      expect(begun.insert("\(start.id) \(start.attempt)").inserted, "'\(start.id)' began twice")
      expect(!finished.contains(start.id), "'\(start.id)' began after its end")
    case .taskFinished(let record): note(record)
    case .runFinished(let end):
      expect(
        finished.count == plan.total ?? finished.count, "\(finished.count) of \(plan.total ?? 0) have records"
      )
      expect(end.summary.total == finished.count, "the counts add up to \(end.summary.total)")
      expect(
        zip(closed, expected).allSatisfy { $0 == $1 ?? 0 }, "\(closed) records, not \(expected)")
      expect(open.isEmpty, "the run ended before its attempts")
      for kind in TaskKind.allCases {
        expect(end.pools[kind].peak <= poolSizes[kind], "a peak above the size")
      }
    }
  }

  private mutating func note(_ record: TaskRecord) {
    expect(finished.insert(record.id).inserted, "'\(record.id)' ended twice")
    expect(record.completed == finished.count, "rank \(record.completed) is not \(finished.count)")
    expect((record.reason == nil) == (record.status == .succeeded), "wrong reason: \(record.verdict)")
    expect(record.duration ?? .zero >= .zero, "a negative duration")
    // The last attempt could not be started, or was stopped before, so it is none.
    let isAbsent =
      (record.reason == .notStarted || record.status != .failed && record.status != .succeeded)
      && record.started == nil && tries[record.id] != nil
    expect(
      (record.started == nil) == !begun.contains("\(record.id) \(tries[record.id]?.count ?? 0)"),
      "wrong start of '\(record.id)'")
    expect(
      record.attempts.map(\.attempt) == (0..<record.attempts.count).map { $0 + 1 }
        && record.attempts.count == (tries[record.id]?.count ?? 0) - (isAbsent ? 1 : 0),
      "wrong attempts of '\(record.id)'")
    let entry = record.place.task
    expect(plan.entries[entry].definition.name == record.task, "a wrong place")
    expect(record.place.settled <= entry, "'\(record.id)' ended after its task")
    closed[entry] += 1
    expected[entry] = record.place.count
  }

  private mutating func expect(_ condition: Bool, _ law: String) {
    if !condition, fault == nil { fault = law }
  }
}

extension Scheduler.Action {
  /// The final record that this emits.
  var finished: TaskRecord? {
    guard case .emit(let event) = self, case .taskFinished(let record) = event.kind else { return nil }
    return record
  }
}

extension TaskRecord {
  /// `id status reason`.
  var verdict: String { "\(id) \(status.rawValue)" + (reason.map { " \($0.rawValue)" } ?? "") }
}

extension AttemptOutcome.Result {
  static var broken: Self { .failed(.exit, ErrorDescription(type: "exit", message: "exit code 1")) }
}
