import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// What starts when.
@Suite struct SchedulingTests {
  @Test func instancesStartInTheOrderOfTheManifest() throws {
    var drill = Drill(try plan(task("a"), task("b", count: 3), task("c")), io: 1)
    var order: [String] = []
    while let instance = drill.running.first {
      order.append(instance)
      drill.finish(instance)
    }
    #expect(order == ["a", "b[0]", "b[1]", "b[2]", "c"])
    #expect(drill.verdicts == order.map { $0 + " succeeded" })
    #expect(drill.fault == nil)
  }

  @Test(arguments: [1, 2, 3, 7])
  func aPoolIsFullButNeverFuller(size: Int) throws {
    var drill = Drill(try plan(task("a", count: 20)), io: size)
    for _ in 0..<20 {
      #expect(drill.running.count == min(size, 20 - drill.records.count))
      drill.finish(drill.running.last ?? "")
    }
    #expect(drill.fault == nil)
    #expect(drill.end?.pools.io.peak == size)
  }

  @Test func thePoolsAreIndependent() throws {
    var drill = Drill(try plan(task("i", .io, count: 3), task("c", .cpu, count: 3)), io: 1, cpu: 2)
    #expect(drill.running == ["i[0]", "c[0]", "c[1]"])
    drill.finish("c[1]")
    #expect(drill.running == ["i[0]", "c[0]", "c[2]"])
    drill.finish("c[0]")
    #expect(drill.running == ["i[0]", "c[2]"])
    drill.finish("i[0]")
    #expect(drill.running == ["c[2]", "i[1]"])
    #expect(drill.fault == nil)
  }

  @Test func theSlotThatWasFreedLastIsUsedFirst() throws {
    var drill = Drill(try plan(task("a", count: 6)), io: 3)
    drill.finish("a[1]")
    drill.finish("a[0]")
    let slots = drill.attempts.values.sorted { $0.id.number < $1.id.number }.map(\.slot)
    #expect(slots == [0, 1, 2, 1, 0])
  }

  @Test func thePeakCountsTheSlotsThatWereUsed() throws {
    var drill = Drill(try plan(task("a"), task("b", .cpu)), io: 8, cpu: 4)
    drill.finish("a")
    drill.finish("b")
    #expect(drill.end?.pools.io == PoolUse(executor: .thread, size: 8, peak: 1))
    #expect(drill.end?.pools.cpu == PoolUse(executor: .process, size: 4, peak: 1))
  }

  @Test func instancesAreMadeWhenTheyStart() throws {
    var huge = task("huge")
    huge.items = .range(start: 0, end: Int.max, step: 1)
    let plan = try plan(huge)
    #expect(plan.total == Int.max)
    var drill = Drill(plan, io: 3)
    #expect(drill.running == ["huge[0]", "huge[1]", "huge[2]"])
    drill.finish("huge[1]")
    #expect(drill.running == ["huge[0]", "huge[2]", "huge[3]"])
  }

  @Test func manyInstancesRunInOrder() throws {
    var scheduler = Scheduler(
      try plan(task("a", count: 50_000)), context: .sample(), poolSizes: PerKind(io: 1, cpu: 1),
      policy: RunPolicy(timeout: .seconds(3600)))
    var expected = 0
    var wrong = 0
    var messages: [RunMessage] = []
    var end: RunEnd?
    // The clock stands still, so no timer comes due.
    while !scheduler.isFinished {
      var next: [RunMessage] = []
      for action in scheduler.advance(to: .seconds(1), with: messages) {
        switch action {
        case .start(let attempt):
          next.append(.started(attempt.id, time: .seconds(1)))
          next.append(
            .finished(attempt.id, time: .seconds(1), AttemptOutcome(.succeeded(.null), executor: .thread)))
        case .emit(let event):
          if let record = action.finished {
            if record.index != expected { wrong += 1 }
            expected += 1
          }
          if case .runFinished(let last) = event.kind { end = last }
        case .stop: break
        }
      }
      messages = next
    }
    #expect(wrong == 0)
    #expect(end?.summary[.succeeded] == 50_000)
    #expect(end?.summary.total == 50_000)
  }

