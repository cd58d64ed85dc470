import TaskrunAPI
import TaskrunEngine

/// Drives a scheduler by hand: keeps its clock and everything that it says, and checks the laws after each step.
struct Drill {
  private(set) var scheduler: Scheduler
  private(set) var now = Duration.zero
  private(set) var events: [RunEvent] = []
  private(set) var attempts: [AttemptID: Attempt] = [:]
  /// Attempts that an executor would be busy with now.
  private(set) var open: Set<AttemptID> = []
  /// All stops in order, by instance.
  private(set) var stops: [(instance: String, stop: Stop)] = []
  /// The first law that was broken.
  private(set) var fault: String?

  private let total: Int
  private let poolSizes: [TaskKind: Int]
  private var begun: Set<String> = []
  private var finished: Set<String> = []

  init(
    _ plan: Plan, io: Int = 2, cpu: Int = 2, policy: RunPolicy = RunPolicy(), context: RunContext = .sample()
  ) {
    total = plan.total
    poolSizes = [.io: io, .cpu: cpu]
    scheduler = Scheduler(plan, context: context, poolSizes: poolSizes, policy: policy)
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
    at time: Duration? = nil
  ) {
    let id = id(instance)
    open.remove(id)
    step(.finished(id, time: time ?? now, AttemptOutcome(result, wasStopped: wasStopped, executor: .thread)))
  }

  mutating func fail(_ instance: String) { finish(instance, .broken) }

  /// The executor is done with an attempt, and is about to say so.
  mutating func close(_ id: AttemptID) { open.remove(id) }

  private func id(_ instance: String) -> AttemptID {
    attempts.values.first { $0.instance == instance }?.id ?? AttemptID(-1)
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
    let peers = open.compactMap { attempts[$0] }.filter { $0.kind == attempt.kind }
    expect(peers.count <= poolSizes[attempt.kind] ?? 0, "more \(attempt.kind) attempts than slots")
    expect(Set(peers.map(\.slot)).count == peers.count, "two attempts in slot \(attempt.slot)")
    expect((0..<(poolSizes[attempt.kind] ?? 0)).contains(attempt.slot), "no such slot: \(attempt.slot)")
    expect(!finished.contains(attempt.instance), "'\(attempt.instance)' was started after its end")
  }

  private mutating func stop(_ id: AttemptID, _ kind: TaskKind, _ stop: Stop) {
    guard let attempt = attempts[id] else { return expect(false, "stopped before it was started") }
    expect(attempt.kind == kind, "stopped as the wrong kind")
    stops.append((attempt.instance, stop))
    if stop == .giveUp { open.remove(id) }
  }

  private mutating func note(_ event: RunEvent) {
    expect(event.time >= events.last?.time ?? .zero, "time went backwards")
    expect(end == nil, "an event after the end")
    events.append(event)
    switch event.kind {
    case .runStarted(let start): expect(events.count == 1 && start.total == total, "a wrong start")
    case .taskStarted(let start):
      expect(begun.insert(start.id).inserted, "'\(start.id)' began twice")
      expect(!finished.contains(start.id), "'\(start.id)' began after its end")
    case .taskFinished(let record):
      expect(finished.insert(record.id).inserted, "'\(record.id)' ended twice")
      expect(record.completed == finished.count, "rank \(record.completed) is not \(finished.count)")
      expect((record.reason == nil) == (record.status == .succeeded), "wrong reason: \(record.verdict)")
      expect(record.duration ?? .zero >= .zero, "a negative duration")
      expect((record.started == nil) == !begun.contains(record.id), "wrong start of '\(record.id)'")
    case .runFinished(let end):
      expect(finished.count == total, "\(finished.count) of \(total) instances have records")
      expect(end.summary.total == total, "the counts add up to \(end.summary.total), not to \(total)")
      expect(open.isEmpty, "the run ended before its attempts")
      for (kind, use) in end.pools { expect(use.peak <= poolSizes[kind] ?? 0, "a peak above the size") }
    }
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
