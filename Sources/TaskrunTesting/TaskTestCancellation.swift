public import TaskrunAPI

/// A ``Cancellation`` that a test holds in its hand.
///
/// It behaves as the runner's does: waiting blocks and is ended by ``cancel()``, handlers run on the cancelling
/// thread. A test waits for events and never for a guessed time: ``waitUntilAsked(for:)`` returns as soon as the
/// task function has shown any interest in being cancelled.
public final class TestCancellation: Cancellation {
  private struct State {
    var isCancelled = false
    var wasAsked = false
    var handlers: [@Sendable () -> Void] = []
  }

  private let state: Monitor<State>

  /// Makes a cancellation.
  /// - Parameter isCancelled: whether the task should stop from the beginning.
  public init(isCancelled: Bool = false) {
    state = Monitor(State(isCancelled: isCancelled))
  }

  /// Tells the task to stop, and calls its handlers on this thread. The second call does nothing.
  public func cancel() {
    let handlers = state.withLock { state in
      defer { state.handlers = [] }
      guard !state.isCancelled else { return [@Sendable () -> Void]() }
      state.isCancelled = true
      return state.handlers
    }
    for handler in handlers { handler() }
  }

  /// Forgets all handlers, as the runner does when the task function has returned.
  public func finish() {
    state.withLock { $0.handlers = [] }
  }

  /// Waits until the task function has used any member of ``Cancellation``.
  /// - Parameter limit: how long at most.
  /// - Returns: whether it has.
  public func waitUntilAsked(for limit: Duration) -> Bool {
    state.wait(for: limit) { $0.wasAsked }
  }

  /// Whether ``cancel()`` was called.
  public var isCancelled: Bool {
    state.withLock { state in
      state.wasAsked = true
      return state.isCancelled
    }
  }

  /// Blocks until the time is over or ``cancel()`` is called.
  public func wait(for duration: Duration) -> Bool {
    state.withLock { $0.wasAsked = true }
    return state.wait(for: duration) { $0.isCancelled }
  }

  /// Registers the handler, or calls it at once.
  public func onCancel(_ handler: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      state.wasAsked = true
      if !state.isCancelled { state.handlers.append(handler) }
      return state.isCancelled
    }
    if isCancelled { handler() }
  }
}
