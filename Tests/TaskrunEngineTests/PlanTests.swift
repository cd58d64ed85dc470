import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// What a run will do, before it does it.
@Suite struct PlanTests {
  private static let manifest = Manifest(
    path: "tasks.yaml", pools: [:], vars: [:],
    tasks: [task("fetch", count: 3), task("fetch.all"), task("count", .cpu, count: 2), task("report")])

  private static func plan(_ selection: [String]) throws(PlanError) -> Plan {
    try Plan(manifest, selection: selection)
  }

  @Test(arguments: [
    ([], ["fetch", "fetch.all", "count", "report"]),
    (["report"], ["report"]),
    (["report", "fetch"], ["fetch", "report"]),
    (["fetch", "fetch"], ["fetch"]),
    (["fetch*"], ["fetch", "fetch.all"]),
    (["*"], ["fetch", "fetch.all", "count", "report"]),
    (["*t"], ["count", "report"]),
    (["c?unt"], ["count"]),
    (["?????", "*.*"], ["fetch", "fetch.all", "count"]),
  ])
  func tasksAreSelectedByNameAndGlobInTheOrderOfTheManifest(selection: [String], names: [String]) throws {
    #expect(try Self.plan(selection).entries.map(\.definition.name) == names)
  }

  @Test func ordinalsAndTheTotalCountWhatWasSelected() throws {
    let plan = try Self.plan(["count", "fetch"])
    #expect(plan.entries.map(\.firstOrdinal) == [0, 3])
    #expect(plan.entries.map(\.count) == [3, 2])
    #expect(plan.total == 5)
  }

  @Test(arguments: [
    ("fetsh", "no task matches 'fetsh'; did you mean 'fetch'?"),
    (
      "zzzzzzz*",
      "no task matches 'zzzzzzz*'; there are: fetch, fetch.all, count, report"
    ),
    ("", "no task matches ''; there are: fetch, fetch.all, count, report"),
  ])
  func aSelectionOfNothingSaysWhatThereIs(pattern: String, text: String) throws {
    let error = #expect(throws: PlanError.self) { try Self.plan(["fetch", pattern]) }
    #expect(error?.description == text)
  }

  @Test(arguments: [
    ("", "", true), ("", "*", true), ("", "?", false), ("abc", "abc", true), ("abc", "ab", false),
    ("abc", "abcd", false), ("abc", "a*c", true), ("abc", "a**c", true), ("abc", "*b*", true),
    ("abc", "?*?", true), ("abc", "????", false), ("aXbXc", "a*Xc", true), ("aXbXd", "a*Xc", false),
    ("日本語", "日?語", true), ("a*c", "a*c", true), ("a[0]", "a[0]", true), ("abab", "*ab", true),
  ])
  func globsMatchWholeWords(word: String, glob: String, matches: Bool) {
    #expect(word.matches(glob: glob) == matches)
  }

  @Test func aGlobOfManyStarsIsFast() {
    let word = String(repeating: "a", count: 2000)
    #expect(!word.matches(glob: String(repeating: "a*", count: 50) + "b"))
  }

  @Test(arguments: [
    (0, 10, 1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (0, 10, 4, [0, 4, 8]), (0, 8, 4, [0, 4]),
    (5, 5, 1, []), (5, 0, 1, []), (5, 0, -2, [5, 3, 1]), (4, 0, -2, [4, 2]), (0, 5, -1, []),
    (-2, 2, 3, [-2, 1]),
  ])
  func rangesEndBeforeTheirEnd(start: Int, end: Int, step: Int, items: [Int]) {
    let source = ItemSource.range(start: start, end: end, step: step)
    #expect((0..<source.count).map { source[$0].intValue } == items)
  }

  @Test(arguments: [
    (Int.min, Int.max, 1, Int.max), (Int.max, Int.min, -1, Int.max), (Int.min, Int.max, Int.max, 3),
    (Int.max, Int.min, Int.min, 2), (0, Int.max, 1, Int.max),
  ])
  func rangesOfAnyBoundsCanBeCounted(start: Int, end: Int, step: Int, count: Int) {
    let source = ItemSource.range(start: start, end: end, step: step)
    #expect(source.count == count)
    #expect(source[min(count, 3) - 1].intValue != nil)
  }

  @Test func aPlanOfEndlessTasksCanBeMade() throws {
    var endless = task("a")
    endless.foreach = .range(start: Int.min, end: Int.max, step: 1)
    var more = endless
    more.name = "b"
    let plan = try Plan(Manifest(path: "", pools: [:], vars: [:], tasks: [task("first"), endless, more]))
    #expect(plan.total == Int.max)
  }

  @Test func aCursorGoesThroughTheInstancesOfItsKind() throws {
    let plan = try Self.plan([])
    var cursor = InstanceCursor(plan, kind: .io)
    var instances: [TaskInstance] = []
    while let instance = cursor.next() { instances.append(instance) }
    #expect(instances.map(\.id) == ["fetch[0]", "fetch[1]", "fetch[2]", "fetch.all", "report"])
    #expect(instances.map(\.ordinal) == [0, 1, 2, 3, 6])
    #expect(instances.map(\.item) == [0, 1, 2, nil, nil])
    #expect(cursor.next() == nil)
  }
}
