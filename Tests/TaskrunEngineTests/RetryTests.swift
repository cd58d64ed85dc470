import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// Further attempts, on a clock that only the test moves.
@Suite struct RetryTests {
  private static func retrying(
    _ maximum: Int, count: Int? = nil, timeout: Duration? = nil,
    _ change: (inout RetryPolicy) -> Void = { _ in }
  ) -> TaskDefinition {
    var policy = RetryPolicy(maximum: maximum)
    change(&policy)
    return task("a", count: count, timeout: timeout).with { $0.retry = policy }
  }

  @Test func aFailedInstanceIsTriedAgainAtOnceAndBeforeFreshOnes() throws {
    var drill = Drill(try plan(Self.retrying(2, count: 2), task("b")), io: 1)
    drill.fail("a[0]")
    #expect(drill.running == ["a[0]"])
    drill.fail("a[0]")
    drill.finish("a[0]", .succeeded("third"))
    #expect(drill.running == ["a[1]"])
    drill.finish("a[1]")
    drill.finish("b")
    let record = try #require(drill.records.first)
    #expect(record.verdict == "a[0] succeeded")
    #expect(record.attempts.map(\.attempt) == [1, 2, 3])
    #expect(record.attempts.map(\.status) == [.failed, .failed, .succeeded])
    #expect(drill.end?.exitCode == 0)
    #expect(drill.fault == nil)
  }

  @Test func theLastAttemptDecides() throws {
    var drill = Drill(
      try plan(Self.retrying(1), task("b", needs: [0])), policy: RunPolicy(maximumFailures: 1))
    drill.begin("a")
    drill.step(to: .seconds(2))
    drill.fail("a", exitCode: 3)
    #expect(drill.records.isEmpty)
    drill.begin("a")
    drill.step(to: .seconds(5))
    drill.fail("a", exitCode: 4)
    let record = try #require(drill.records.first)
    #expect(record.verdict == "a failed exit")
    #expect(record.exitCode == 4)
    #expect(record.started == .seconds(2))
    #expect(record.duration == .seconds(3))
    #expect(record.attempts.map(\.exitCode) == [3, 4])
    #expect(record.attempts.map(\.started) == [.zero, .seconds(2)])
    #expect(drill.verdicts == ["a failed exit", "b cancelled fail_fast"])
    let starts = drill.events.compactMap { event in
      if case .taskStarted(let start) = event.kind { start.attempt } else { nil }
    }
    #expect(starts == [1, 2])
    #expect(drill.fault == nil)
  }

  @Test func anInstanceThatWaitsForItsRetryHoldsNoSlot() throws {
    var drill = Drill(try plan(Self.retrying(1) { $0.delay = .seconds(10) }, task("b", count: 2)), io: 1)
    drill.fail("a")
    #expect(drill.running == ["b[0]"])
    drill.step(to: .seconds(11))
    #expect(drill.running == ["b[0]"])
    drill.finish("b[0]")
    #expect(drill.running == ["a"])
    drill.finishAll()
    #expect(drill.fault == nil)
  }

  /// When the attempts after the first start, if each fails at once.
  private static func starts(_ task: TaskDefinition, seed: UInt64 = 0) throws -> [Double] {
    var drill = Drill(try plan(task), seed: seed)
    var starts: [Double] = []
    while drill.end == nil {
      if drill.running.isEmpty {
        guard let due = drill.scheduler.nextDue else { break }
        drill.step(to: due)
      } else {
        starts.append(drill.now / .seconds(1))
        drill.fail("a")
      }
    }
    #expect(drill.fault == nil)
    return Array(starts.dropFirst())
  }

  @Test func theDelayGrowsUpToItsBound() throws {
    #expect(try Self.starts(Self.retrying(3) { $0.delay = .milliseconds(500) }) == [0.5, 1, 1.5])
    let growing = Self.retrying(4) {
      $0.delay = .milliseconds(500)
      $0.backoff = 2
    }
    #expect(try Self.starts(growing) == [0.5, 1.5, 3.5, 7.5])
    #expect(try Self.starts(growing.with { $0.retry?.maximumDelay = .seconds(1) }) == [0.5, 1.5, 2.5, 3.5])
    #expect(try Self.starts(Self.retrying(2)) == [0, 0])
  }

  @Test func aBackoffBeyondAllTimeStaysInRange() throws {
    let starts = try Self.starts(
      Self.retrying(200) {
        $0.delay = .seconds(3600)
        $0.backoff = 1e6
      })
    #expect(starts.count == 200)
    #expect(starts.last ?? 0 < 201e9)
  }

