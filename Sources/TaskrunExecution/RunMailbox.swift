import ConcurrentFutures
package import TaskrunEngine

/// The real inbox of a run: a queue that any thread can fill and the scheduling loop empties, and the run's clock.
package final class RunMailbox: RunInbox {
  private let start: ContinuousClock.Instant
  private let messages = Monitor<[RunMessage]>([])

  /// Makes an inbox whose clock starts at that instant.
  package init(start: ContinuousClock.Instant = .now) {
    self.start = start
  }

  /// The time since the run's start.
  package var now: Duration { time(of: .now) }

  /// An instant as time since the run's start.
  package func time(of instant: ContinuousClock.Instant) -> Duration { start.duration(to: instant) }

  /// Adds a message and wakes the loop. Any thread.
  package func send(_ message: RunMessage) {
    // The loop takes all that is there, so it need not be woken for what joins others.
    let isFirst = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    if isFirst { messages.signal() }
  }

  /// Waits for messages and takes all of them.
  package func receive(until deadline: Duration?) -> [RunMessage] {
    messages.wait(until: deadline.map { start + $0 }) { messages in
      guard !messages.isEmpty else { return nil }
      defer { messages = [] }
      return messages
    } ?? []
  }
}
