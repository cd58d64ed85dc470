import Synchronization

/// Puts one thread to sleep until another wakes it. A wake-up that comes first is kept, so none is lost.
///
/// One thread parks; any thread may unpark. Waking a thread that is not asleep costs one atomic exchange.
final class Parker: Sendable {
  private static let empty: UInt8 = 0
  private static let parked: UInt8 = 1
  private static let notified: UInt8 = 2

  private let state = Atomic<UInt8>(empty)
  private let lock = ConditionLock()

  /// Stays awake for a moment if the lookout says so; a wake-up is not used up by that.
  func lookOut(_ lookout: Lookout) {
    lookout.look { state.load(ordering: .relaxed) == Self.notified }
  }

  /// Sleeps until ``unpark()`` or until the time, and uses the wake-up up.
  /// - Returns: whether it was woken; false if the time is over.
  func park(until deadline: ContinuousClock.Instant? = nil) -> Bool {
    if takeNotification() { return true }
    return lock.withLock {
      let (isParked, _) = state.compareExchange(
        expected: Self.empty, desired: Self.parked, ordering: .acquiringAndReleasing)
      guard isParked else { return takeNotification() }
      while !takeNotification() {
        if lock.wait(until: deadline) { continue }
        // The time is over; a wake-up that came meanwhile counts.
        return state.exchange(Self.empty, ordering: .acquiringAndReleasing) == Self.notified
      }
      return true
    }
  }

  /// Wakes the thread that parks, or the next one that will.
  func unpark() {
    guard state.exchange(Self.notified, ordering: .acquiringAndReleasing) == Self.parked else { return }
    // Between the parked thread's look at the state and its sleep it holds the lock: wait until it sleeps.
    lock.withLock {}
    lock.signal()
  }

  private func takeNotification() -> Bool {
    state.compareExchange(
      expected: Self.notified, desired: Self.empty, ordering: .acquiringAndReleasing
    ).exchanged
  }
}
