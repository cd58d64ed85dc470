import Synchronization

/// The result of a task that has been submitted: not there yet, a value, or a failure.
///
/// A class, for a future is one task and not a copy of it; equal means the same task. All members may be used
/// from any thread. Every future ends exactly once.
public final class Future<Value: Sendable>: Sendable {
  /// A value, or why there is none.
  public typealias Outcome = Result<Value, TaskFailure>

  /// While it is pending it knows its owner and its observers; once done it knows nobody, so a finished future
  /// keeps neither the work nor a waiter alive.
  enum Storage {
    case pending(Pending)
    case done(Outcome, order: UInt64)
  }

  struct Pending {
    var stage: Stage
    var owner: (any FutureOwner)?
    /// `nil` until somebody waits: most futures of a long queue have no observer.
    var observers: ObserverList?

    /// The same with an observer more; the list is shared, not copied.
    func adding(_ observer: Observer) -> Self {
      var copy = self
      let list = observers ?? ObserverList()
      list.items.append(observer)
      copy.observers = list
      return copy
    }

    /// Whether the body runs, or may be about to in a place that does not ask first.
    var mayHaveBegun: Bool {
      switch stage {
      case .queued: false
      case .dispatched: owner?.beginsElsewhere ?? false
      case .running: true
      }
    }
  }

  enum Stage {
    case queued
    case dispatched
    case running

    var state: FutureState {
      switch self {
      case .queued: .queued
      case .dispatched: .dispatched
      case .running: .running
      }
    }
  }

  /// A class, so that adding an observer copies neither the list nor the state. Only used under the lock.
  final class ObserverList {
    var items: [Observer] = []
  }

  enum Observer: Sendable {
    case waiter(any CompletionObserver, tag: Int)
    case callback(@Sendable (Outcome) -> Void)
  }

  /// Used in this file and in Future+Observing.swift only.
  let storage: Mutex<Storage>

  /// Makes a pending future. Whoever makes it ends it; see ``Promise``.
  init() {
    storage = Mutex(.pending(Pending(stage: .queued, owner: nil, observers: nil)))
  }
}

// MARK: - Reading

extension Future {
  /// Where it stands now.
  public var state: FutureState { standing.state }

  /// The state, and who hears of cancellations unless it is final.
  var standing: (state: FutureState, owner: (any FutureOwner)?) {
    storage.withLock { storage in
      switch storage {
      case .pending(let pending): (pending.stage.state, pending.owner)
      case .done(let outcome, _): (outcome.state, nil)
      }
    }
  }

  /// Whether nothing will change any more: it succeeded, failed or was cancelled.
  public var isDone: Bool { state.isFinal }

  /// The outcome if there is one now. State and outcome are read together, and nothing waits.
  public var finished: Outcome? {
    storage.withLock { storage in
      if case .done(let outcome, _) = storage { outcome } else { nil }
    }
  }

  /// Waits for the value.
  ///
  /// If the Swift `Task` that awaits is cancelled, the wait ends at once with
  /// ``TaskFailure/cancelled(_:)`` and ``CancelReason/waitCancelled``, and the work goes on.
  /// - Throws: why there is no value.
  public var value: Value {
    get async throws(TaskFailure) { try await outcome.get() }
  }

  /// Waits for the value or the failure; a cancelled `Task` ends the wait as with ``value``.
  public var outcome: Outcome {
    get async {
      await outcome(until: nil) ?? .failure(.cancelled(.waitCancelled))
    }
  }

  /// The outcome; `nil` if the time is over first, or the Swift task is cancelled.
  func outcome(until deadline: ContinuousClock.Instant?) async -> Outcome? {
    if let finished { return finished }
    let waiter = Waiter()
    if observe(waiter, tag: 0) {
      await waiter.wait(until: deadline)
      removeObserver(waiter)
    }
    return finished
  }

  /// Like ``value``, but cancelling the Swift `Task` that awaits asks the work to stop, too.
  public var valueCancellingOnCancel: Value {
    get async throws(TaskFailure) {
      let outcome = await withTaskCancellationHandler {
        await self.outcome
      } onCancel: {
        requestStop()
      }
      return try outcome.get()
    }
  }

  /// Blocks the thread until the value is there.
  ///
  /// Called from a task of the same ``ThreadExecutor`` without a timeout, a future that is still queued is run
  /// right here, as long as three quarters of the thread's stack are free; and while a task waits for anything, another
  /// thread may stand in for its own. So a task may wait for tasks of its own pool.
  ///
  /// Two kinds of endless waits are found: circles of tasks that wait without a timeout, on one executor or several, for a
  /// future or for all of a set; and tasks that wait for queued ones of their executor when it has neither a thread nor
  /// room on a stack left to run them. Not found is what goes through the future of a ``Promise``, a Swift `Task`, a task
  /// in a process, a lock, or, in a circle, through a wait for the first of several futures.
  /// - Parameter timeout: how long to wait at most; `.zero` only looks. `nil` waits as long as it takes.
  /// - Throws: ``WaitTimeout`` if the time is over (the task goes on), ``WouldDeadlock`` if the wait could never
  ///   end, ``TaskFailure`` if there is no value.
  @available(*, noasync, message: "await 'value' instead: this blocks a thread")
  public func wait(timeout: Duration? = nil) throws -> Value {
    // Only a timeout ends the wait for a future that is not done.
    guard let outcome = try block(until: timeout.map { .now + $0 }) else {
      throw WaitTimeout(timeout: timeout ?? .zero)
    }
    return try outcome.get()
  }

