import ConcurrentFutures

/// A queue between threads: one side waits for elements, the other never waits.
///
/// Elements are handed over in batches: the receiver is woken for the first of a batch, waits a moment for more, and
/// is not woken for those. Waking another processor costs more than most elements are worth.
///
/// A class, for both ends share it.
final class ThreadQueue<Element: Sendable>: Sendable {
  /// How long the receiver waits for more after the first element: too short for anybody to notice.
  private static var linger: Duration { .milliseconds(5) }
  /// A batch of this size is taken at once.
  private static var batchSize: Int { 256 }

  private struct State {
    var elements: [Element] = []
    var isClosed = false
  }

  private let state = Monitor(State())

  /// How many elements wait.
  var count: Int { state.withLock { $0.elements.count } }

  /// Appends an element. What comes after ``close(discarding:)`` is dropped.
  func send(_ element: Element) {
    let needsWaking = state.withLock { state in
      guard !state.isClosed else { return false }
      state.elements.append(element)
      return state.elements.count == 1 || state.elements.count == Self.batchSize
    }
    if needsWaking { state.signal() }
  }

  /// Says that nothing more comes.
  /// - Parameter discarding: whether what waits is dropped; otherwise it is still received.
  func close(discarding: Bool = false) {
    state.withLock { state in
      state.isClosed = true
      if discarding { state.elements = [] }
    }
    state.broadcast()
  }

  /// Takes all elements that wait, in order; waits for the first. For one receiver.
  /// - Parameter deadline: when to come back without any; `nil` for never.
  /// - Returns: none if the deadline came first; `nil` when the queue is closed and empty.
  func receiveAll(until deadline: ContinuousClock.Instant? = nil) -> [Element]? {
    let hasSome = state.wait(until: deadline) { state -> Bool? in
      state.elements.isEmpty && !state.isClosed ? nil : true
    }
    guard hasSome != nil else { return [] }
    _ = state.wait(until: .now + Self.linger) { state -> Bool? in
      state.elements.count >= Self.batchSize || state.isClosed ? true : nil
    }
    return state.withLock { state in
      if state.elements.isEmpty, state.isClosed { return nil }
      defer { state.elements = [] }
      return state.elements
    }
  }
}
