import Synchronization
import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// Results that are taken over from an earlier run, and the fingerprints that decide about it.
@Suite struct ResumeTests {
  private static func taking(_ results: [String: Value]) -> PreviousResults {
    { id, _ in results[id].map { PreviousResult(value: $0, stdout: CapturedOutput(head: [111])) } }
  }

  @Test func whatSucceededIsTakenOverAndGivesItsResultToOthers() throws {
    var drill = Drill(
      try plan(task("a", count: 3), task("each").forEachResult(of: 0)), io: 1,
      previous: Self.taking(["a[0]": "x", "a[2]": "z", "each[0]": "old"]))
    #expect(drill.verdicts == ["a[0] skipped resumed"])
    #expect(drill.running == ["a[1]"])
    drill.finish("a[1]", .succeeded("y"))
    #expect(drill.verdicts.last == "a[2] skipped resumed")
    // One of its needs has run again, so its input may be another one.
    #expect(drill.running == ["each[0]"])
    drill.finishAll()
    #expect(drill.records.filter { $0.task == "each" }.map(\.item) == ["x", "y", "z"])
    #expect(drill.records.first?.value == "x")
    #expect(drill.records.first?.stdout.text == "o")
    #expect(drill.records.first?.fingerprint?.count == 32)
    #expect(drill.end?.exitCode == 0)
    #expect(drill.fault == nil)
  }

  @Test func wholeChainsAreTakenOver() throws {
    let results: [String: Value] = ["a": 1, "b[0]": 2, "b[1]": 3, "d": 4]
    var drill = Drill(
      try plan(
        task("a"), task("b", count: 2, needs: [0]), task("none", count: 0, needs: [1]), task("c", needs: [2]),
        task("d", needs: [3])), previous: Self.taking(results))
    #expect(drill.running == ["c"])
    drill.finish("c")
    #expect(drill.running == ["d"])
    drill.finish("d")
    #expect(
      drill.verdicts == [
        "a skipped resumed", "b[0] skipped resumed", "b[1] skipped resumed", "c succeeded", "d succeeded",
      ])
    #expect(drill.fault == nil)
  }

  @Test func manyResultsAreTakenOverInShortSteps() throws {
    let count = 20_000
    var scheduler = Scheduler(
      try plan(task("a", count: count)), context: .sample(), poolSizes: PerKind(io: 4, cpu: 1)
    ) { _, _ in PreviousResult(value: nil) }
    var largest = 0
    var resumed = 0
    while !scheduler.isFinished {
      let actions = scheduler.advance(to: .zero)
      largest = max(largest, actions.count)
      resumed += actions.compactMap(\.finished).filter { $0.reason == .resumed }.count
    }
    #expect(resumed == count)
    #expect(largest <= 300)
  }

  // MARK: Fingerprints

  private static func fingerprint(
    _ definition: TaskDefinition, index: Int? = nil, item: Value? = nil, number: Int = 1, slot: Int = 0,
    context: RunContext = .sample()
  ) throws -> String {
    let instance = TaskInstance(id: "a", index: index, item: item)
    return try context.attempt(instance, of: definition, id: AttemptID(0), number: number, slot: slot)
      .fingerprint
  }

  private static let base = task("a", .cpu).with {
    $0.with = [.init(key: "value", value: .literal(["k": 1, "l": [true, .null, 1.5, "s"]]))]
    $0.env = [.init(key: "A", value: .literal("b"))]
  }

  @Test func aFingerprintIsTheSameOnEveryMachine() throws {
    #expect(try Self.fingerprint(Self.base) == "657b4f7fae55aada335c663a8f13124c")
  }

  @Test func whatDiffersFromRunToRunDoesNotCount() throws {
    let own = try Self.fingerprint(Self.base)
    #expect(try Self.fingerprint(Self.base, number: 3, slot: 2) == own)
    var context = RunContext.sample(environment: ["OMP_NUM_THREADS": "9", "HOME": "/x"])
    context.runID = "other"
    context.directory = "/elsewhere"
    #expect(try Self.fingerprint(Self.base, context: context) == own)
    let changed = Self.base.with {
      $0.timeout = .seconds(1)
      $0.retry = RetryPolicy(maximum: 2)
      $0.cpus = 4
      $0.description = "other"
      $0.with = [.init(key: "value", value: .literal(["l": [true, .null, 1.5, "s"], "k": 1]))]
    }
    #expect(try Self.fingerprint(changed) == own)
  }

  @Test func everythingElseCounts() throws {
    let changes: [(inout TaskDefinition) -> Void] = [
      { $0.uses = "other" }, { $0.with = [] }, { $0.env = [] },
      { $0.with = [.init(key: "value", value: .literal(["k": 2, "l": [true, .null, 1.5, "s"]]))] },
      { $0.with = [.init(key: "value", value: .literal(["k": "1", "l": [true, .null, 1.5, "s"]]))] },
      { $0.with = [.init(key: "value", value: .literal(["k": 1, "l": [true, .null, 1.5], "m": "s"]))] },
      { $0.env = [.init(key: "AB", value: .literal(""))] },
      { $0.env = [.init(key: "", value: .literal("Ab"))] },
      { $0.dir = .literal("sub") }, { $0.stdin = .literal("") }, { $0.stdin = .literal("x") },
      { $0.outputs = .json },
    ]
    var seen = [try Self.fingerprint(Self.base)]
    for change in changes { seen.append(try Self.fingerprint(Self.base.with(change))) }
    #expect(Set(seen).count == changes.count + 1)
  }

  @Test func theSchedulerAsksWithTheFingerprintThatTheRecordShows() throws {
    let asked = Mutex<[String]>([])
    var drill = Drill(
      try plan(task("a")),
      previous: { id, fingerprint in
        asked.withLock { $0.append("\(id) \(fingerprint)") }
        return nil
      })
    drill.fail("a")
    let record = try #require(drill.records.first)
    #expect(asked.withLock { $0 } == ["a \(record.fingerprint ?? "")"])
    #expect(record.fingerprint == drill.attempts[AttemptID(0)]?.fingerprint)
  }
}
