import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// Who waits for whom, and what becomes of those whose needs did not succeed.
@Suite struct NeedsTests {
  /// The words of the records that say why something did not run.
  private static func causes(_ drill: Drill) -> [String] {
    drill.records.filter { $0.status == .skipped }.map { "\($0.verdict): \($0.error?.message ?? "")" }
  }

  @Test func aDiamondRunsFromTopToBottom() throws {
    var drill = Drill(
      try plan(
        task("bottom", needs: [1, 2]), task("left", needs: [3]), task("right", needs: [3]), task("top")))
    #expect(drill.running == ["top"])
    drill.finish("top")
    #expect(drill.running == ["left", "right"])
    drill.finish("right")
    #expect(drill.running == ["left"])
    drill.finish("left")
    #expect(drill.running == ["bottom"])
    drill.step(to: .seconds(3))
    drill.finish("bottom")
    #expect(drill.verdicts == ["top", "right", "left", "bottom"].map { $0 + " succeeded" })
    #expect(drill.end?.exitCode == 0)
    #expect(drill.fault == nil)
  }

  @Test func whatIsReadyStartsInTheOrderOfTheManifestNotOfItsReadiness() throws {
    var drill = Drill(
      try plan(task("late", needs: [2]), task("many", count: 2), task("first"), task("last")), io: 1)
    var order: [String] = []
    while let instance = drill.running.first {
      order.append(instance)
      drill.finish(instance)
    }
    #expect(order == ["many[0]", "many[1]", "first", "late", "last"])
    #expect(drill.fault == nil)
  }

  @Test func aTaskWaitsForAllInstances() throws {
    var drill = Drill(try plan(task("a", count: 3), task("b", .cpu, needs: [0])), io: 3)
    drill.finish("a[2]")
    drill.finish("a[0]")
    #expect(drill.running == ["a[1]"])
    drill.step(to: .seconds(7))
    drill.finish("a[1]")
    #expect(drill.running == ["b"])
    drill.finish("b")
    #expect(drill.records.map(\.queued) == [.zero, .zero, .zero, .seconds(7)])
    #expect(drill.fault == nil)
  }

  @Test func aTaskWithoutInstancesHoldsNobodyUp() throws {
    var drill = Drill(
      try plan(task("none", count: 0), task("more", count: 0, needs: [0]), task("b", needs: [1])))
    #expect(drill.running == ["b"])
    drill.finish("b")
    #expect(drill.verdicts == ["b succeeded"])
    #expect(drill.end?.exitCode == 0)
    #expect(drill.fault == nil)
  }

  // MARK: Conditions

  enum Ending: String, CaseIterable {
    case succeeds, fails, failsAllowed, timesOut, skipped, omitted
  }

  /// What runs after a task that ends in some way: for each condition, whether it runs, or else its verdict.
  @Test(arguments: [
    (Ending.succeeds, "runs", "skipped condition", 0), (.fails, "skipped dependency", "runs", 1),
    (.failsAllowed, "runs", "skipped condition", 0), (.timesOut, "skipped dependency", "runs", 1),
    (.skipped, "skipped dependency", "runs", 1), (.omitted, "skipped dependency", "skipped condition", 0),
  ])
  func conditionsDecideWhatRuns(ending: Ending, success: String, failure: String, exitCode: Int) throws {
    let end = task("end", needs: [0], timeout: .seconds(1)).with {
      if ending == .failsAllowed { $0.allowedFailure = .any }
      if ending == .omitted { $0.condition = .failure }
    }
    var drill = Drill(
      try plan(
        task("root"), end, task("success", needs: [1]), task("failure", needs: [1]).when(.failure),
        task("always", needs: [1]).when(.always)), io: 9)
    if ending == .skipped { drill.fail("root") } else { drill.finish("root") }
    switch ending {
    case .succeeds: drill.finish("end")
    case .fails, .failsAllowed: drill.fail("end")
    case .timesOut:
      drill.begin("end")
      drill.step(to: .seconds(1))
      drill.finish("end", .broken, wasStopped: true)
    case .skipped, .omitted: break
    }
    let running = drill.running
    drill.finishAll()
    func what(_ name: String) -> String {
      if running.contains(name) { return "runs" }
      return drill.verdicts.first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
        ?? ""
    }
    #expect(what("success") == success)
    #expect(what("failure") == failure)
    #expect(what("always") == "runs")
    #expect(drill.end?.exitCode == exitCode)
    #expect(drill.fault == nil)
  }

