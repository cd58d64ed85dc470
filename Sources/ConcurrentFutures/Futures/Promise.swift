/// The side of a future that gives it its outcome: for executors, and for anybody who has results to promise.
///
/// A class, because dropping it matters: a promise dropped before its end cancels the future, so no one waits for
/// ever. All members may be used from any thread.
public final class Promise<Value: Sendable>: Sendable {
  /// The future that this promise will end.
  public let future: Future<Value>

  /// Makes a promise and its future, which is ``FutureState/queued``.
  ///
  /// - Parameter onCancel: called once, on the thread that cancels and under no lock, if the future is cancelled
  ///   before it was claimed, or if it is asked to stop while it runs. Should not block.
  public init(onCancel: (@Sendable (CancelReason) -> Void)? = nil) {
    future = Future()
    if let onCancel { future.attach(ClosureOwner(onCancel)) }
  }

  /// The future is in a worker's hands now: queued becomes dispatched. False if it is not queued. The worker must
  /// ``claim()`` it before it begins: until then it can be cancelled.
  public func dispatch() -> Bool { future.dispatch() }

  /// The worker never started it: dispatched becomes queued. False if it is not dispatched.
  public func requeue() -> Bool { future.requeue() }

  /// The work starts now: queued or dispatched becomes running. False if it runs already or has ended: then the
  /// work must not be done.
  public func claim() -> Bool { future.claim() }

  /// Ends the future, claimed or not. The first call wins.
  /// - Returns: whether this call ended it; false if it had ended before, for instance by a cancellation.
  @discardableResult
  public func complete(_ outcome: Result<Value, TaskFailure>) -> Bool { future.complete(outcome) }

  deinit {
    future.complete(.failure(.cancelled(.dropped)))
  }
}

/// An owner that only hears of cancellations.
private final class ClosureOwner: FutureOwner {
  private let onCancel: @Sendable (CancelReason) -> Void

  init(_ onCancel: @escaping @Sendable (CancelReason) -> Void) {
    self.onCancel = onCancel
  }

  func futureWasCancelled(_ reason: CancelReason) { onCancel(reason) }
  func stopWasRequested(_ reason: CancelReason) { onCancel(reason) }
}
