import TaskrunAPI
import Testing

@testable import TaskrunEngine

/// How attempts and runs are stopped, on a clock that only the test moves.
@Suite struct StoppingTests {
  private static let stopped = AttemptOutcome.Result.failed(
    .signal, ErrorDescription(type: "signal", message: "killed by SIGTERM"))

  private static func texts(_ drill: Drill) -> [String] { drill.stops.map { "\($0.instance) \($0.stop)" } }

  // MARK: Timeouts

  @Test func aTimeoutCountsFromTheStartAndEscalates() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(1), grace: .seconds(2))))
    drill.step(to: .seconds(5))
    drill.begin("a")
    drill.step(to: .milliseconds(5999))
    #expect(drill.stops.isEmpty)
    drill.step(to: .seconds(6))
    #expect(Self.texts(drill) == ["a terminate(signal: 15)"])
    drill.step(to: .milliseconds(7999))
    #expect(drill.stops.count == 1)
    drill.step(to: .seconds(8))
    #expect(Self.texts(drill).last == "a kill")
    drill.step(to: .milliseconds(12_999))
    #expect(drill.stops.count == 2)
    drill.step(to: .seconds(13))
    #expect(Self.texts(drill).last == "a giveUp")
    #expect(drill.verdicts == ["a timed_out timeout"])
    #expect(
      drill.records.first?.error?.message
        == "not done within 1s, and had to be killed; did not end after SIGKILL")
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }

  @Test func theDefaultGraceIsTenSeconds() throws {
    var drill = Drill(try plan(task("a")), policy: RunPolicy(timeout: .seconds(1)))
    drill.begin("a")
    drill.step(to: .seconds(1))
    drill.step(to: .milliseconds(10_999))
    #expect(drill.stops.count == 1)
    drill.step(to: .seconds(11))
    #expect(drill.stops.last?.stop == .kill)
  }

  @Test func theTasksOwnTimeoutCountsMoreThanTheRuns() throws {
    var drill = Drill(
      try plan(task("a", timeout: .seconds(9)), task("b")), policy: RunPolicy(timeout: .seconds(1)))
    let timeouts = Dictionary(uniqueKeysWithValues: drill.attempts.values.map { ($0.instance, $0.timeout) })
    #expect(timeouts == ["a": .seconds(9), "b": .seconds(1)])
    drill.begin("a")
    drill.begin("b")
    drill.step(to: .seconds(1))
    #expect(Self.texts(drill) == ["b terminate(signal: 15)"])
  }

  @Test func anAttemptThatEndsInItsGraceTimedOutWhateverItSays() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(1))))
    drill.begin("a")
    drill.step(to: .seconds(1))
    drill.finish("a", .succeeded("done"), wasStopped: true)
    let record = try #require(drill.records.first)
    #expect(record.verdict == "a timed_out timeout")
    #expect(record.value == nil)
    #expect(record.error == ErrorDescription(type: "timeout", message: "not done within 1s"))
    drill.step(to: .seconds(100))
    #expect(drill.stops.count == 1)
  }

  @Test func anAttemptThatEndedByItselfJustBeforeTheStopCountsByItsOwnResult() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(1)), task("b", timeout: .seconds(1))))
    drill.begin("a")
    drill.begin("b")
    drill.step(to: .seconds(1))
    #expect(drill.stops.count == 2)
    drill.finish("a", .succeeded("done"), wasStopped: false)
    drill.finish("b", .broken, wasStopped: false)
    #expect(drill.verdicts == ["a succeeded", "b failed exit"])
    #expect(drill.records.first?.value == "done")
    #expect(drill.fault == nil)
  }

  @Test func anEndThatArrivesWithTheTimeoutWins() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(1))))
    drill.begin("a")
    drill.step(
      to: .seconds(1),
      .finished(AttemptID(0), time: .seconds(1), AttemptOutcome(.succeeded(.null), executor: .thread)))
    #expect(drill.verdicts == ["a succeeded"])
    #expect(drill.stops.isEmpty)
  }

  @Test func aSlotThatWasGivenUpIsUsedAgainAndLateNewsIsIgnored() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(1)), task("b")), io: 1)
    drill.begin("a")
    for second in [1, 11, 16] { drill.step(to: .seconds(second)) }
    #expect(drill.running == ["b"])
    drill.step(.finished(AttemptID(0), time: drill.now, AttemptOutcome(.succeeded(.null), executor: .thread)))
    drill.finish("b")
    #expect(drill.verdicts == ["a timed_out timeout", "b succeeded"])
    #expect(drill.fault == nil)
  }

  @Test func timersOfAttemptsThatAreOverDoNotPileUp() throws {
    var drill = Drill(try plan(task("a", count: 5000, timeout: .seconds(3600))), io: 2)
    var most = 0
    while let instance = drill.running.first {
      drill.begin(instance)
      drill.finish(instance)
      most = max(most, drill.scheduler.timers.count)
    }
    #expect(drill.records.count == 5000)
    #expect(most <= 80)
  }

  // MARK: Failures

  @Test func byDefaultAFailureStopsNothing() throws {
    var drill = Drill(try plan(task("a", count: 4)), io: 1)
    for index in 0..<4 { drill.fail("a[\(index)]") }
    #expect(drill.end?.summary[.failed] == 4)
    #expect(drill.end?.exitCode == 1)
    #expect(drill.stops.isEmpty)
  }

  @Test func failFastStopsWhatRunsAndStartsNothingNew() throws {
    var drill = Drill(try plan(task("a", count: 5)), policy: RunPolicy(maximumFailures: 1))
    drill.begin("a[0]")
    drill.begin("a[1]")
    drill.fail("a[0]")
    #expect(Self.texts(drill) == ["a[1] terminate(signal: 15)"])
    #expect(drill.running == ["a[1]"])
    // What will not run any more has its record at once.
    #expect(drill.records.map(\.id) == ["a[0]", "a[2]", "a[3]", "a[4]"])
    drill.finish("a[1]", Self.stopped, wasStopped: true)
    #expect(
      Set(drill.verdicts) == [
        "a[0] failed exit", "a[1] cancelled fail_fast", "a[2] cancelled fail_fast",
        "a[3] cancelled fail_fast",
        "a[4] cancelled fail_fast",
      ])
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }

  @Test func soManyFailuresAreAllowedBeforeTheRunEnds() throws {
    var drill = Drill(try plan(task("a", count: 9)), io: 1, policy: RunPolicy(maximumFailures: 3))
    drill.fail("a[0]")
    drill.finish("a[1]")
    drill.fail("a[2]")
    #expect(drill.running == ["a[3]"])
    drill.fail("a[3]")
    #expect(drill.end?.summary.counts == [.failed: 3, .succeeded: 1, .cancelled: 5])
    #expect(drill.fault == nil)
  }

  @Test func aTimeoutCountsAsAFailure() throws {
    var drill = Drill(
      try plan(task("a", timeout: .seconds(1)), task("b")), io: 1, policy: RunPolicy(maximumFailures: 1))
    drill.begin("a")
    drill.step(to: .seconds(1))
    drill.finish("a", Self.stopped, wasStopped: true)
    #expect(drill.verdicts == ["a timed_out timeout", "b cancelled fail_fast"])
  }

  @Test func aGoodEndDuringFailFastStaysGood() throws {
    var drill = Drill(try plan(task("a", count: 2)), policy: RunPolicy(maximumFailures: 1))
    drill.fail("a[0]")
    drill.finish("a[1]", wasStopped: false)
    #expect(drill.verdicts == ["a[0] failed exit", "a[1] succeeded"])
  }

  // MARK: The deadline

  @Test func theDeadlineEndsTheRun() throws {
    var drill = Drill(try plan(task("a", count: 4)), policy: RunPolicy(deadline: .seconds(3)))
    drill.begin("a[0]")
    drill.begin("a[1]")
    drill.step(to: .seconds(2))
    drill.finish("a[0]")
    drill.begin("a[2]")
    drill.step(to: .seconds(3))
    #expect(Self.texts(drill) == ["a[1] terminate(signal: 15)", "a[2] terminate(signal: 15)"])
    drill.finish("a[1]", Self.stopped, wasStopped: true)
    drill.finish("a[2]", Self.stopped, wasStopped: true)
    #expect(
      drill.verdicts == [
        "a[0] succeeded", "a[3] timed_out deadline", "a[1] timed_out deadline", "a[2] timed_out deadline",
      ])
    #expect(drill.end?.exitCode == 124)
    #expect(drill.fault == nil)
  }

  @Test func aDeadlineAfterTheLastTaskChangesNothing() throws {
    var drill = Drill(try plan(task("a")), policy: RunPolicy(deadline: .seconds(3)))
    drill.step(to: .seconds(2))
    drill.finish("a")
    #expect(drill.end?.exitCode == 0)
  }

  @Test func aRunWhoseLastAttemptEndsWithTheDeadlineWasInTime() throws {
    var drill = Drill(try plan(task("a")), policy: RunPolicy(deadline: .seconds(3)))
    let outcome = AttemptOutcome(.succeeded(.null), executor: .thread)
    drill.step(to: .seconds(4), .finished(AttemptID(0), time: .milliseconds(2999), outcome))
    #expect(drill.verdicts == ["a succeeded"])
    #expect(drill.end?.exitCode == 0)
  }

  @Test func aDeadlineThatComesWhileFailFastStopsDecidesTheExitCode() throws {
    var drill = Drill(
      try plan(task("a", count: 2)), policy: RunPolicy(maximumFailures: 1, deadline: .seconds(3)))
    drill.fail("a[0]")
    drill.step(to: .seconds(3))
    drill.finish("a[1]", Self.stopped, wasStopped: true)
    #expect(drill.verdicts == ["a[0] failed exit", "a[1] cancelled fail_fast"])
    #expect(drill.end?.exitCode == 124)
  }

  // MARK: Signals

  @Test(arguments: [(1, 129), (2, 130), (15, 143)])
  func aSignalIsPassedOnAndDecidesTheExitCode(signal: Int, exitCode: Int) throws {
    var drill = Drill(try plan(task("a", count: 3)), io: 1)
    drill.begin("a[0]")
    drill.step(.interrupted(signal: signal))
    #expect(Self.texts(drill) == ["a[0] terminate(signal: \(signal))"])
    drill.finish("a[0]", Self.stopped, wasStopped: true)
    #expect(
      drill.verdicts == [
        "a[1] cancelled interrupted", "a[2] cancelled interrupted", "a[0] cancelled interrupted",
      ])
    #expect(drill.end?.exitCode == exitCode)
    #expect(drill.fault == nil)
  }

  @Test func theSecondSignalKillsAtOnceAndTheThirdChangesNothing() throws {
    var drill = Drill(try plan(task("a", grace: .seconds(60))))
    drill.begin("a")
    drill.step(.interrupted(signal: 2))
    drill.step(to: .seconds(1), .interrupted(signal: 2))
    drill.step(to: .seconds(2), .interrupted(signal: 2))
    #expect(Self.texts(drill) == ["a terminate(signal: 2)", "a kill"])
    drill.step(to: .seconds(6))
    #expect(drill.stops.last?.stop == .giveUp)
    #expect(drill.verdicts == ["a cancelled interrupted"])
    #expect(drill.end?.exitCode == 130)
    #expect(drill.fault == nil)
  }

  @Test func aSignalDuringTheDeadlineCountsMoreAndASecondOneKills() throws {
    var drill = Drill(try plan(task("a")), policy: RunPolicy(deadline: .seconds(1)))
    drill.begin("a")
    drill.step(to: .seconds(1))
    drill.step(to: .seconds(2), .interrupted(signal: 2))
    #expect(Self.texts(drill) == ["a terminate(signal: 15)"])
    drill.step(to: .seconds(3), .interrupted(signal: 2))
    #expect(Self.texts(drill).last == "a kill")
    drill.finish("a", Self.stopped, wasStopped: true)
    #expect(drill.verdicts == ["a timed_out deadline"])
    #expect(drill.end?.exitCode == 130)
  }

  @Test func aSignalBeforeTheStartOfAnAttemptStopsItTheSameWay() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(1))))
    drill.step(.interrupted(signal: 2))
    drill.begin("a")
    drill.step(to: .seconds(4))
    // The timeout is not a second stop.
    #expect(drill.stops.count == 1)
    drill.finish("a", Self.stopped, wasStopped: true)
    #expect(drill.verdicts == ["a cancelled interrupted"])
    #expect(drill.fault == nil)
  }

  @Test func manyInstancesThatWillNotRunAreDisposedOfInShortSteps() throws {
    let count = 10_000
    var scheduler = Scheduler(
      try plan(task("a", count: count)), context: .sample(), poolSizes: PerKind(io: 1, cpu: 1))
    _ = scheduler.advance(to: .zero)
    var actions = scheduler.advance(to: .zero, with: [.interrupted(signal: 2)])
    var largest = actions.count
    var steps = 1
    while scheduler.nextDue == .zero {
      actions = scheduler.advance(to: .zero)
      largest = max(largest, actions.count)
      steps += 1
    }
    #expect(largest <= 300)
    #expect((count / 300...count / 100).contains(steps))
    // One runs still: the run is not over.
    #expect(!scheduler.isFinished)
  }
}
