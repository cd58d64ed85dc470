import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// Large runs take time in proportion, and no step of them is long. A step or a run of quadratic cost would not come to
/// its end in the time of a test; measured figures stand with the benchmarks.
@Suite struct ScaleTests {
  /// What is left of a run in which everything ends at once.
  private struct Tally {
    var counts: [TaskStatus: Int] = [:]
    var steps = 0
    var largest = 0
    var exitCode: Int?
    var lastError: String?
  }

  private static func run(
    _ plan: Plan, io: Int = 4, fails: (String) -> Bool = { _ in false }
  ) -> Tally {
    var scheduler = Scheduler(plan, context: .sample(), poolSizes: PerKind(io: io, cpu: 1))
    var tally = Tally()
    var messages: [RunMessage] = []
    while !scheduler.isFinished {
      let actions = scheduler.advance(to: .zero, with: messages)
      messages = []
      tally.steps += 1
      tally.largest = max(tally.largest, actions.count)
      for action in actions {
        switch action {
        case .start(let attempt):
          let result: AttemptOutcome.Result = fails(attempt.instance) ? .broken : .succeeded(.null)
          messages.append(.started(attempt.id, time: .zero))
          messages.append(.finished(attempt.id, time: .zero, AttemptOutcome(result, executor: .thread)))
        case .emit(let event):
          if case .taskFinished(let record) = event.kind { tally.lastError = record.error?.message }
          if case .runFinished(let end) = event.kind {
            tally.counts = end.summary.counts
            tally.exitCode = end.exitCode
          }
        case .stop: break
        }
      }
    }
    return tally
  }

  private static func chain(_ count: Int) throws -> Plan {
    try plan((0..<count).map { task("t\($0)", needs: $0 == 0 ? [] : [$0 - 1]) })
  }

  /// Debug builds check every access; release builds take the sizes that the product promises.
  private static func size(_ promised: Int) -> Int {
    #if DEBUG
      promised / 50
    #else
      promised
    #endif
  }

  @Test func aLongChainRuns() throws {
    let count = Self.size(300_000)
    let tally = Self.run(try Self.chain(count))
    #expect(tally.counts == [.succeeded: count])
    #expect(tally.largest <= 20)
  }

  @Test func aLongChainIsSkippedInShortSteps() throws {
    let count = Self.size(300_000)
    let tally = Self.run(try Self.chain(count)) { $0 == "t0" }
    #expect(tally.counts == [.failed: 1, .skipped: count - 1])
    #expect(tally.lastError == "'t0' failed")
    #expect(tally.largest <= 300)
    #expect(tally.exitCode == 1)
  }

  @Test func aLongChainOfTasksWithoutInstancesIsPassedInShortSteps() throws {
    let count = Self.size(300_000)
    var tasks = (0..<count).map { task("t\($0)", count: 0, needs: $0 == 0 ? [] : [$0 - 1]) }
    tasks.append(task("last", needs: [count - 1]))
    let tally = Self.run(try plan(tasks))
    #expect(tally.counts == [.succeeded: 1])
    #expect(tally.steps >= count / 300)
  }

  @Test func oneTaskThatManyNeedAndOneThatNeedsMany() throws {
    let count = Self.size(200_000)
    var tasks = [task("first")]
    tasks += (1...count).map { task("t\($0)", needs: [0]) }
    tasks.append(task("last", needs: Array(1...count)))
    let tally = Self.run(try plan(tasks))
    #expect(tally.counts == [.succeeded: count + 2])
    #expect(tally.largest <= 300)
    let failed = Self.run(try plan(tasks)) { $0 == "first" }
    #expect(failed.counts == [.failed: 1, .skipped: count + 1])
    #expect(failed.largest <= 300)
  }

  @Test func manyInstancesAndAFanOutOfThem() throws {
    let count = Self.size(1_000_000)
    let tally = Self.run(try plan(task("a", count: count), task("b").forEachResult(of: 0)), io: 32)
    #expect(tally.counts == [.succeeded: 2 * count])
    #expect(tally.largest <= 300)
  }

  @Test func manyTasksThatWaitForOneLimit() throws {
    let count = Self.size(200_000)
    let tasks = (0..<count).map { task("t\($0)", needs: []).with { $0.limits = [0] } }
    let tally = Self.run(try plan(tasks, limits: [Limit(name: "one", count: 1)]), io: 32)
    #expect(tally.counts == [.succeeded: count])
  }

  @Test func theFirstStepDoesNotLookAtAllThatWaitForOneLimit() throws {
    let tasks = (0..<1000).map { task("t\($0)").with { $0.limits = [0] } }
    var scheduler = Scheduler(
      try plan(tasks, limits: [Limit(name: "one", count: 1)]), context: .sample(),
      poolSizes: PerKind(io: 4, cpu: 1))
    var steps = 0
    repeat {
      _ = scheduler.advance(to: .zero)
      steps += 1
    } while scheduler.nextDue == .zero
    #expect((4...6).contains(steps))
  }

  @Test func manyInstancesThatAllWaitForTheirRetry() throws {
    let count = Self.size(200_000)
    let waiting = task("a", count: count, timeout: .seconds(1)).with {
      $0.retry = RetryPolicy(maximum: 1)
      $0.retry?.delay = .seconds(60)
    }
    var scheduler = Scheduler(try plan(waiting), context: .sample(), poolSizes: PerKind(io: 8, cpu: 1))
    var now = Duration.zero
    var messages: [RunMessage] = []
    var succeeded = 0
    while !scheduler.isFinished {
      var next: [RunMessage] = []
      for action in scheduler.advance(to: now, with: messages) {
        if case .start(let attempt) = action {
          let result: AttemptOutcome.Result = attempt.number == 1 ? .broken : .succeeded(.null)
          next.append(.started(attempt.id, time: now))
          next.append(.finished(attempt.id, time: now, AttemptOutcome(result, executor: .thread)))
        }
        if action.finished?.status == .succeeded { succeeded += 1 }
      }
      messages = next
      if messages.isEmpty, let due = scheduler.nextDue { now = max(now, due) }
    }
    #expect(succeeded == count)
  }
}
