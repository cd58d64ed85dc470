import CSystem
import ConcurrentFutures
import Synchronization
package import TaskrunEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The real inbox of a run: a queue that any thread can fill, the scheduling loop that empties it, and the run's clock.
///
/// The loop has a thread, the one that calls ``run(_:)``. While that one sleeps, a thread that has come to the end of an
/// attempt takes the step itself: then nobody has to be woken, and it finds its next attempt in the queue of its pool.
///
/// While the loop's thread waits it can do two more things: watch one command, which saves a thread that would only
/// wait, and do something later, which is never done in a run that is over before.
package final class RunMailbox: RunInbox {
  /// One step of the loop.
  package typealias Step = @Sendable ([RunMessage]) -> RunStep

  /// Something that is called on the loop's thread while it waits.
  private struct Watch: Sendable {
    /// What to poll.
    let descriptors: @Sendable () -> (exit: Int32, output: Int32, error: Int32)
    /// Called when one of them is readable; returns whether there is nothing more to watch.
    let look: @Sendable () -> Bool
  }

  /// Who takes the next step.
  private enum Turn: Sendable {
    /// The loop's thread, which is awake.
    case loop
    /// The loop's thread, which polls and has to be woken in another way.
    case poll
    /// Whoever comes first: the loop's thread sleeps, until that time at most.
    case open(until: Duration?)
    /// A thread that has sent messages; it is at it.
    case sender
  }

  private struct State: Sendable {
    var waiting: [RunMessage] = []
    var turn = Turn.loop
    /// What a step is, while the loop runs.
    var step: Step?
    /// Whether the loop's thread must not sleep on: it has slept long enough, or a step of another thread has named an
    /// earlier time.
    var isDue = false
    /// Whether a step of another thread was the last one.
    var isOver = false

    mutating func takeMessages() -> [RunMessage] {
      defer { waiting = [] }
      return waiting
    }
  }

  private let start: ContinuousClock.Instant
  private let state = Monitor(State())
  private let watched = Mutex<Watch?>(nil)
  private let reminder = Mutex<(time: Duration, body: @Sendable () -> Void)?>(nil)
  /// What wakes the loop while it polls; made when it does so for the first time.
  private let wakeup = Mutex<(readEnd: Int32, writeEnd: Int32)?>(nil)

  /// Makes an inbox whose clock starts at that instant.
  package init(start: ContinuousClock.Instant = .now) {
    self.start = start
  }

  deinit {
    guard let (readEnd, writeEnd) = wakeup.withLock({ $0 }) else { return }
    close(readEnd)
    if writeEnd != readEnd { close(writeEnd) }
  }

  /// The time since the run's start.
  package var now: Duration { time(of: .now) }

  /// An instant as time since the run's start.
  package func time(of instant: ContinuousClock.Instant) -> Duration { start.duration(to: instant) }
}

// MARK: - Sending

extension RunMailbox {
  /// Adds a message and wakes the loop's thread for it. Any thread.
  package func send(_ message: RunMessage) {
    let turn = state.withLock { state in
      state.waiting.append(message)
      return state.turn
    }
    wake(turn)
  }

  /// Adds messages, which one step gets together, and takes that step if the loop's thread sleeps. For threads on which
  /// nobody waits, without a lock in their hands.
  func deliver(_ messages: RunMessage...) {
    let (turn, batch, step) = state.withLock { state -> (Turn, [RunMessage], Step?) in
      state.waiting += messages
      guard case .open = state.turn, let step = state.step else { return (state.turn, [], nil) }
      defer { state.turn = .sender }
      return (state.turn, state.takeMessages(), step)
    }
    guard case .open(let limit) = turn, let step else { return wake(turn) }
    let next = step(batch)
    // One step: the attempt that it has started may be waiting for this very thread.
    let isToBeWoken = state.withLock { state in
      state.turn = .open(until: limit)
      switch next {
      case .waits(let time?) where limit.map({ time < $0 }) ?? true: state.isDue = true
      case .waits: break
      case .isOver: (state.isDue, state.isOver) = (true, true)
      }
      return state.isDue || !state.waiting.isEmpty
    }
    if isToBeWoken { state.signal() }
  }

  /// Whether a thread that delivers something would take the step now.
  var isAsleep: Bool {
    state.withLock { state in
      if case .open = state.turn { true } else { false }
    }
  }

