import Synchronization
import TaskrunAPI
import TaskrunEngine
import Testing

/// The loop between the scheduler and the world, with a world that answers at once and a clock that jumps.
@Suite struct RunLoopTests {
  @Test func theLoopStartsStopsAndTellsInOrder() throws {
    let world = World { attempt in attempt.instance == "slow" ? .never : .ends(after: .seconds(1)) }
    let scheduler = Scheduler(
      try plan(task("slow", timeout: .seconds(2), grace: .seconds(1)), task("a", count: 3)),
      context: .sample(),
      poolSizes: PerKind(io: 2, cpu: 1))
    let lines = Mutex<[String]>([])
    RunLoop(scheduler, executor: world, inbox: world).run { event in
      lines.withLock { $0.append("\(event.time / .seconds(1)) \(event.word)") }
    }
    #expect(
      lines.withLock { $0 } == [
        "0.0 begin", "0.0 slow", "0.0 a[0]", "1.0 a[0] succeeded", "1.0 a[1]", "2.0 a[1] succeeded",
        "2.0 a[2]",
        "3.0 a[2] succeeded", "8.0 slow timed_out timeout", "8.0 end 1",
      ])
    #expect(world.stops == ["slow terminate(signal: 15)", "slow kill", "slow giveUp"])
  }

  @Test func theLoopEndsWithTheLastEvent() throws {
    let world = World { _ in .ends(after: .zero) }
    let events = Mutex(0)
    RunLoop(
      Scheduler(try plan(task("a", count: 500)), context: .sample(), poolSizes: PerKind(io: 3, cpu: 1)),
      executor: world, inbox: world
    ).run { _ in events.withLock { $0 += 1 } }
    #expect(events.withLock { $0 } == 2 + 2 * 500)
    #expect(world.pending == 0)
  }

  @Test func aSignalInTheInboxEndsTheRun() throws {
    let world = World { _ in .endsWhenStopped }
    world.send(.interrupted(signal: 15), at: .seconds(3))
    let last = Mutex<RunEnd?>(nil)
    RunLoop(
      Scheduler(try plan(task("a", count: 1000)), context: .sample(), poolSizes: PerKind(io: 2, cpu: 1)),
      executor: world, inbox: world
    ).run { event in
      if case .runFinished(let end) = event.kind { last.withLock { $0 = end } }
    }
    let end = last.withLock { $0 }
    #expect(end?.summary.counts == [.cancelled: 1000])
    #expect(end?.duration == .seconds(3))
    #expect(end?.exitCode == 143)
  }
}

extension RunEvent {
  fileprivate var word: String {
    switch kind {
    case .runStarted: "begin"
    case .taskStarted(let start): start.id
    case .taskFinished(let record): record.verdict
    case .runFinished(let end): "end \(end.exitCode)"
    }
  }
}

/// Executor, inbox and clock in one: waiting jumps to the next message or to the deadline.
private final class World: TaskExecutor, RunInbox {
  enum Behaviour: Sendable {
    case ends(after: Duration)
    case endsWhenStopped
    case never
  }

  private struct State {
    var now = Duration.zero
    var messages: [(time: Duration, message: RunMessage)] = []
    var attempts: [AttemptID: Attempt] = [:]
    var stops: [String] = []
  }

  private let behaviour: @Sendable (Attempt) -> Behaviour
  private let state = Mutex(State())

  init(_ behaviour: @escaping @Sendable (Attempt) -> Behaviour) {
    self.behaviour = behaviour
  }

  var now: Duration { state.withLock { $0.now } }
  var stops: [String] { state.withLock { $0.stops } }
  var pending: Int { state.withLock { $0.messages.count } }

  func send(_ message: RunMessage, at time: Duration) {
    state.withLock { $0.messages.append((time, message)) }
  }

  func start(_ attempt: Attempt) {
    let now = state.withLock { state in
      state.attempts[attempt.id] = attempt
      return state.now
    }
    send(.started(attempt.id, time: now), at: now)
    if case .ends(let pause) = behaviour(attempt) { finish(attempt.id, at: now + pause, wasStopped: false) }
  }

  func stop(_ id: AttemptID, kind: TaskKind, _ stop: Stop) {
    let (attempt, now) = state.withLock { state in
      state.stops.append("\(state.attempts[id]?.instance ?? "?") \(stop)")
      return (state.attempts[id], state.now)
    }
    if let attempt, case .endsWhenStopped = behaviour(attempt) { finish(id, at: now, wasStopped: true) }
  }

  private func finish(_ id: AttemptID, at time: Duration, wasStopped: Bool) {
    send(
      .finished(id, time: time, AttemptOutcome(.succeeded(.null), wasStopped: wasStopped, executor: .thread)),
      at: time)
  }

  func run(_ step: ([RunMessage]) -> RunStep) {
    var messages: [RunMessage] = []
    while case .waits(let deadline) = step(messages) { messages = receive(until: deadline) }
  }

  private func receive(until deadline: Duration?) -> [RunMessage] {
    state.withLock { state in
      let next = state.messages.map(\.time).min()
      // With neither a message nor a deadline the loop would sleep for ever: the test fails by its time limit.
      if let wake = [next, deadline].compactMap({ $0 }).min() { state.now = max(state.now, wake) }
      let now = state.now
      defer { state.messages.removeAll { $0.time <= now } }
      return state.messages.filter { $0.time <= now }.map(\.message)
    }
  }
}
