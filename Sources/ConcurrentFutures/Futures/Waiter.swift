import Synchronization

/// One wait, by a Swift task or by a thread, that anybody may end. Used once.
///
/// It knows only that the wait is over and not why: the waiter looks at what it waited for.
final class Waiter: CompletionObserver {
  private enum State {
    case idle
    case suspended(CheckedContinuation<Void, Never>)
    case parked(Parker)
    case signalled
  }

  /// For threads that wait for what threads do. Other processes need the processors themselves.
  static let lookout = Lookout(limit: .microseconds(100))

  private let state = Mutex(State.idle)

  init() {}

  /// Ends the wait, also one that has not begun. Later calls do nothing.
  func signal() {
    let previous = state.withLock { state in
      defer { state = .signalled }
      return state
    }
    switch previous {
    case .idle, .signalled: break
    case .suspended(let continuation): continuation.resume()
    case .parked(let parker): parker.unpark()
    }
  }

  /// Suspends until ``signal()``, or until the Swift task is cancelled.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in suspend(continuation) }
    } onCancel: {
      signal()
    }
  }

  private func suspend(_ continuation: CheckedContinuation<Void, Never>) {
    let isOver = state.withLock { state in
      guard case .idle = state else { return true }
      state = .suspended(continuation)
      return false
    }
    if isOver { continuation.resume() }
  }

  /// Suspends until ``signal()``, even if the Swift task is cancelled.
  func waitThroughCancellation() async {
    await withCheckedContinuation { continuation in suspend(continuation) }
  }

  /// Suspends until ``signal()``, until the time, or until the Swift task is cancelled. Blocks no thread.
  func wait(until deadline: ContinuousClock.Instant?) async {
    guard let deadline else { return await wait() }
    let timer = Task {
      try? await Task.sleep(until: deadline, clock: .continuous)
      signal()
    }
    await wait()
    timer.cancel()
  }

  /// Blocks the thread until ``signal()`` or until the time, whichever is first.
  /// - Parameter lookout: for a signal that may come at once.
  func block(until deadline: ContinuousClock.Instant?, lookout: Lookout? = nil) {
    let parker = Parker()
    let mustWait = state.withLock { state in
      guard case .idle = state else { return false }
      state = .parked(parker)
      return true
    }
    // After a timeout a late signal may still come; the parker lives until both sides have let it go.
    guard mustWait else { return }
    if let lookout { parker.lookOut(lookout) }
    _ = parker.park(until: deadline)
  }

  func futureDidEnd(tag: Int, order: UInt64, state: FutureState) -> Bool { true }

  func wake() { signal() }
}
