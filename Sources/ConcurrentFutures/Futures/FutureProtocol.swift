/// Where a future stands. The last three are final.
public enum FutureState: Sendable, Hashable, CaseIterable {
  /// In the executor's queue.
  case queued
  /// In a worker's hands, but not known to have started. It can be asked back; see ``Future/cancel(_:)``.
  case dispatched
  /// Its body runs.
  case running
  /// It has a value.
  case succeeded
  /// It has a failure other than a cancellation.
  case failed
  /// It was cancelled.
  case cancelled

  /// Whether nothing will change any more.
  public var isFinal: Bool {
    switch self {
    case .queued, .dispatched, .running: false
    case .succeeded, .failed, .cancelled: true
    }
  }
}

/// A ``Future`` of some value, or an ``AnyFuture``: what ``asCompleted(_:)``, ``wait(_:until:timeout:)`` and
/// ``FutureGroup`` work with, whichever executor made it.
public protocol FutureProtocol: Sendable, Hashable {
  /// The future without the type of its value. Equal for equal futures.
  var erased: AnyFuture { get }
}

/// A future without the type of its value, for sets of futures of several types or executors.
public struct AnyFuture: FutureProtocol {
  let base: any ObservableFuture

  init(_ base: any ObservableFuture) {
    self.base = base
  }

  /// Itself.
  public var erased: AnyFuture { self }
  /// Where it stands now.
  public var state: FutureState { base.state }
  /// Whether nothing will change any more.
  public var isDone: Bool { state.isFinal }

  /// Cancels the future; see ``Future/cancel(_:)``.
  @discardableResult
  public func cancel(_ reason: CancelReason = .requested) -> Bool { base.cancel(reason) }

  /// Whether both stand for the same task.
  public static func == (left: AnyFuture, right: AnyFuture) -> Bool { left.base === right.base }

  /// Hashes the future's identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(base)) }
}

extension AnyFuture: CustomStringConvertible {
  /// The future's type and state.
  public var description: String { "\(base)" }
}

/// What collectors of futures need to know of one, whatever its value.
protocol ObservableFuture: AnyObject, Sendable {
  /// Where it stands now.
  var state: FutureState { get }
  /// Its rank among all completions of the process; `nil` while it is pending.
  var completionOrder: UInt64? { get }
  /// Cancels it; true if it is cancelled now.
  func cancel(_ reason: CancelReason) -> Bool
  /// Fails it, whatever its stage; true if this ended it.
  func fail(_ failure: TaskFailure) -> Bool
  /// Asks the body to stop, or cancels what has not started; false if it is done.
  func requestStop(_ reason: CancelReason) -> Bool
  /// Registers an observer, unless the future is done: then nothing happens and the result is false.
  func observe(_ observer: any CompletionObserver, tag: Int) -> Bool
  /// Removes every registration of an observer. It may still be called by a completion under way.
  func removeObserver(_ observer: any CompletionObserver)
  /// If the future is queued and its executor can, runs it on this thread; returns whether it did.
  func runHereIfQueued() -> Bool
  /// Its entry in a pool of threads; `nil` once it is done, and for other executors.
  var poolJob: (any PoolJob)? { get }
}

/// Somebody that learns of completions on the thread that completes.
protocol CompletionObserver: AnyObject, Sendable {
  /// Called once a registration, before anybody can see the future done, **under the future's lock**: may take a
  /// lock of its own to write down what happened, and must call nothing.
  /// - Returns: whether ``wake()`` is to be called, once the lock is released.
  func futureDidEnd(tag: Int, order: UInt64, state: FutureState) -> Bool
  /// Resumes whoever waits.
  func wake()
}

/// The executor's side of a future: who to tell about a cancellation. Nothing is called under a lock.
protocol FutureOwner: AnyObject, Sendable {
  /// Whether a dispatched body may begin without a ``Future/claim()`` that decides. Then nobody here can cancel it for
  /// certain.
  var beginsElsewhere: Bool { get }
  /// The future was cancelled before it began: take it out of the queue, or tell the worker.
  func futureWasCancelled(_ reason: CancelReason)
  /// Somebody wants a dispatched future cancelled that may begin elsewhere: ask the worker for it.
  func returnWasRequested(_ reason: CancelReason)
  /// Somebody asks the running body to stop.
  func stopWasRequested(_ reason: CancelReason)
  /// Somebody waits on this thread for the future: if its work is queued and may run here, run it.
  /// - Returns: whether it ran.
  func runHere() -> Bool
  /// Itself, if it is an entry in a pool of threads.
  var poolJob: (any PoolJob)? { get }
}

extension FutureOwner {
  var beginsElsewhere: Bool { false }
  func futureWasCancelled(_ reason: CancelReason) {}
  func returnWasRequested(_ reason: CancelReason) {}
  func stopWasRequested(_ reason: CancelReason) {}
  func runHere() -> Bool { false }
  var poolJob: (any PoolJob)? { nil }
}
