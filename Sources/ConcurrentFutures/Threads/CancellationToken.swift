import Synchronization

/// Tells a running body that it should stop: nothing can stop a thread from outside.
///
/// A class, for both sides hold the same one. All members may be used from any thread.
public final class CancellationToken: Sendable {
  private struct State {
    var reason: CancelReason?
    var handlers: [@Sendable () -> Void] = []
    var waiters: [Waiter] = []
    var isFinished = false
    /// The thread that calls the handlers now.
    var caller: PlatformThread?
    /// Whoever must not go on before the handlers have been called.
    var finisher: Waiter?
  }

  private let state = Mutex(State())

  /// Makes a token that is not cancelled.
  public init() {}

  /// Whether the body should stop. Never goes back to `false`.
  public var isCancelled: Bool { reason != nil }

  /// Why it should stop; `nil` while it should not.
  public var reason: CancelReason? { state.withLock { $0.reason } }

  /// Tells the body to stop, and calls the handlers on this thread. Only the first call counts.
  public func cancel(_ reason: CancelReason = .requested) {
    let (handlers, waiters) = state.withLock { state -> ([@Sendable () -> Void], [Waiter]) in
      guard state.reason == nil else { return ([], []) }
      state.reason = reason
      defer { (state.handlers, state.waiters) = ([], []) }
      if !state.handlers.isEmpty { state.caller = .current }
      return (state.handlers, state.waiters)
    }
    for waiter in waiters { waiter.signal() }
    guard !handlers.isEmpty else { return }
    for handler in handlers { handler() }
    let finisher = state.withLock { state in
      state.caller = nil
      return state.finisher
    }
    finisher?.signal()
  }

  /// Sleeps until the time is over or the body should stop, whichever is first.
  /// - Returns: whether the body should stop.
  @available(*, noasync, message: "this blocks a thread")
  public func wait(for duration: Duration) -> Bool {
    let waiter = Waiter()
    let mustWait = state.withLock { state in
      if state.reason == nil { state.waiters.append(waiter) }
      return state.reason == nil
    }
    guard mustWait else { return true }
    waiter.block(until: .now + duration)
    return state.withLock { state in
      state.waiters.removeAll { $0 === waiter }
      return state.reason != nil
    }
  }

  /// Calls the handler once when the body should stop: at once if that is so already, otherwise from the thread
  /// that cancels, which must not be blocked. Not called any more once the body has returned.
  public func onCancel(_ handler: @escaping @Sendable () -> Void) {
    let callNow = state.withLock { state in
      guard !state.isFinished else { return false }
      if state.reason == nil { state.handlers.append(handler) }
      return state.reason != nil
    }
    if callNow { handler() }
  }

  /// The body has returned: no handler is called any more, and none runs when this returns.
  func finish() {
    let (dropped, finisher) = state.withLock { state -> ([@Sendable () -> Void], Waiter?) in
      state.isFinished = true
      // Dropped outside: what a handler captured must not die under the lock.
      defer { state.handlers = [] }
      // A handler that ends the body itself cannot be waited for.
      guard let caller = state.caller, !caller.isCurrent else { return (state.handlers, nil) }
      let finisher = state.finisher ?? Waiter()
      state.finisher = finisher
      return (state.handlers, finisher)
    }
    finisher?.block(until: nil)
    withExtendedLifetime(dropped) {}
  }
}