  @Test func aRunOfNothingEndsAtOnce() throws {
    let drill = Drill(try plan(task("none", count: 0)))
    #expect(drill.end?.summary.total == 0)
    #expect(drill.end?.exitCode == 0)
    #expect(drill.events.count == 2)
    #expect(drill.fault == nil)
  }

  @Test func eventsComeInOrder() throws {
    var drill = Drill(try plan(task("a", timeout: .seconds(5)), task("b")), io: 1)
    drill.step(to: .seconds(1))
    drill.begin("a")
    drill.step(to: .seconds(2))
    drill.finish("a")
    drill.step(to: .seconds(3))
    drill.begin("b")
    drill.fail("b")
    let kinds = drill.events.map { event in
      let seconds = Int(event.time / .seconds(1))
      return switch event.kind {
      case .runStarted: "\(seconds) run started"
      case .taskStarted(let start): "\(seconds) \(start.id) started in \(start.slot)"
      case .taskFinished(let record): "\(seconds) \(record.verdict)"
      case .runFinished(let end): "\(seconds) run finished \(end.exitCode)"
      }
    }
    #expect(
      kinds == [
        "0 run started", "1 a started in 0", "2 a succeeded", "3 b started in 0", "3 b failed exit",
        "3 run finished 1",
      ])
  }

  @Test func timesNeverDecreaseThoughMessagesOvertakeOneAnother() throws {
    var drill = Drill(try plan(task("a"), task("b")))
    drill.begin("a")
    drill.begin("b")
    drill.step(to: .seconds(2))
    drill.finish("a", at: .seconds(2))
    drill.finish("b", at: .seconds(1))
    #expect(drill.events.map(\.time) == [0, 0, 0, 2, 2, 2].map(Duration.seconds))
    // The record keeps what was measured.
    #expect(drill.records.map(\.duration) == [.seconds(2), .seconds(1)])
    #expect(drill.fault == nil)
  }

  @Test func messagesAboutAnUnknownOrFinishedAttemptAreIgnored() throws {
    var drill = Drill(try plan(task("a"), task("b")), io: 1)
    let id = AttemptID(0)
    let outcome = AttemptOutcome(.succeeded(.null), executor: .thread)
    drill.step(.started(AttemptID(77), time: .zero), .finished(AttemptID(78), time: .zero, outcome))
    drill.begin("a")
    drill.begin("a")
    drill.finish("a")
    drill.step(.finished(id, time: .zero, outcome), .started(id, time: .zero))
    #expect(drill.running == ["b"])
    drill.finish("b")
    #expect(drill.verdicts == ["a succeeded", "b succeeded"])
    #expect(drill.fault == nil)
  }

  @Test func recordsSayWhereAndHowTheInstanceRan() throws {
    var drill = Drill(try plan(task("a", .cpu)))
    drill.step(to: .milliseconds(5))
    drill.begin("a")
    drill.step(
      to: .milliseconds(30),
      .finished(
        AttemptID(0), time: .milliseconds(25),
        AttemptOutcome(
          .failed(.exit, ErrorDescription(type: "exit", message: "exit code 3")), executor: .process,
          pid: 42, exitCode: 3, stdout: CapturedOutput(head: [104, 105]),
          usage: ResourceUsage(user: .seconds(1), system: .zero, maxRSSBytes: 5))))
    let record = try #require(drill.records.first)
    #expect(record.executor == .process)
    #expect(record.pid == 42)
    #expect(record.slot == 0)
    #expect(record.exitCode == 3)
    #expect(record.stdout.text == "hi")
    #expect(record.usage?.maxRSSBytes == 5)
    #expect(record.started == .milliseconds(5))
    #expect(record.duration == .milliseconds(20))
    #expect(
      record.attempts == [
        AttemptRecord(
          attempt: 1, status: .failed, reason: .exit, exitCode: 3, started: .milliseconds(5),
          duration: .milliseconds(20), pid: 42)
      ])
  }

  @Test func anAttemptThatCouldNotStartSaysNothingOfAProcess() throws {
    var drill = Drill(try plan(task("a")))
    drill.finish(
      "a", .failed(.notStarted, ErrorDescription(type: "not_found", message: "no such program: 'x'")))
    let record = try #require(drill.records.first)
    #expect(record.verdict == "a failed not_started")
    #expect(record.executor == nil)
    #expect(record.started == nil)
    #expect(record.duration == nil)
    #expect(record.slot == nil)
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }
}