  /// The outcome; `nil` if the time is over first. Blocks the thread.
  func block(until deadline: ContinuousClock.Instant?) throws(WouldDeadlock) -> Outcome? {
    if let finished { return finished }
    if deadline == nil, PoolWorker.current != nil { _ = runHereIfQueued() }
    let waiter = Waiter()
    if observe(waiter, tag: 0) {
      defer { removeObserver(waiter) }
      let lookout = poolJob == nil ? nil : Waiter.lookout
      try waiter.block(until: deadline, lookout: lookout) { .all(of: [self]) }
    }
    return finished
  }

  /// Calls a closure with the outcome, exactly once, when the future is done: at once if it is done already.
  ///
  /// Closures of one future are called in the order they were registered, all of a process one after another on
  /// a thread of their own: never on a worker, and never on the caller's thread. A slow one delays other
  /// callbacks and nothing else.
  public func onCompletion(_ body: @escaping @Sendable (Outcome) -> Void) {
    let start = storage.withLock { storage -> CallbackQueue.Start? in
      switch storage {
      case .done(let outcome, _): return CallbackQueue.shared.add { body(outcome) }
      case .pending(let pending):
        storage = .pending(pending.adding(.callback(body)))
        return nil
      }
    }
    start?()
  }
}

// MARK: - The executor's side

extension Future {
  /// Sets who hears of cancellations. The future keeps the owner until it ends, and the owner usually keeps the
  /// future: ending it breaks that circle.
  func attach(_ owner: any FutureOwner) {
    storage.withLock { storage in
      guard case .pending(var pending) = storage else { return }
      pending.owner = owner
      storage = .pending(pending)
    }
  }

  /// Moves a queued future into a worker's hands; false if it is not queued any more.
  func dispatch() -> Bool { move(from: .queued, to: .dispatched) }

  /// Puts a dispatched future back, for the worker died before it started; false if it is not dispatched.
  func requeue() -> Bool { move(from: .dispatched, to: .queued) }

  /// Claims the future for running it; false if somebody else has, or if it is done.
  func claim() -> Bool {
    move(from: .queued, to: .running) || move(from: .dispatched, to: .running)
  }

  private func move(from: Stage, to: Stage) -> Bool {
    storage.withLock { storage in
      guard case .pending(var pending) = storage, pending.stage == from else { return false }
      pending.stage = to
      storage = .pending(pending)
      return true
    }
  }

  /// Ends the future, whatever its stage; the first to do so wins.
  /// - Returns: whether this was the first.
  @discardableResult
  func complete(_ outcome: Outcome) -> Bool { end(outcome, if: { _ in true }) }

  /// Ends the future if it is pending and the condition, which is asked under the lock, holds.
  func end(_ outcome: Outcome, if condition: (Pending) -> Bool) -> Bool {
    var waking: [any CompletionObserver] = []
    var start: CallbackQueue.Start?
    // The state lets go of its owner under the lock; what dies with the owner (the task's closure, and whatever
    // that captured) must not die there.
    var owner: (any FutureOwner)?
    let ended = storage.withLock { storage in
      guard case .pending(let pending) = storage, condition(pending) else { return false }
      owner = pending.owner
      let order = CompletionOrder.next()
      storage = .done(outcome, order: order)
      guard let observers = pending.observers else { return true }
      // Written down under the lock: nobody can see this future done, and finish another one because of it,
      // before the collectors know. Calling out comes after.
      for observer in observers.items {
        switch observer {
        case .waiter(let waiter, let tag):
          if waiter.futureDidEnd(tag: tag, order: order, state: outcome.state) { waking.append(waiter) }
        case .callback(let body):
          start = CallbackQueue.shared.add { body(outcome) } ?? start
        }
      }
      return true
    }
    for waiter in waking { waiter.wake() }
    start?()
    withExtendedLifetime(owner) {}
    return ended
  }
}

extension Result where Failure == TaskFailure {
  fileprivate var state: FutureState {
    switch self {
    case .success: .succeeded
    case .failure(let failure): failure.isCancellation ? .cancelled : .failed
    }
  }
}

/// Ranks completions over the whole process.
private enum CompletionOrder {
  private static let last = Atomic<UInt64>(0)

  static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
