import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct NeedsTests {
  typealias Need = TaskDefinition.Need

  /// Tasks with these further keys, in this order.
  static func load(_ tasks: (name: String, keys: String)..., top: String = "") throws -> [TaskDefinition] {
    let lines = tasks.map { "  \($0.name): {\($0.keys)}\n" }.joined()
    return try TaskrunManifestTests.load(top + "defaults: {kind: io, run: [x]}\ntasks:\n" + lines).tasks
  }

  @Test func namesMayStandFurtherDown() throws {
    let tasks = try Self.load(("a", "needs: [c, b]"), ("b", "needs: c"), ("c", "needs: []"))
    #expect(tasks.map(\.needs) == [[Need(task: 2), Need(task: 1)], [Need(task: 2)], []])
    #expect(tasks.allSatisfy { $0.condition == .success && $0.resultReads.isEmpty })
  }

  @Test func whatIsReadIsNeededBehindWhatIsWritten() throws {
    let tasks = try Self.load(
      ("a", ""), ("b", ""), ("c", ""), ("d", ""),
      (
        "e",
        "foreach: {from: d}, run: [x, '{{ tasks.c.value }}{{ tasks.a.stdout }}'], "
          + "stdin: '{{ tasks.c.status }}{{ tasks.c.value.0 }}', needs: [b, a]"
      ))
    #expect(
      tasks[4].needs == [
        Need(task: 1), Need(task: 0), Need(task: 3, isImplied: true), Need(task: 2, isImplied: true),
      ])
    #expect(
      tasks[4].resultReads == [
        ResultRead(task: 2, field: .value), ResultRead(task: 0, field: .stdout),
        ResultRead(task: 2, field: .status),
      ])
    #expect(tasks[4].items == .results(ofTask: 3))
  }

  @Test(
    "what is replaced is not needed",
    arguments: [
      ("run: [x, '{{ tasks.a.value }}']", "run: [y]"),
      ("env: {A: '{{ tasks.a.value }}'}", "run: [y], env: {A: y}"),
      ("uses: any.value, with: {value: '{{ tasks.a.value }}'}", "run: [y]"),
      ("needs: a", "run: [y], needs: []"),
      ("foreach: {from: a}", "run: [y], foreach: [1]"),
    ])
  func replaced(inDefaults: String, own: String) throws {
    let source = "defaults: {kind: io, \(inDefaults)}\ntasks: {a: {\(own)}, b: {\(own)}}\n"
    let tasks = try TaskrunManifestTests.load(source).tasks
    #expect(tasks.allSatisfy { $0.needs.isEmpty && $0.resultReads.isEmpty })
  }

  @Test func variablesOfTheManifestMayReadResultsWhereTheyAreOverlaid() throws {
    let tasks = try Self.load(("a", "env: {A: own}"), ("b", ""), top: "env: {A: '{{ tasks.a.stdout }}'}\n")
    #expect(tasks.map(\.needs) == [[], [Need(task: 0, isImplied: true)]])
  }

  @Test(
    "the longest name wins that a part follows",
    arguments: [
      ("tasks.a.value", 0, .value, "A"), ("tasks.a.b.value", 1, .value, "AB"),
      ("tasks.a.stdout", 0, .stdout, "out"), ("tasks.a.value.value", 2, .value, "AV"),
      ("tasks.x-1.value.items.1.k", 3, .value, 5), ("tasks.x-1.status", 3, .status, "succeeded"),
      ("tasks.x-1.value.none | default: 7", 3, .value, 7),
      ("tasks.x-1.value.absent | default: 7", 3, .value, 7),
      ("tasks.a.status | default: 'no'", 0, .status, "no"),
      ("tasks.x-1.value | json", 3, .value, #"{"items":[0,{"k":5}],"none":null}"#),
    ] as [(String, Int, ResultRead.Field, Value)])
  func results(path: String, task: Int, field: ResultRead.Field, expected: Value) throws {
    let quoted = path.replacing("'", with: "\"")
    let tasks = try Self.load(
      ("a", ""), ("a.b", ""), ("a.value", ""), ("x-1", ""),
      ("t", "uses: any.value, with: {value: '{{ \(quoted) }}'}"))
    #expect(tasks[4].resultReads == [ResultRead(task: task, field: field)])
    let results: [ResultRead: Value] = [
      .init(task: 0, field: .value): "A", .init(task: 0, field: .stdout): "out",
      .init(task: 1, field: .value): "AB", .init(task: 2, field: .value): "AV",
      .init(task: 3, field: .value): ["items": [0, ["k": 5]], "none": .null],
      .init(task: 3, field: .status): "succeeded",
    ]
    #expect(try tasks[4].with[0].value.evaluate(in: TemplateScope { results[$0] }) == expected)
  }

  @Test func aResultThatIsNotThereSaysWhichOne() throws {
    let tasks = try Self.load(("a", ""), ("t", "run: [x, '{{ tasks.a.value.k }}']"))
    do {
      _ = try evaluate(tasks[1].with)
      Issue.record("it has been filled")
    } catch {
      #expect(
        "\(error)" == """
          '{{ tasks.a.value.k }}': 'tasks.a.value' has no value, for the task did not succeed; \
          write '| default: ...' for that case
          """)
    }
    let error = #expect(throws: TemplateError.self) {
      try tasks[1].with[0].value.evaluate(in: TemplateScope { _ in ["j": 1] })
    }
    #expect(error?.description == "'{{ tasks.a.value.k }}': 'tasks.a.value.k' does not exist")
  }

  @Test(arguments: TaskDefinition.Condition.allCases)
  func conditionsAreRead(_ condition: TaskDefinition.Condition) throws {
    #expect(try Self.load(("a", ""), ("b", "needs: a, if: \(condition.rawValue)"))[1].condition == condition)
  }

  @Test func readingAResultIsEnoughForIfFailure() throws {
    #expect(
      try Self.load(("a", ""), ("b", "if: failure, stdin: '{{ tasks.a.status }}'"))[1].condition == .failure)
  }

  @Test func bracesInItemsAreData() throws {
    #expect(try Self.load(("a", "foreach: ['{{ tasks.b.value }}']"))[0].needs.isEmpty)
  }

  @Test func eachPartHasOneCycleAndEachEdgeItsPlace() {
    let marked = MarkedText(
      """
      defaults: {kind: io, run: [x]}
      tasks:
        p: {needs: [1️⃣q, r]}
        q: {needs: [2️⃣r, p2]}
        p2: {needs: 3️⃣w}
        r: {stdin: "4️⃣{{ tasks.p.value }}", needs: q}
        v: {needs: 5️⃣v}
        w: {needs: v}

      """)
    let rejected = rejection(of: marked.bytes)
    #expect(
      rejected.diagnostics.map(\.message) == [
        "tasks need each other in a cycle: p -> r -> p", "task 'v' needs itself",
      ])
    let places = rejected.diagnostics.flatMap { [$0.span.start] + $0.secondary.map(\.span.start) }
    #expect(places.last == marked.marks["5️⃣"] && places[1] == marked.marks["4️⃣"])
    #expect(rejected.diagnostics[0].label == "'p' needs 'r'")
    #expect(rejected.diagnostics[0].secondary.map(\.text) == ["'r' reads 'p'"])
  }

  @Test func aCycleIsShownInOrder() {
    let source = """
      defaults: {kind: io, run: [x]}
      tasks:
        a: {needs: b}
        b: {needs: [c]}
        c: {foreach: {from: a}}

      """
    #expect(
      rejection(of: source).text() == """
        error[E0242]: tasks need each other in a cycle: a -> b -> c -> a
         --> tasks.yaml:3:14
          |
        3 |   a: {needs: b}
          |              ^ 'a' needs 'b'
        4 |   b: {needs: [c]}
          |               - 'b' needs 'c'
        5 |   c: {foreach: {from: a}}
          |                       - 'c' has an instance for each result of 'a'


        """)
  }

  @Test func aLongCycleIsCut() {
    let lines = (0..<30_000).map { "  t\($0): {needs: t\(($0 + 1) % 30_000)}\n" }.joined()
    let rejected = rejection(of: "defaults: {kind: io, run: [x]}\ntasks:\n" + lines)
    #expect(
      rejected.diagnostics.map(\.message) == [
        "tasks need each other in a cycle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> t8 -> (29991 more) -> t0"
      ])
    #expect(rejected.diagnostics.first?.secondary.count == 8)
  }

  @Test func aChainOf100000TasksIsRead() throws {
    let count = 100_000
    let lines = (0..<count).map { $0 + 1 < count ? "  t\($0): {needs: t\($0 + 1)}\n" : "  t\($0): {}\n" }
    let tasks = try TaskrunManifestTests.load("defaults: {kind: io, run: [x]}\ntasks:\n" + lines.joined())
      .tasks
    #expect(tasks.count == count && tasks[0].needs == [Need(task: 1)] && tasks[count - 1].needs.isEmpty)
  }

  @Test func aTaskMayNeedManyAndBeNeededByMany() throws {
    let count = 20_000
    let names = (0..<count).map { "t\($0)" }
    let source =
      "defaults: {kind: io, run: [x]}\ntasks:\n" + names.map { "  \($0): {needs: first}\n" }.joined()
      + "  first: {}\n  last: {needs: [\(names.joined(separator: ", "))]}\n"
    let tasks = try TaskrunManifestTests.load(source).tasks
    #expect(tasks[count + 1].needs == (0..<count).map { Need(task: $0) })
    #expect(tasks[7].needs == [Need(task: count)])
  }
}
