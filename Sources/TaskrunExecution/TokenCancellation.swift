import ConcurrentFutures
import TaskrunAPI

/// The executor's token as task types see it.
struct TokenCancellation: Cancellation {
  let token: CancellationToken

  var isCancelled: Bool { token.isCancelled }
  func wait(for duration: Duration) -> Bool { token.wait(for: duration) }
  func onCancel(_ handler: @escaping @Sendable () -> Void) { token.onCancel(handler) }
}
