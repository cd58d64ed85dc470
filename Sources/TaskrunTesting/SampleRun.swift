// Fixed runs to feed reporters with: their times, pids and texts never change.

public import TaskrunAPI

/// A run that never took place, as the list of its events.
public struct SampleRun: Sendable {
  /// What the run shows, for messages.
  public let name: String
  /// The events, as a real run would have sent them.
  public let events: [RunEvent]

  /// The records of all instances, in order of completion.
  public var records: [TaskRecord] {
    events.compactMap { event in
      guard case .taskFinished(let record) = event.kind else { return nil }
      return record
    }
  }

  /// A run of these records: each is started once for every attempt it has, and they end in the order given.
  ///
  /// `completed` is set to the rank, `place` stays. Times that go back are lifted to the event before.
  public init(name: String, manifest: String = "tasks.yaml", records: [TaskRecord]) {
    self.name = name
    var builder = Builder()
    builder.start(manifest: manifest, total: records.count)
    for record in records { builder.add(record) }
    builder.end()
    events = builder.events
  }

  private struct Builder {
    var events: [RunEvent] = []
    private var time = Duration.zero
    private var summary = RunSummary()
    private var slots: [ExecutorKind: Set<Int>] = [:]

    mutating func start(manifest: String, total: Int) {
      let start = RunStart(
        runID: "20261122T080000-7f3a", manifest: manifest, startedAtMilliseconds: 1_795_334_400_000,
        runnerPID: 4711, poolSizes: PerKind(io: 32, cpu: 4), total: total)
      add(.runStarted(start), at: .zero)
    }

    mutating func add(_ record: TaskRecord) {
      var record = record
      record.completed = summary.total + 1
      for attempt in record.attempts {
        let start = TaskStart(
          id: record.id, task: record.task, kind: record.kind, attempt: attempt.attempt,
          slot: record.slot ?? 0)
        add(.taskStarted(start), at: attempt.started ?? time)
      }
      if let executor = record.executor, let slot = record.slot { slots[executor, default: []].insert(slot) }
      summary.add(record)
      let end = (record.started ?? record.queued) + (record.duration ?? .zero)
      add(.taskFinished(record), at: end)
    }

    mutating func end() {
      let succeeded = summary[.failed] + summary[.timedOut] == summary.allowedFailures
      let pools = PerKind(
        io: PoolUse(executor: .thread, size: 32, peak: slots[.thread]?.count ?? 0),
        cpu: PoolUse(executor: .process, size: 4, peak: slots[.process]?.count ?? 0))
      let end = RunEnd(duration: time, summary: summary, pools: pools, exitCode: succeeded ? 0 : 1)
      add(.runFinished(end), at: time)
    }

    private mutating func add(_ kind: RunEvent.Kind, at moment: Duration) {
      time = max(time, moment)
      events.append(RunEvent(time: time, kind: kind))
    }
  }
}

extension SampleRun {
  /// A run in which nothing was selected.
  public static let empty = SampleRun(name: "an empty run", records: [])

  /// A run with many successes, some with a value.
  /// - Parameter count: how many, at least 0.
  public static func many(_ count: Int) -> SampleRun {
    SampleRun(
      name: "\(count) tasks",
      records: (0..<count).map { index in
        var record = TaskRecord(
          id: "many[\(index)]", task: "many", index: index, item: Value(index), kind: .cpu,
          place: TaskPlace(index: index, count: count),
          status: .succeeded)
        record.ran(
          .process, pid: 5000 + index % 4, slot: index % 4, started: .milliseconds(index / 4),
          duration: .milliseconds(1))
        record.value = index.isMultiple(of: 3) ? nil : Value(index)
        return record
      })
  }
}

extension TaskRecord {
  /// Says that an instance has run, in one attempt that ended as the record says.
  mutating func ran(
    _ executor: ExecutorKind, pid: Int, slot: Int, started: Duration, duration: Duration
  ) {
    self.executor = executor
    self.pid = pid
    self.slot = slot
    self.started = started
    self.duration = duration
    attempts.append(
      AttemptRecord(
        attempt: attempts.count + 1, status: status, reason: reason, exitCode: exitCode, signal: signal,
        started: started, duration: duration, pid: pid))
  }
}