  @Test func oneFailureAmongManyNeedsIsEnough() throws {
    var drill = Drill(
      try plan(
        task("a"), task("b"), task("all", needs: [0, 1]), task("any", needs: [0, 1]).when(.failure)))
    drill.fail("a")
    #expect(drill.running == ["b"])
    drill.finish("b")
    #expect(drill.running == ["any"])
    drill.finish("any")
    #expect(Self.causes(drill) == ["all skipped dependency: 'a' failed"])
    #expect(drill.fault == nil)
  }

  // MARK: Root causes

  @Test func theSkippedNameTheFirstThatWentWrong() throws {
    var drill = Drill(
      try plan(
        task("fetch", count: 5), task("b", needs: [0]), task("c", count: 2, needs: [1]), task("d", needs: [2])
      ),
      io: 5)
    for index in [4, 0, 2] { drill.finish("fetch[\(index)]") }
    drill.fail("fetch[3]")
    drill.fail("fetch[1]")
    #expect(
      Self.causes(drill) == [
        "b skipped dependency: 'fetch[1]' failed", "c[0] skipped dependency: 'fetch[1]' failed",
        "c[1] skipped dependency: 'fetch[1]' failed", "d skipped dependency: 'fetch[1]' failed",
      ])
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }

  @Test func theRootOfATimeoutAndOfAnOmissionSaySo() throws {
    var drill = Drill(
      try plan(
        task("slow", timeout: .seconds(1)), task("a", needs: [0]), task("fine"),
        task("repair", needs: [2]).when(.failure), task("b", needs: [3]), task("c", needs: [4, 0])))
    drill.begin("slow")
    drill.finish("fine")
    drill.step(to: .seconds(1))
    drill.finish("slow", .broken, wasStopped: true)
    #expect(
      Self.causes(drill).sorted() == [
        "a skipped dependency: 'slow' timed out", "b skipped dependency: 'repair' was skipped",
        "c skipped dependency: 'slow' timed out",
        "repair skipped condition: nothing that it needs has failed",
      ])
    #expect(drill.fault == nil)
  }

  @Test func aMatrixInstanceIsNamedByItsLabel() throws {
    let combinations = [("a", 1), ("a", 2)].map { os, size in
      Matrix.Combination(
        members: ["os": .string(os), "size": Value(size)], label: "\(os),\(size)")
    }
    let build = task("build").with { $0.items = .matrix(Matrix(combinations: combinations)) }
    var drill = Drill(try plan(build, task("after", needs: [0])))
    #expect(drill.running == ["build[a,1]", "build[a,2]"])
    drill.finish("build[a,1]")
    drill.fail("build[a,2]")
    #expect(Self.causes(drill) == ["after skipped dependency: 'build[a,2]' failed"])
    #expect(drill.records[1].item == ["os": "a", "size": 2])
    #expect(drill.records[1].index == 1)
    #expect(drill.fault == nil)
  }

  // MARK: Allowed failures

  @Test(arguments: [
    (TaskDefinition.AllowedFailure.any, 1, true), (.exitCodes([2, 3]), 3, true),
    (.exitCodes([2, 3]), 1, false),
  ])
  func anAllowedFailureIsShownAndFailsNothing(
    allowed: TaskDefinition.AllowedFailure, code: Int, isAllowed: Bool
  ) throws {
    var drill = Drill(
      try plan(task("a").with { $0.allowedFailure = allowed }, task("b", needs: [0])),
      policy: RunPolicy(maximumFailures: 1))
    drill.fail("a", exitCode: code)
    drill.finishAll()
    let record = try #require(drill.records.first)
    #expect(record.verdict == "a failed exit")
    #expect(record.isAllowedFailure == isAllowed)
    #expect(drill.verdicts.last == (isAllowed ? "b succeeded" : "b cancelled fail_fast"))
    #expect(drill.end?.exitCode == (isAllowed ? 0 : 1))
    #expect(drill.end?.summary.allowedFailures == (isAllowed ? 1 : 0))
    #expect(drill.fault == nil)
  }

  // MARK: What runs in any case

  @Test func whatRunsInAnyCaseAlsoRunsAfterFailFast() throws {
    var drill = Drill(
      try plan(
        task("a"), task("b"), task("c", needs: [1]), task("clean", needs: [2]).when(.always),
        task("tidy", needs: [3]).when(.always), task("after", needs: [3]),
        task("repair", needs: [0]).when(.failure)),
      policy: RunPolicy(maximumFailures: 1))
    drill.fail("a")
    #expect(drill.stops.map(\.instance) == ["b"])
    // What 'clean' needs has its record, but what that needs still runs.
    #expect(drill.running == ["b"])
    drill.finish("b", .broken, wasStopped: true)
    #expect(drill.running == ["clean"])
    // Its failure ends nothing any more.
    drill.fail("clean")
    #expect(drill.running == ["tidy"])
    drill.finish("tidy")
    #expect(
      drill.verdicts == [
        "a failed exit", "repair cancelled fail_fast", "c cancelled fail_fast", "after cancelled fail_fast",
        "b cancelled fail_fast", "clean failed exit", "tidy succeeded",
      ])
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }

  @Test func failFastDoesNotStopWhatRunsInAnyCase() throws {
    var drill = Drill(
      try plan(task("clean", count: 2).when(.always), task("a")), io: 2, policy: RunPolicy(maximumFailures: 1)
    )
    drill.finish("clean[0]")
    drill.finish("clean[1]")
    drill.fail("a")
    #expect(drill.end != nil)
    var other = Drill(
      try plan(task("a"), task("clean", count: 3).when(.always)), policy: RunPolicy(maximumFailures: 1))
    other.fail("a")
    #expect(other.stops.isEmpty)
    other.finishAll()
    #expect(other.end?.summary.counts == [.failed: 1, .succeeded: 3])
    #expect(other.fault == nil)
  }

  @Test func afterASignalOrTheDeadlineNothingStarts() throws {
    for isSignal in [true, false] {
      var drill = Drill(
        try plan(task("a"), task("clean", needs: [0]).when(.always)), policy: RunPolicy(deadline: .seconds(1))
      )
      if isSignal { drill.step(.interrupted(signal: 2)) } else { drill.step(to: .seconds(1)) }
      drill.finish("a", .broken, wasStopped: true)
      let word = isSignal ? "cancelled interrupted" : "timed_out deadline"
      #expect(drill.verdicts == ["clean \(word)", "a \(word)"])
      #expect(drill.fault == nil)
    }
  }

  @Test func aSignalAfterFailFastStopsWhatRunsInAnyCaseToo() throws {
    var drill = Drill(
      try plan(
        task("a"), task("clean", needs: [0]).when(.always), task("more", needs: [1]).when(.always)),
      policy: RunPolicy(maximumFailures: 1))
    drill.fail("a")
    #expect(drill.running == ["clean"])
    drill.step(.interrupted(signal: 15))
    #expect(drill.stops.map(\.instance) == ["clean"])
    drill.finish("clean", .broken, wasStopped: true)
    #expect(drill.verdicts == ["a failed exit", "more cancelled interrupted", "clean cancelled interrupted"])
    #expect(drill.end?.exitCode == 143)
    #expect(drill.fault == nil)
  }
}
