import Synchronization

/// Collects futures in the order they finish: what ``FutureGroup``, ``asCompleted(_:)`` and `mapUnordered` share.
///
/// It and its pending futures hold each other, so whoever owns it calls ``detach()`` at the end.
final class CompletionCollector<Element: FutureProtocol>: CompletionObserver {
  enum Next: Sendable {
    case future(Element)
    /// Nothing is left to wait for.
    case empty
    case timedOut
    /// The Swift task was cancelled.
    case interrupted
  }

  private struct State {
    var pending: [Int: Element] = [:]
    var ready = SlotQueue<(future: Element, order: UInt64)>()
    var lastTag = 0
    var waiters: [Waiter] = []
  }

  private let state = Mutex(State())

  /// How many futures have not been taken.
  var count: Int { state.withLock { $0.pending.count + $0.ready.count } }

  /// Adds a future, finished or not.
  func add(_ future: Element) {
    let tag = state.withLock { state in
      state.lastTag += 1
      state.pending[state.lastTag] = future
      return state.lastTag
    }
    let base = future.erased.base
    if base.observe(self, tag: tag) { return }
    if futureDidEnd(tag: tag, order: base.completionOrder ?? 0, state: base.state) { wake() }
  }

  /// Puts what is ready in the order it finished: for futures that had finished before they were added.
  func sortReady() {
    state.withLock { state in
      for item in state.ready.removeAll().sorted(by: { $0.order < $1.order }) { _ = state.ready.append(item) }
    }
  }

  /// Forgets all futures, and is forgotten by them.
  func detach() {
    let pending = state.withLock { state in
      defer { state.pending = [:] }
      return state.pending
    }
    for future in pending.values { future.erased.base.removeObserver(self) }
  }

  func futureDidEnd(tag: Int, order: UInt64, state: FutureState) -> Bool {
    self.state.withLock { state in
      guard let future = state.pending.removeValue(forKey: tag) else { return false }
      _ = state.ready.append((future, order))
      return !state.waiters.isEmpty
    }
  }

  /// Everybody looks again: one takes the future, and if it was the last one the others have to go.
  func wake() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.signal() }
  }

  /// The next future to finish.
  func next(until deadline: ContinuousClock.Instant?) async -> Next {
    while true {
      let waiter = Waiter()
      if let next = take(orWaitWith: waiter) { return next }
      await waiter.wait(until: deadline)
      forget(waiter)
      if Task.isCancelled { return take() ?? .interrupted }
      if let deadline, deadline <= .now { return take() ?? .timedOut }
    }
  }

  /// The same on a thread. A worker of a pool runs the last one that is left, if that is still queued. In a wait that
  /// could never end it gives a future that has not finished.
  func nextBlocking(until deadline: ContinuousClock.Instant?) -> Next {
    while true {
      // Any other one than the last may not be wanted any more once the first has come, or may even wait for that.
      if deadline == nil, PoolWorker.current != nil { _ = last?.erased.base.runHereIfQueued() }
      let waiter = Waiter()
      if let next = take(orWaitWith: waiter) { return next }
      do throws(WouldDeadlock) {
        try waiter.block(until: deadline) { awaited }
        forget(waiter)
      } catch {
        forget(waiter)
        if let next = take() ?? takeUnfinished() { return next }
      }
      if let deadline, deadline <= .now { return take() ?? .timedOut }
    }
  }

  private var awaited: Awaited {
    if let last { return .all(of: [last.erased.base]) }
    return .any {
      self.state.withLock { $0.ready.isEmpty ? Array($0.pending.values) : [] }.map(\.erased.base)
    }
  }

  /// The only one that is left, if there is just one.
  private var last: Element? {
    state.withLock { $0.ready.isEmpty && $0.pending.count == 1 ? $0.pending.values.first : nil }
  }

  /// Takes the future that was added first. It may go on knowing this collector, which ignores it.
  private func takeUnfinished() -> Next? {
    state.withLock { state in
      guard let tag = state.pending.keys.min() else { return nil }
      return state.pending.removeValue(forKey: tag).map(Next.future)
    }
  }

  private func take(orWaitWith waiter: Waiter? = nil) -> Next? {
    state.withLock { state in
      if let item = state.ready.popFirst() { return .future(item.future) }
      if state.pending.isEmpty { return .empty }
      if let waiter { state.waiters.append(waiter) }
      return nil
    }
  }

  private func forget(_ waiter: Waiter) {
    state.withLock { state in state.waiters.removeAll { $0 === waiter } }
  }
}
