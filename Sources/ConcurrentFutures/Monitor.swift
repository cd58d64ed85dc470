/// A value behind a lock whose changes threads can wait for: a mutex and its condition variable.
///
/// For pool threads and programs' own threads only. Waiting blocks, so nothing that runs on the cooperative
/// pool may call ``wait(until:_:)``.
package final class Monitor<State: Sendable>: @unchecked Sendable {
  // Guard of the unchecked conformance: `state` is read and written with `lock` held, nowhere else.
  private var state: State
  private let lock = ConditionLock()

  /// Makes a monitor.
  package init(_ state: State) { self.state = state }

  /// Reads or changes the value.
  ///
  /// The body must not call out, write or wait.
  package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&state) }
  }

  /// Wakes one thread that waits.
  package func signal() { lock.signal() }

  /// Wakes all threads that wait.
  package func broadcast() { lock.broadcast() }

  /// Waits until the body returns a value, asking it now and after each wake-up.
  /// - Parameters:
  ///   - deadline: when to give up; `nil` for never.
  ///   - body: called with the lock held; returns `nil` to go on waiting.
  /// - Returns: what the body returned, or `nil` when the deadline came first.
  package func wait<Result>(
    until deadline: ContinuousClock.Instant? = nil, _ body: (inout State) -> Result?
  ) -> Result? {
    lock.withLock {
      while true {
        if let result = body(&state) { return result }
        guard lock.wait(until: deadline) else { return nil }
      }
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
