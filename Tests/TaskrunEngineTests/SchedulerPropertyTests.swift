import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import TestSupport
import Testing

/// Whatever the plan, the sizes and the executor: the laws that ``Drill`` checks after each step hold, and the run
/// comes to its end.
@Suite struct SchedulerPropertyTests {
  @Test(arguments: 0..<300)
  func theLawsHoldInEveryRun(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var chaos = try Chaos(&random)
    chaos.run(&random)
    #expect(chaos.drill.fault == nil)
    #expect(chaos.drill.end != nil, "the run did not end")
    #expect(chaos.problems == [])
    #expect(chaos.drill.end?.exitCode == chaos.expectedExitCode)
  }
}

/// A run whose executor does what the dice say, within the rules of an executor.
private struct Chaos {
  /// What an attempt does, decided when it starts.
  private enum Nature: CaseIterable {
    case succeeds, fails, cannotStart
    /// Ends only after a signal.
    case needsTerm
    /// Ends only after a kill.
    case needsKill
    /// Never ends.
    case immortal
  }

  private(set) var drill: Drill
  private(set) var problems: [String] = []
  private let policy: RunPolicy
  private var natures: [AttemptID: Nature] = [:]
  private var begun: Set<AttemptID> = []
  private var seenStops = 0
  private var stopped: [AttemptID: Stop] = [:]
  private var signals: [Int] = []
  private var isPastDeadline = false
  private let willInterrupt: Bool

  init(_ random: inout SplitMix) throws {
    let tasks = (0..<Int.random(in: 1...6, using: &random)).map { index in
      Self.task(
        "t\(index)", Bool.random(using: &random) ? .io : .cpu, index,
        count: Bool.random(using: &random) ? Int.random(in: 0...12, using: &random) : nil,
        timeout: Bool.random(using: &random) ? .seconds(Int.random(in: 1...9, using: &random)) : nil,
        grace: Bool.random(using: &random) ? .seconds(Int.random(in: 0...5, using: &random)) : nil, &random)
    }
    policy = RunPolicy(
      maximumFailures: Bool.random(using: &random) ? Int.random(in: 1...4, using: &random) : nil,
      deadline: Int.random(in: 0..<4, using: &random) == 0
        ? .seconds(Int.random(in: 1...40, using: &random)) : nil,
      // So that nothing runs for ever.
      timeout: .seconds(20))
    willInterrupt = Int.random(in: 0..<4, using: &random) == 0
    drill = Drill(
      try plan(tasks, limits: [Limit(name: "one", count: 1)]), io: Int.random(in: 1...4, using: &random),
      cpu: Int.random(in: 1...3, using: &random),
      policy: policy)
  }

  /// A task that may need those before it, run in any case, be repeated, take several slots or hold the limit.
  private static func task(
    _ name: String, _ kind: TaskKind, _ index: Int, count: Int?, timeout: Duration?, grace: Duration?,
    _ random: inout SplitMix
  ) -> TaskDefinition {
    let needs = (0..<index).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    var task = TaskrunEngineTests.task(
      name, kind, count: count, needs: needs, timeout: timeout, grace: grace)
    if !needs.isEmpty, Bool.random(using: &random) { task.condition = .always }
    if Bool.random(using: &random) {
      task.retry = RetryPolicy(maximum: Int.random(in: 1...2, using: &random))
      task.retry?.delay = .milliseconds(Int.random(in: 0...2000, using: &random))
    }
    if Int.random(in: 0..<4, using: &random) == 0 { task.limits = [0] }
    if Int.random(in: 0..<4, using: &random) == 0 { task.cpus = 2 }
    if Int.random(in: 0..<4, using: &random) == 0 { task.allowedFailure = .any }
    return task
  }

