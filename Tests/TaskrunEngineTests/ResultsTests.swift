import TaskrunAPI
import TaskrunManifest
import Testing

@testable import TaskrunEngine

/// What tasks leave for others: items of a fan-out, and what templates read.
@Suite struct ResultsTests {
  private static func items(_ drill: Drill, of task: String) -> [Value?] {
    drill.records.filter { $0.task == task }.sorted { $0.id < $1.id }.map(\.item)
  }

  // MARK: Fan-out

  @Test func eachResultBecomesAnInstanceInTheOrderOfTheIndex() throws {
    let fetch = task("fetch", count: 4).with { $0.allowedFailure = .any }
    var drill = Drill(
      try plan(fetch, task("count", .cpu).forEachResult(of: 0), task("sum", needs: [1])), io: 4, cpu: 9)
    drill.finish("fetch[3]", .succeeded("d"))
    drill.finish("fetch[1]", .succeeded("b"))
    drill.fail("fetch[2]")
    #expect(drill.running == ["fetch[0]"])
    drill.finish("fetch[0]", .succeeded("a"))
    #expect(drill.running == ["count[0]", "count[1]", "count[2]"])
    for index in 0..<3 { drill.finish("count[\(index)]") }
    #expect(Self.items(drill, of: "count") == ["a", "b", "d"])
    drill.finish("sum")
    #expect(drill.end?.summary.counts == [.succeeded: 7, .failed: 1])
    #expect(drill.end?.exitCode == 0)
    #expect(drill.fault == nil)
  }

  private static let lists: [(Value, [Value])] = [
    ([1, 2], [1, 2]), ([], []), ("text", ["text"]), (.null, [.null]), (["k": [1]], [["k": [1]]]),
  ]

  @Test(arguments: lists)
  func aPlainTaskGivesTheElementsOfItsListOrItsValue(value: Value, items: [Value]) throws {
    var drill = Drill(try plan(task("list"), task("each").forEachResult(of: 0)), io: 9)
    drill.finish("list", .succeeded(value))
    drill.finishAll()
    #expect(Self.items(drill, of: "each") == items)
    #expect(drill.end?.exitCode == 0)
    #expect(drill.fault == nil)
  }

  @Test func withoutResultsThereAreNoInstancesAndDependentsGoOn() throws {
    var drill = Drill(
      try plan(task("none", count: 0), task("each").forEachResult(of: 0), task("after", needs: [1])))
    #expect(drill.running == ["after"])
    drill.finish("after")
    #expect(drill.verdicts == ["after succeeded"])
    #expect(drill.fault == nil)
  }

  @Test func whatWouldHaveHadInstancesIsOneRecordWithoutAnIndex() throws {
    var drill = Drill(
      try plan(
        task("a"), task("each").forEachResult(of: 0), task("more").forEachResult(of: 1)))
    drill.fail("a")
    #expect(drill.verdicts == ["a failed exit", "each skipped dependency", "more skipped dependency"])
    #expect(drill.records.map(\.index) == [nil, nil, nil])
    #expect(drill.records.last?.error?.message == "'a' failed")
    #expect(drill.fault == nil)
  }

