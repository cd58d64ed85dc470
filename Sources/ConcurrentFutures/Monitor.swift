import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A value behind a lock whose changes threads can wait for: a mutex and its condition variable.
///
/// For pool threads and programs' own threads only. Waiting blocks, so nothing that runs on the cooperative
/// pool may call ``wait(until:_:)``.
package final class Monitor<State: Sendable>: @unchecked Sendable {
  // Guard of the unchecked conformance: `state` is read and written with `mutex` held, nowhere else.
  private var state: State
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Makes a monitor.
  package init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    csystem_condition_init(condition)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Reads or changes the value.
  ///
  /// The body must not call out, write or wait.
  package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Wakes one thread that waits.
  package func signal() { pthread_cond_signal(condition) }

  /// Wakes all threads that wait.
  package func broadcast() { pthread_cond_broadcast(condition) }

  /// Waits until the body returns a value, asking it now and after each wake-up.
  /// - Parameters:
  ///   - deadline: when to give up; `nil` for never.
  ///   - body: called with the lock held; returns `nil` to go on waiting.
  /// - Returns: what the body returned, or `nil` when the deadline came first.
  package func wait<Result>(
    until deadline: ContinuousClock.Instant? = nil, _ body: (inout State) -> Result?
  ) -> Result? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&state) { return result }
      guard let deadline else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return nil }
      csystem_condition_wait(condition, mutex, left.inNanoseconds)
    }
  }
}

extension Duration {
  /// The duration in whole nanoseconds, at most what fits (292 years).
  package var inNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product + attoseconds / 1_000_000_000
  }
}
