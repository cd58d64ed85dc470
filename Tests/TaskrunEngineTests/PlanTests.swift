import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// What a run will do, before it does it.
@Suite struct PlanTests {
  private static let manifest = Manifest(
    path: "tasks.yaml", pools: PerKind(io: .auto, cpu: .auto), vars: [:],
    tasks: [
      task("fetch", count: 3), task("fetch.all", tags: ["net"]),
      task("count", .cpu, count: 2, needs: [0], tags: ["slow", "net"]), task("report", needs: [2]),
    ])

  private static func selecting(_ selection: Selection) throws(PlanError) -> Plan {
    try Plan(manifest, selection: selection)
  }

  @Test(arguments: [
    (Selection(), ["fetch", "fetch.all", "count", "report"]),
    (Selection(names: ["fetch.all"]), ["fetch.all"]),
    (Selection(names: ["report"]), ["fetch", "count", "report"]),
    (Selection(names: ["count", "count"]), ["fetch", "count"]),
    (Selection(names: ["fetch*"]), ["fetch", "fetch.all"]),
    (Selection(names: ["*"]), ["fetch", "fetch.all", "count", "report"]),
    (Selection(names: ["f?tch"]), ["fetch"]),
    (Selection(tags: ["slow"]), ["fetch", "count"]),
    (Selection(tags: ["net"]), ["fetch", "fetch.all", "count"]),
    (Selection(names: ["fetch.all"], tags: ["slow"]), ["fetch", "fetch.all", "count"]),
    (Selection(skipped: ["fetch*"]), ["count", "report"]),
    (Selection(names: ["report"], skipped: ["count"]), ["report"]),
    (Selection(names: ["report"], skipped: ["fetch"]), ["count", "report"]),
    (Selection(names: ["*"], skipped: ["report"]), ["fetch", "fetch.all", "count"]),
  ])
  func whatIsSelectedRunsWithWhatItNeedsInTheOrderOfTheManifest(selection: Selection, names: [String]) throws
  {
    #expect(try Self.selecting(selection).entries.map(\.definition.name) == names)
  }

  @Test(arguments: [
    (Selection(names: ["fetch", "fetsh"]), "no task matches 'fetsh'; did you mean 'fetch'?"),
    (
      Selection(names: ["zzzzzzz*"]),
      "no task matches 'zzzzzzz*'; there are: fetch, fetch.all, count, report"
    ),
    (Selection(names: [""]), "no task matches ''; there are: fetch, fetch.all, count, report"),
    (
      Selection(names: ["fetch[2]"]),
      "no task matches 'fetch[2]'; instances cannot be selected, only 'fetch' as a whole"
    ),
    (Selection(skipped: ["raport"]), "no task matches 'raport'; did you mean 'report'?"),
    (Selection(tags: ["slwo"]), "no task has the tag 'slwo'; did you mean 'slow'?"),
    (Selection(tags: ["database"]), "no task has the tag 'database'; there are: net, slow"),
    (
      Selection(names: ["fetch"], skipped: ["f*", "count"]),
      "no task is left after skipping 'f*', 'count'"
    ),
  ])
  func aSelectionOfNothingSaysWhatThereIs(selection: Selection, text: String) throws {
    let error = #expect(throws: PlanError.self) { try Self.selecting(selection) }
    #expect(error?.description == text)
  }

