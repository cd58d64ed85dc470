import Synchronization

/// When ``wait(_:until:timeout:)`` returns.
public enum WaitCondition: Sendable, Hashable, CaseIterable {
  /// One future is done, however it ended.
  case firstCompleted
  /// One future has failed, or all are done. A cancellation is not a failure.
  case firstFailure
  /// All futures are done.
  case all
}

/// Waits for futures, of any executors.
///
/// - Parameters:
///   - futures: each counts once.
///   - condition: what to wait for.
///   - timeout: how long at most; `nil` as long as it takes. A timeout is not an error.
/// - Returns: the futures that were done then (cancelled ones are), and the others; both in the order given. Earlier
///   than asked for if the Swift task is cancelled.
public func wait<Element: FutureProtocol>(
  _ futures: some Sequence<Element>, until condition: WaitCondition = .all, timeout: Duration? = nil
) async -> (done: [Element], pending: [Element]) {
  let deadline = timeout.map { ContinuousClock.now + $0 }
  let wait = SetWait(unique(futures), until: condition)
  if wait.register() { await wait.waiter.wait(until: deadline) }
  return wait.finish()
}

/// Like ``wait(_:until:timeout:)``, and blocks the thread.
///
/// Inside of a body of a ``ThreadExecutor``, without a timeout, it runs queued futures of that executor that all have to be
/// done before it can return. There it returns earlier, too, if it could never end: waiting for one of those that
/// are pending then throws ``WouldDeadlock``.
@available(*, noasync, message: "await 'wait' instead: this blocks a thread")
public func waitBlocking<Element: FutureProtocol>(
  _ futures: some Sequence<Element>, until condition: WaitCondition = .all, timeout: Duration? = nil
) -> (done: [Element], pending: [Element]) {
  let deadline = timeout.map { ContinuousClock.now + $0 }
  let wait = SetWait(unique(futures), until: condition)
  if wait.register() { wait.block(until: deadline) }
  return wait.finish()
}

/// One wait for a set of futures.
private final class SetWait<Element: FutureProtocol>: CompletionObserver {
  private struct State {
    var remaining: Int
    var isOver: Bool
  }

  let waiter = Waiter()
  private let futures: [Element]
  private let condition: WaitCondition
  private let state: Mutex<State>

  init(_ futures: [Element], until condition: WaitCondition) {
    self.futures = futures
    self.condition = condition
    state = Mutex(State(remaining: futures.count, isOver: futures.isEmpty))
  }

  private var isOver: Bool { state.withLock { $0.isOver } }

  /// - Returns: whether there is anything to wait for.
  func register() -> Bool {
    for (tag, future) in futures.enumerated() {
      let base = future.erased.base
      if base.observe(self, tag: tag) { continue }
      if futureDidEnd(tag: tag, order: 0, state: base.state) { break }
    }
    return !isOver
  }

  func block(until deadline: ContinuousClock.Instant?) {
    if deadline == nil, PoolWorker.current != nil { help() }
    // If it could never end, the caller gets to know that from what is pending.
    if !isOver { try? waiter.block(until: deadline) { awaited } }
  }

  /// Runs what must be done in any case: anything else could hold up this wait, or even wait for its end.
  private func help() {
    let needed = condition == .all ? futures : pending
    guard condition == .all || needed.count == 1 else { return }
    for future in needed where !isOver { _ = future.erased.base.runHereIfQueued() }
  }

  private var pending: [Element] { futures.filter { !$0.erased.isDone } }

  private var awaited: Awaited {
    let bases = pending.map(\.erased.base)
    if condition == .all || bases.count == 1 { return .all(of: bases) }
    return .any { self.isOver ? [] : self.pending.map(\.erased.base) }
  }

  func finish() -> (done: [Element], pending: [Element]) {
    var result: (done: [Element], pending: [Element]) = ([], [])
    for future in futures {
      let base = future.erased.base
      base.removeObserver(self)
      if base.state.isFinal { result.done.append(future) } else { result.pending.append(future) }
    }
    return result
  }

  func futureDidEnd(tag: Int, order: UInt64, state future: FutureState) -> Bool {
    state.withLock { state in
      state.remaining -= 1
      let isMet =
        switch condition {
        case .firstCompleted: true
        case .firstFailure: future == .failed || state.remaining == 0
        case .all: state.remaining == 0
        }
      guard isMet, !state.isOver else { return false }
      state.isOver = true
      return true
    }
  }

  func wake() { waiter.signal() }
}
