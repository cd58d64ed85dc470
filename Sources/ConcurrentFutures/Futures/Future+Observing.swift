import Synchronization

extension Future: FutureProtocol {
  /// The future without the type of its value.
  public var erased: AnyFuture { AnyFuture(self) }

  /// Whether both are the same task.
  public static func == (left: Future, right: Future) -> Bool { left === right }

  /// Hashes the future's identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Future: ObservableFuture {
  var completionOrder: UInt64? {
    storage.withLock { storage in
      if case .done(_, let order) = storage { order } else { nil }
    }
  }

  func fail(_ failure: TaskFailure) -> Bool { complete(.failure(failure)) }

  func observe(_ observer: any CompletionObserver, tag: Int) -> Bool {
    storage.withLock { storage in
      guard case .pending(let pending) = storage else { return false }
      storage = .pending(pending.adding(.waiter(observer, tag: tag)))
      return true
    }
  }

  func removeObserver(_ observer: any CompletionObserver) {
    storage.withLock { storage in
      guard case .pending(let pending) = storage else { return }
      pending.observers?.items.removeAll { item in
        if case .waiter(let other, _) = item { other === observer } else { false }
      }
    }
  }

  func runHereIfQueued() -> Bool { state == .queued && (owner?.runHere() ?? false) }

  var poolJob: (any PoolJob)? { owner?.poolJob }
}

extension Future: CustomStringConvertible {
  /// The type of the value, the state, and the failure if there is one.
  public var description: String {
    let head = "Future<\(Value.self)> \(state)"
    guard case .failure(let failure)? = finished else { return head }
    return "\(head): \(failure)"
  }
}