  @Test func jitterStaysWithinItsBoundsAndFollowsFromTheSeed() throws {
    let task = Self.retrying(50) {
      $0.delay = .seconds(10)
      $0.jitter = 0.2
    }
    let starts = try Self.starts(task, seed: 7)
    let delays = zip(starts, [0] + starts).map { $0 - $1 }
    #expect(delays.allSatisfy { (7.999...12.001).contains($0) })
    // They spread over the whole range.
    #expect((delays.min() ?? 0) < 9 && (delays.max() ?? 0) > 11)
    #expect(try Self.starts(task, seed: 7) == starts)
    #expect(try Self.starts(task, seed: 8) != starts)
  }

  @Test(arguments: [
    (AttemptOutcome.Result.failed(.exit, .init(type: "exit", message: "")), true),
    (.failed(.signal, .init(type: "signal", message: "")), true),
    (.failed(.error, .init(type: "error", message: "")), true),
    (.failed(.workerLost, .init(type: "worker_lost", message: "")), true),
    (.failed(.notStarted, .init(type: "not_found", message: "")), false),
  ])
  func whatCouldNotBeStartedIsNotRepeated(result: AttemptOutcome.Result, isRepeated: Bool) throws {
    var drill = Drill(try plan(Self.retrying(1)))
    drill.finish("a", result)
    #expect(drill.running == (isRepeated ? ["a"] : []))
    drill.finishAll()
    #expect(drill.fault == nil)
  }

  @Test(arguments: [(3, true), (4, false)])
  func exitCodesChooseWhatIsRepeated(code: Int, isRepeated: Bool) throws {
    let task = Self.retrying(5, timeout: .seconds(1)) { $0.exitCodes = [2, 3] }
    var drill = Drill(try plan(task))
    drill.fail("a", exitCode: code)
    #expect(drill.running == (isRepeated ? ["a"] : []))
    guard isRepeated else { return }
    drill.finish("a", .failed(.signal, ErrorDescription(type: "signal", message: "killed")))
    #expect(drill.verdicts == ["a failed signal"])
    #expect(drill.records.first?.attempts.count == 2)
  }

  @Test func aTimeoutIsRepeatedAndCountsAnewForEachAttempt() throws {
    var drill = Drill(try plan(Self.retrying(1, timeout: .seconds(2))))
    drill.begin("a")
    drill.step(to: .seconds(2))
    drill.finish("a", .broken, wasStopped: true)
    #expect(drill.running == ["a"])
    drill.step(to: .seconds(3))
    drill.begin("a")
    drill.step(to: .milliseconds(4999))
    #expect(drill.stops.count == 1)
    drill.step(to: .seconds(5))
    #expect(drill.stops.count == 2)
    drill.finish("a", .broken, wasStopped: true)
    #expect(drill.records.first?.attempts.map(\.reason) == [.timeout, .timeout])
    #expect(drill.verdicts == ["a timed_out timeout"])
    #expect(drill.fault == nil)
  }

  @Test func aRunThatEndsWaitsForNoRetry() throws {
    for isSignal in [true, false] {
      var drill = Drill(
        try plan(Self.retrying(3, count: 600) { $0.delay = .seconds(100) }, task("b")), io: 9,
        policy: RunPolicy(maximumFailures: 1))
      for index in 0..<600 { drill.fail("a[\(index)]", exitCode: 9) }
      #expect(drill.records.isEmpty)
      #expect(drill.running == ["b"])
      if isSignal { drill.step(.interrupted(signal: 2)) } else { drill.fail("b") }
      // They have failed, and say so with all they know.
      #expect(drill.records.filter { $0.verdict.hasSuffix("failed exit") && $0.exitCode == 9 }.count == 600)
      if isSignal { drill.finish("b", .broken, wasStopped: true) }
      #expect(drill.end?.exitCode == (isSignal ? 130 : 1))
      #expect(drill.fault == nil)
    }
  }

  @Test func anAttemptThatTheEndOfTheRunStopsIsNotRepeated() throws {
    var drill = Drill(try plan(Self.retrying(3)))
    drill.begin("a")
    drill.step(.interrupted(signal: 2))
    drill.finish("a", .broken, wasStopped: true)
    #expect(drill.verdicts == ["a cancelled interrupted"])
    #expect(drill.fault == nil)
  }
}
