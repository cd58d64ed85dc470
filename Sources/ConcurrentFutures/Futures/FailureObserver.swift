extension Future {
  /// Calls a closure if the future fails or is cancelled: at once if it has, else on the thread that ends it, which it
  /// must not block, and under no lock. Cheaper than ``onCompletion(_:)`` and never late.
  package func onFailure(_ body: @escaping @Sendable (TaskFailure) -> Void) {
    if observe(FailureObserver(self, body), tag: 0) { return }
    if case .failure(let failure)? = finished { body(failure) }
  }
}

/// Waits for a failure. The future and it hold each other until the future is done.
private final class FailureObserver<Value: Sendable>: CompletionObserver {
  private let future: Future<Value>
  private let body: @Sendable (TaskFailure) -> Void

  init(_ future: Future<Value>, _ body: @escaping @Sendable (TaskFailure) -> Void) {
    self.future = future
    self.body = body
  }

  func futureDidEnd(tag: Int, order: UInt64, state: FutureState) -> Bool { state != .succeeded }

  func wake() {
    if case .failure(let failure)? = future.finished { body(failure) }
  }
}