  @Test func aFanOutOfAFanOutWorksAndEndsWithTheRun() throws {
    let tasks = [task("a", count: 2), task("b").forEachResult(of: 0), task("c").forEachResult(of: 1)]
    var drill = Drill(try plan(tasks), io: 9)
    for index in 0..<2 { drill.finish("a[\(index)]", .succeeded(Value(index))) }
    for index in 0..<2 { drill.finish("b[\(index)]", .succeeded(Value(10 + index))) }
    drill.finishAll()
    #expect(Self.items(drill, of: "c") == [10, 11])
    #expect(drill.fault == nil)
    var other = Drill(try plan(tasks), io: 9)
    other.step(.interrupted(signal: 2))
    for index in 0..<2 { other.finish("a[\(index)]", .broken, wasStopped: true) }
    #expect(
      other.verdicts == ["b", "c", "a[0]", "a[1]"].map { $0 + " cancelled interrupted" })
    #expect(other.fault == nil)
  }

  @Test func tooManyInstancesFailTheTaskThatWouldHaveThem() throws {
    let first = task("first", count: Scheduler.maximumInstances - 4).when(.always)
    let tasks = [task("list"), task("each").forEachResult(of: 0), task("after", needs: [1]), first]
    var drill = Drill(try plan(tasks), io: 1)
    drill.finish("list", .succeeded([1, 2]))
    #expect(drill.running == ["each[0]"])
    var other = Drill(try plan(tasks), io: 1)
    other.finish("list", .succeeded([1, 2, 3]))
    #expect(other.verdicts == ["list succeeded", "each failed not_started", "after skipped dependency"])
    #expect(
      other.records[1].error
        == ErrorDescription(
          type: "too_many_instances",
          message: "3 results would make 2000001 instances in this run; at most 2000000 are allowed"))
    #expect(other.fault == nil)
  }

  // MARK: What templates read

  private static func inputs(_ drill: Drill, _ entry: Int) -> [ResultRead.Field: Value] {
    let inputs = drill.scheduler.entries[entry].inputs
    return Dictionary(inputs.map { ($0.key.field, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private static func reader(_ condition: TaskDefinition.Condition = .success) -> TaskDefinition {
    task("reader").when(condition).reading(0, .value).reading(0, .stdout).reading(0, .status)
  }

  @Test func aReaderGetsTheValueTheOutputAndTheStatus() throws {
    var drill = Drill(try plan(task("a"), Self.reader()))
    drill.finish("a", .succeeded(7), stdout: "hi\n")
    #expect(Self.inputs(drill, 1) == [.value: 7, .stdout: "hi\n", .status: "succeeded"])
  }

  @Test func aReaderOfInstancesGetsListsInTheOrderOfTheIndex() throws {
    let source = task("a", count: 3).with { $0.allowedFailure = .any }
    var drill = Drill(try plan(source, Self.reader()), io: 3)
    drill.finish("a[2]", .succeeded("z"), stdout: "3")
    drill.finish("a[1]", .broken, exitCode: 1, stdout: "2")
    drill.finish("a[0]", .succeeded("x"), stdout: "1")
    #expect(
      Self.inputs(drill, 1) == [
        .value: ["x", .null, "z"], .stdout: ["1", "2", "3"], .status: ["succeeded", "failed", "succeeded"],
      ])
  }

  @Test func whatFailedLeavesNoValueAndWhatNeverRanOnlyItsStatus() throws {
    var drill = Drill(try plan(task("a"), Self.reader(.always)))
    drill.fail("a")
    #expect(Self.inputs(drill, 1) == [.stdout: "", .status: "failed"])
    var other = Drill(
      try plan(
        task("a", needs: [2]),
        task("reader").when(.always).reading(0, .value).reading(0, .stdout).reading(0, .status),
        task("root")))
    other.fail("root")
    #expect(Self.inputs(other, 1) == [.status: "skipped"])
  }

  @Test func resultsAreKeptUntilTheLastReaderHasEnded() throws {
    var drill = Drill(
      try plan(
        task("unread", .cpu), task("a", count: 2), task("b").reading(1, .value),
        task("c", needs: [2]).reading(1, .value).reading(0, .value), task("d", needs: [3])), io: 9)
    #expect(drill.scheduler.results.count == 2)
    for index in 0..<2 { drill.finish("a[\(index)]", .succeeded("v")) }
    drill.finish("unread", .succeeded("u"))
    #expect(drill.running == ["b"])
    drill.finish("b")
    #expect(drill.running == ["c"])
    #expect(drill.scheduler.results.count == 2)
    drill.finish("c")
    #expect(drill.running == ["d"])
    #expect(drill.scheduler.results.count == 0)
    #expect(drill.scheduler.entries.allSatisfy { $0.inputs.isEmpty })
    #expect(drill.fault == nil)
  }

  @Test func readersThatNeverRunKeepNothing() throws {
    var drill = Drill(try plan(task("a"), task("b", count: 2), task("c", needs: [0]).reading(1, .value)))
    drill.fail("a")
    drill.finish("b[0]")
    drill.finish("b[1]")
    #expect(drill.end != nil)
    #expect(drill.scheduler.results.count == 0)
    #expect(drill.fault == nil)
  }
}