  private func wake(_ turn: Turn) {
    switch turn {
    case .open: state.signal()
    case .poll: if let wakeup = wakeup.withLock({ $0 }) { csystem_wake(wakeup.writeEnd) }
    // Who is at a step looks for more after it.
    case .loop, .sender: break
    }
  }
}

// MARK: - The loop's thread

extension RunMailbox {
  package func run(_ step: @escaping Step) {
    state.withLock { $0.step = step }
    defer { state.withLock { $0.step = nil } }
    var messages: [RunMessage] = []
    while case .waits(let deadline) = step(messages) {
      guard let next = receive(until: deadline) else { return }
      messages = next
    }
  }

  /// Waits for messages and takes all of them.
  /// - Returns: none if it is time for a step all the same; `nil` if the run is over.
  private func receive(until deadline: Duration?) -> [RunMessage]? {
    remindIfDue()
    var limit = deadline
    if let time = reminder.withLock({ $0?.time }) { limit = min(time, deadline ?? time) }
    if let watch = watched.withLock({ $0 }) { return poll(watch, until: limit) }
    sleep(until: limit)
    return state.withLock { state in
      state.isDue = false
      return state.isOver ? nil : state.takeMessages()
    }
  }

  /// Sleeps until there is something to do, and has the turn then.
  private func sleep(until limit: Duration?) {
    let isAwake: Void? = state.wait(until: limit.map { start + $0 }) { state in
      if case .sender = state.turn { return nil }
      let isWoken = state.isDue || !state.waiting.isEmpty
      state.turn = isWoken ? .loop : .open(until: limit)
      return isWoken ? () : nil
    }
    if isAwake == nil {
      // The time is over; whoever is at a step is ready in a moment.
      _ = state.wait { state -> Void? in
        state.isDue = true
        if case .sender = state.turn { return nil }
        state.turn = .loop
        return ()
      }
    }
  }

  /// Waits for a message, for what is watched, or for the time; whichever it was.
  private func poll(_ watch: Watch, until limit: Duration?) -> [RunMessage] {
    let taken = state.withLock { state in
      if state.waiting.isEmpty { state.turn = .poll }
      return state.takeMessages()
    }
    guard taken.isEmpty else { return taken }
    let number = wakeup.withLock { $0?.readEnd ?? -1 }
    let (exit, output, error) = watch.descriptors()
    var list = [number, exit, output, error].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    list.withUnsafeMutableBufferPointer { list in
      _ = systemPoll(list, timeout: limit.map { max(.zero, $0 - now) })
    }
    if list[0].revents != 0 { csystem_clear_wakeup(number) }
    if list[1...].contains(where: { $0.revents != 0 }), watch.look() { watched.withLock { $0 = nil } }
    return state.withLock { state in
      state.turn = .loop
      return state.takeMessages()
    }
  }

  /// Watches a command while the loop waits. Call it on the loop's thread, after ``canWatch()``.
  /// - Parameters:
  ///   - descriptors: what to poll; asked each time.
  ///   - look: called on the loop's thread when one of them is readable; returns whether there is nothing more to
  ///     watch. Must not block.
  func watch(
    descriptors: @escaping @Sendable () -> (exit: Int32, output: Int32, error: Int32),
    look: @escaping @Sendable () -> Bool
  ) {
    watched.withLock { $0 = Watch(descriptors: descriptors, look: look) }
  }

  /// Whether ``watch(descriptors:look:)`` may be called: the loop's thread is at a step, nothing is watched, and there is
  /// what is needed to watch.
  func canWatch() -> Bool {
    let isTurnOfLoop = state.withLock { state in
      if case .loop = state.turn { true } else { false }
    }
    guard isTurnOfLoop, watched.withLock({ $0 == nil }) else { return false }
    return wakeup.withLock { wakeup in
      if wakeup != nil { return true }
      var (readEnd, writeEnd): (Int32, Int32) = (-1, -1)
      guard csystem_make_wakeup(&readEnd, &writeEnd) == 0 else { return false }
      wakeup = (readEnd, writeEnd)
      return true
    }
  }

  /// Calls something on the loop's thread once the run has gone on for so long, if it does.
  package func callLater(at time: Duration, _ body: @escaping @Sendable () -> Void) {
    reminder.withLock { $0 = (time, body) }
  }

  private func remindIfDue() {
    let body = reminder.withLock { reminder -> (@Sendable () -> Void)? in
      guard let (time, body) = reminder, time <= now else { return nil }
      reminder = nil
      return body
    }
    body?()
  }
}