  @Test func withoutTagsTheErrorSaysSo() throws {
    let error = #expect(throws: PlanError.self) {
      try Plan(
        Manifest(path: "", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: [task("a")]),
        selection: Selection(tags: ["x"]))
    }
    #expect(error?.description == "no task has the tag 'x'; no task has any tag")
  }

  @Test func edgesConnectWhatIsInThePlan() throws {
    let whole = try Self.selecting(Selection()).entries
    #expect(whole.map(\.needs) == [[], [], [0], [2]])
    #expect(whole.map(\.dependents) == [[2], [], [3], []])
    #expect(whole.map(\.task) == [0, 1, 2, 3])
    let part = try Self.selecting(Selection(names: ["report"], skipped: ["fetch"]))
    #expect(part.entries.map(\.needs) == [[], [0]])
    #expect(part.entries.map(\.dependents) == [[1], []])
    #expect(part.entries.map(\.task) == [2, 3])
    #expect((0..<4).map(part.entry(ofTask:)) == [nil, nil, 0, 1])
  }

  @Test func aPlanKnowsWhatIsReadOfResults() throws {
    var reader = task("reader", needs: [0, 1])
    reader.resultReads = [ResultRead(task: 0, field: .stdout), ResultRead(task: 0, field: .status)]
    reader.items = .results(ofTask: 1)
    var other = task("other", needs: [0])
    other.resultReads = [ResultRead(task: 0, field: .value)]
    let plan = try plan(task("a"), task("b"), reader, other)
    #expect(plan.entries.map(\.fieldsRead) == [[.value, .stdout, .status], [.items], [], []])
    #expect(plan.entries.map(\.readerCount) == [2, 1, 0, 0])
    #expect(plan.entries.map(\.sources) == [[], [], [0, 1], [0]])
    #expect(plan.entries.map(\.count) == [1, 1, nil, 1])
    #expect(plan.total == nil)
  }

  @Test func aTaskThatReadsASkippedResultIsAnErrorAndOneThatOnlyNeedsItIsNot() throws {
    var reader = task("reader", needs: [0])
    reader.position = SourcePosition(line: 7, column: 3, offset: 50)
    reader.resultReads = [ResultRead(task: 0, field: .value)]
    let tasks = [task("a"), reader, task("needer", needs: [0])]
    let manifest = Manifest(
      path: "tasks.yaml", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: tasks)
    let error = #expect(throws: PlanError.self) {
      try Plan(manifest, selection: Selection(skipped: ["a"]))
    }
    #expect(
      error?.description
        == "task 'reader' (tasks.yaml:7:3) reads the result of 'a', which is skipped; skip 'reader' too")
    let plan = try Plan(manifest, selection: Selection(skipped: ["a", "reader"]))
    #expect(plan.entries.map(\.definition.name) == ["needer"])
  }

  @Test func aTaskThatNoPoolCouldRunIsFound() throws {
    var wide = task("wide", .cpu)
    wide.cpus = 8
    wide.position = SourcePosition(line: 3, column: 5, offset: 20)
    let plan = try plan(task("a"), wide)
    try plan.check(poolSizes: PerKind(io: 1, cpu: 8))
    let error = #expect(throws: PlanError.self) { try plan.check(poolSizes: PerKind(io: 32, cpu: 4)) }
    #expect(
      error?.description == "task 'wide' (tasks.yaml:3:5) takes 8 slots, and the pool 'cpu' has 4; "
        + "set its 'cpus' to at most 4, or run with --cpu 8")
  }

  @Test func instancesAreNamedForTheirIndexOrLabel() throws {
    var build = task("build")
    build.items = .matrix(Matrix(combinations: [.init(members: ["os": "a", "n": 1], label: "a,1")]))
    let plan = try plan(task("plain"), task("many", count: 3), build)
    #expect(plan.entries[0].instanceID(nil) == "plain")
    #expect(plan.entries[1].instanceID(2) == "many[2]")
    #expect(plan.entries[2].instanceID(0) == "build[a,1]")
  }

  @Test(arguments: [
    ("", "", true), ("", "*", true), ("", "?", false), ("abc", "abc", true), ("abc", "ab", false),
    ("abc", "abcd", false), ("abc", "a*c", true), ("abc", "a**c", true), ("abc", "*b*", true),
    ("abc", "?*?", true), ("abc", "????", false), ("aXbXc", "a*Xc", true), ("aXbXd", "a*Xc", false),
    ("日本語", "日?語", true), ("a*c", "a*c", true), ("a[0]", "a[0]", true), ("abab", "*ab", true),
  ])
  func globsMatchWholeWords(word: String, glob: String, matches: Bool) {
    #expect(GlobPattern(glob).matches(word) == matches)
  }

  @Test func aGlobOfManyStarsIsFast() {
    let word = String(repeating: "a", count: 2000)
    #expect(!GlobPattern(String(repeating: "a*", count: 50) + "b").matches(word))
  }

  @Test(arguments: [
    (0, 10, 1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (0, 10, 4, [0, 4, 8]), (0, 8, 4, [0, 4]),
    (5, 5, 1, []), (5, 0, 1, []), (5, 0, -2, [5, 3, 1]), (4, 0, -2, [4, 2]), (0, 5, -1, []),
    (-2, 2, 3, [-2, 1]),
  ])
  func rangesEndBeforeTheirEnd(start: Int, end: Int, step: Int, items: [Int]) {
    let source = ItemSource.range(start: start, end: end, step: step)
    #expect((0..<(source.count ?? -1)).map { source[$0]?.intValue } == items)
  }

  @Test(arguments: [
    (Int.min, Int.max, 1, Int.max), (Int.max, Int.min, -1, Int.max), (Int.min, Int.max, Int.max, 3),
    (Int.max, Int.min, Int.min, 2), (0, Int.max, 1, Int.max),
  ])
  func rangesOfAnyBoundsCanBeCounted(start: Int, end: Int, step: Int, count: Int) {
    let source = ItemSource.range(start: start, end: end, step: step)
    #expect(source.count == count)
    #expect(source[min(count, 3) - 1]?.intValue != nil)
  }

  @Test func aPlanIsMadeInLinearTime() throws {
    let count = 20_000
    var tasks = [task("source")]
    for index in 1..<count {
      // A chain, and all of it needs the first.
      tasks.append(task("t\(index)", needs: index == 1 ? [0] : [0, index - 1]))
    }
    tasks.append(task("sink", needs: Array(0..<count)))
    let manifest = Manifest(
      path: "tasks.yaml", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: tasks)
    let plan = try Plan(manifest, selection: Selection(names: ["sink"]))
    #expect(plan.entries.count == count + 1)
    #expect(plan.entries[0].dependents.count == count)
    #expect(plan.entries[count].needs.count == count)
  }

  @Test func aPlanOfEndlessTasksCanBeMade() throws {
    var endless = task("a")
    endless.items = .range(start: Int.min, end: Int.max, step: 1)
    var more = endless
    more.name = "b"
    let plan = try Plan(
      Manifest(
        path: "", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: [task("first"), endless, more]))
    #expect(plan.total == Int.max)
  }
}
