import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import TestSupport
import Testing

/// Whatever the graph: the laws that ``Drill`` checks after each step hold, and how wide the pools are changes when
/// things run but not how they end.
@Suite struct GraphPropertyTests {
  @Test(arguments: 0..<300)
  func aRunEndsTheSameWithPoolsOfAnySize(seed: UInt64) throws {
    var random = SplitMix(seed: seed &* 7919)
    let graph = RandomGraph(&random)
    let plan = try plan(graph.tasks, limits: graph.limits)
    var one = Rehearsal(plan, size: 1, graph)
    try one.run(&random)
    var many = Rehearsal(plan, size: Int.random(in: 2...9, using: &random), graph)
    try many.run(&random)
    #expect(one.statuses == many.statuses)
    #expect(one.drill.end?.exitCode == many.drill.end?.exitCode)
    #expect(one.statuses == Rehearsal.reckon(plan, graph), "not what the graph says")
  }
}

/// A graph and, for each attempt, how it ends.
private struct RandomGraph {
  private(set) var tasks: [TaskDefinition] = []
  private(set) var limits: [Limit] = []
  private let failing: Int

  init(_ random: inout SplitMix) {
    limits = (0..<Int.random(in: 0...3, using: &random)).map {
      Limit(name: "l\($0)", count: Int.random(in: 1...3, using: &random))
    }
    failing = Int.random(in: 0...6, using: &random)
    for index in 0..<Int.random(in: 1...12, using: &random) { tasks.append(task(index, &random)) }
  }

  private func task(_ index: Int, _ random: inout SplitMix) -> TaskDefinition {
    let needs = (0..<index).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    var task = TaskrunEngineTests.task(
      "t\(index)", Bool.random(using: &random) ? .io : .cpu,
      count: Bool.random(using: &random) ? Int.random(in: 0...4, using: &random) : nil, needs: needs)
    if !needs.isEmpty {
      task.condition = [.success, .success, .failure, .always].randomElement(using: &random) ?? .success
    }
    if let source = needs.randomElement(using: &random) {
      if Int.random(in: 0..<3, using: &random) == 0 { task.items = .results(ofTask: source) }
      if Bool.random(using: &random) { task.resultReads = [ResultRead(task: source, field: .value)] }
    }
    task.limits = limits.indices.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
    task.cpus = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 2...4, using: &random) : 1
    if Bool.random(using: &random) {
      task.retry = RetryPolicy(maximum: Int.random(in: 0...2, using: &random))
      task.retry?.delay = .seconds(Int.random(in: 0...3, using: &random))
      task.retry?.jitter = 0.5
    }
    if Int.random(in: 0..<4, using: &random) == 0 { task.allowedFailure = .any }
    return task
  }

  /// Whether an attempt succeeds. It follows from its name, so that it does so in every run.
  func succeeds(_ instance: String, _ number: Int) -> Bool {
    let hash = "\(instance) \(number)".utf8.reduce(14_695_981_039) {
      ($0 ^ Int($1)) &* 1_099_511_627 & 0xFFFF_FFFF
    }
    return hash / 65536 % 12 >= failing
  }
}

/// A run of a graph whose attempts end in random order.
private struct Rehearsal {
  private(set) var drill: Drill
  private let graph: RandomGraph

  init(_ plan: Plan, size: Int, _ graph: RandomGraph) {
    self.graph = graph
    drill = Drill(plan, io: size, cpu: size, seed: UInt64(size))
  }

  /// How every instance ended.
  var statuses: [String: String] {
    Dictionary(
      drill.records.map { ($0.id, "\($0.verdict) \($0.isAllowedFailure)") }, uniquingKeysWith: { $0 + $1 })
  }

  mutating func run(_ random: inout SplitMix) throws {
    var steps = 0
    while drill.end == nil, steps < 5000 {
      steps += 1
      if let id = drill.open.sorted(by: { $0.number < $1.number }).randomElement(using: &random),
        let attempt = drill.attempts[id]
      {
        if Bool.random(using: &random) { drill.begin(attempt.instance) }
        let succeeds = graph.succeeds(attempt.instance, attempt.number)
        drill.finish(attempt.instance, succeeds ? .succeeded([1, 2]) : .broken, exitCode: succeeds ? 0 : 1)
        if Bool.random(using: &random) { drill.step(to: drill.now + .milliseconds(700)) }
      } else {
        // Nothing runs and the run is not over: somebody waits for a retry.
        let due = try #require(drill.scheduler.nextDue, "the run has come to a stop")
        drill.step(to: max(drill.now, due))
      }
    }
    #expect(drill.fault == nil)
    #expect(drill.end != nil, "the run did not end")
  }

  // MARK: What has to come out

  /// How every instance ends, reckoned task by task: so much simpler than the scheduler that it shows its mistakes.
  static func reckon(_ plan: Plan, _ graph: RandomGraph) -> [String: String] {
    var statuses: [String: String] = [:]
    /// What became of each task: whether it is well, and whether what is wrong is a failure.
    var outcomes: [(isWell: Bool, isFailure: Bool)] = []
    /// How many items each task gives to others.
    var results: [Int] = []
    for entry in plan.entries {
      let task = entry.definition
      let needs = entry.needs.map { outcomes[$0] }
      let isWell = needs.allSatisfy(\.isWell)
      let hasFailure = needs.contains { $0.isFailure }
      let runs =
        switch task.condition {
        case .success: isWell
        case .failure: hasFailure
        case .always: true
        }
      var count = entry.count
      if count == nil, case .results(let source)? = task.items, runs { count = results[source] }
      let ids =
        task.items == nil || count == nil ? [task.name] : (0..<(count ?? 0)).map { "\(task.name)[\($0)]" }
      var outcome = (isWell: true, isFailure: false)
      var succeeded = 0
      for id in ids {
        if runs {
          let tries = 1...(1 + (task.retry?.maximum ?? 0))
          let isGood = tries.contains { graph.succeeds(id, $0) }
          let isAllowed = !isGood && task.allowedFailure != nil
          statuses[id] = isGood ? "\(id) succeeded false" : "\(id) failed exit \(isAllowed)"
          if isGood { succeeded += 1 }
          if !isGood, !isAllowed { outcome = (false, true) }
        } else {
          let isDependency = task.condition == .success
          statuses[id] = "\(id) skipped \(isDependency ? "dependency" : "condition") false"
          outcome = (false, isDependency && hasFailure)
        }
      }
      outcomes.append(outcome)
      // A plain task returns a list of two.
      results.append(task.items == nil ? succeeded * 2 : succeeded)
    }
    return statuses
  }
}
