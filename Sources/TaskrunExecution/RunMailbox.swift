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

/// The real inbox of a run: a queue that any thread can fill and the scheduling loop empties, and the run's clock.
///
/// While the loop waits it can do two more things on its own thread: watch one command, which saves a thread that
/// would only wait, and do something later, which is never done in a run that is over before.
package final class RunMailbox: RunInbox {
  /// Something that is called on the loop's thread while it waits.
  private struct Watch: Sendable {
    /// What to poll.
    let descriptors: @Sendable () -> (exit: Int32, output: Int32, error: Int32)
    /// Called when one of them is readable; returns whether there is nothing more to watch.
    let look: @Sendable () -> Bool
  }

  private struct Messages: Sendable {
    var waiting: [RunMessage] = []
    /// Whether the loop waits in `poll` and not for the condition.
    var isPolling = false

    /// All that wait, if there are any.
    mutating func take() -> [RunMessage]? {
      guard !waiting.isEmpty else { return nil }
      defer { waiting = [] }
      return waiting
    }
  }

  private let start: ContinuousClock.Instant
  private let messages = Monitor(Messages())
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

  /// Adds a message and wakes the loop. Any thread.
  package func send(_ message: RunMessage) {
    // The loop takes all that is there, so it need not be woken for what joins others.
    let (isFirst, isPolling) = messages.withLock { messages in
      messages.waiting.append(message)
      return (messages.waiting.count == 1, messages.isPolling)
    }
    guard isFirst else { return }
    if isPolling, let wakeup = wakeup.withLock({ $0 }) {
      csystem_wake(wakeup.writeEnd)
    } else {
      messages.signal()
    }
  }

  /// Waits for messages and takes all of them.
  package func receive(until deadline: Duration?) -> [RunMessage] {
    while true {
      remindIfDue()
      var limit = deadline
      if let time = reminder.withLock({ $0?.time }) { limit = min(time, deadline ?? time) }
      let taken = watched.withLock { $0 }.map { poll($0, until: limit) } ?? wait(until: limit)
      if let taken { return taken }
      if let deadline, deadline <= now { return [] }
    }
  }

  private func wait(until limit: Duration?) -> [RunMessage]? {
    messages.wait(until: limit.map { start + $0 }) { $0.take() }
  }

  /// Waits for a message, for what is watched, or for the time; whichever it was.
  private func poll(_ watch: Watch, until limit: Duration?) -> [RunMessage]? {
    let taken = messages.withLock { messages in
      messages.isPolling = messages.waiting.isEmpty
      return messages.take()
    }
    if let taken { return taken }
    let number = wakeup.withLock { $0?.readEnd ?? -1 }
    let (exit, output, error) = watch.descriptors()
    var list = [number, exit, output, error].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    list.withUnsafeMutableBufferPointer { list in
      _ = systemPoll(list, timeout: limit.map { max(.zero, $0 - now) })
    }
    if list[0].revents != 0 { csystem_clear_wakeup(number) }
    if list[1...].contains(where: { $0.revents != 0 }), watch.look() { watched.withLock { $0 = nil } }
    return messages.withLock { messages in
      messages.isPolling = false
      return messages.take()
    }
  }

  // MARK: What else the loop's thread does

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

  /// Whether ``watch(_:look:)`` may be called: nothing is watched, and there is what is needed to watch.
  func canWatch() -> Bool {
    guard watched.withLock({ $0 == nil }) else { return false }
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