  mutating func run(_ random: inout SplitMix) {
    var steps = 0
    while drill.end == nil, steps < 3000 {
      steps += 1
      look(&random)
      var messages = news(&random)
      if willInterrupt, signals.count < 3, Int.random(in: 0..<30, using: &random) == 0 {
        let signal = [1, 2, 15].randomElement(using: &random) ?? 2
        signals.append(signal)
        messages.insert(.interrupted(signal: signal), at: Int.random(in: 0...messages.count, using: &random))
      }
      let pause = Duration.milliseconds([0, 0, 1, 250, 1000].randomElement(using: &random) ?? 0)
      drill.step(to: drill.now + pause, messages)
      if let deadline = policy.deadline, drill.end == nil, drill.now >= deadline { isPastDeadline = true }
    }
    check()
  }

  /// Learns what has been started and stopped since.
  private mutating func look(_ random: inout SplitMix) {
    for id in drill.open.sorted(by: { $0.number < $1.number }) where natures[id] == nil {
      natures[id] = Nature.allCases.randomElement(using: &random)
    }
    for (id, _, stop) in drill.stops[seenStops...] {
      if case .kill? = stopped[id], case .terminate = stop { problems.append("terminated after the kill") }
      if stop == stopped[id] { problems.append("the same stop twice") }
      stopped[id] = stop
    }
    seenStops = drill.stops.count
  }

  /// What the executor tells in this step, in random order among attempts.
  private mutating func news(_ random: inout SplitMix) -> [RunMessage] {
    var messages: [RunMessage] = []
    for id in drill.open.sorted(by: { $0.number < $1.number }).shuffled(using: &random)
    where Bool.random(using: &random) {
      guard let nature = natures[id] else { continue }
      // Messages of different threads may overtake one another.
      let time =
        drill.now - .milliseconds(Int.random(in: 0...Int(drill.now / .milliseconds(1)), using: &random) / 20)
      if nature != .cannotStart, begun.insert(id).inserted {
        messages.append(.started(id, time: time))
        continue
      }
      guard let outcome = outcome(nature, stopped[id], &random) else { continue }
      drill.close(id)
      messages.append(.finished(id, time: time, outcome))
    }
    return messages
  }

  private func outcome(_ nature: Nature, _ stop: Stop?, _ random: inout SplitMix) -> AttemptOutcome? {
    let isKilled = stop == .kill
    switch nature {
    case .needsTerm where stop == nil, .needsKill where !isKilled, .immortal: return nil
    case .succeeds:
      return AttemptOutcome(
        .succeeded("v"), wasStopped: stop != nil && Bool.random(using: &random), executor: .thread)
    case .fails:
      return AttemptOutcome(
        .broken, wasStopped: stop != nil && Bool.random(using: &random), executor: .thread)
    case .cannotStart:
      let error = ErrorDescription(type: "not_found", message: "no such program: 'x'")
      return AttemptOutcome(.failed(.notStarted, error), wasStopped: stop != nil, executor: .thread)
    case .needsTerm, .needsKill: return AttemptOutcome(.broken, wasStopped: true, executor: .thread)
    }
  }

  // MARK: Afterwards

  /// What the exit code must be, told from the outside.
  var expectedExitCode: Int {
    if let signal = signals.first { return 128 + signal }
    if isPastDeadline || drill.records.contains(where: { $0.reason == .deadline }) { return 124 }
    return failures.isEmpty ? 0 : 1
  }

  /// What counts as a failure.
  private var failures: [TaskRecord] {
    drill.records.filter { ($0.status == .failed || $0.status == .timedOut) && !$0.isAllowedFailure }
  }

  private mutating func check() {
    if policy.maximumFailures == nil, drill.records.contains(where: { $0.reason == .failFast }) {
      problems.append("fail-fast that nobody asked for")
    }
    if let limit = policy.maximumFailures, signals.isEmpty, policy.deadline == nil, failures.count < limit,
      drill.records.contains(where: { $0.status == .cancelled })
    {
      problems.append("cancelled after \(failures.count) of \(limit) failures")
    }
    for record in drill.records where record.value != nil && record.status != .succeeded {
      problems.append("'\(record.id)' has a value and is \(record.status)")
    }
    for record in drill.records where record.reason == .timeout && record.started == nil {
      problems.append("'\(record.id)' timed out without a start")
    }
  }
}
