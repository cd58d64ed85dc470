import CSystem
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Puts one thread to sleep until another wakes it. A wake-up that comes first is kept, so none is lost.
///
/// One thread parks; any thread may unpark. Waking a thread that is not asleep costs one atomic exchange.
// @unchecked: the pointers never change, and what they point to is made for use by many threads.
final class Parker: @unchecked Sendable {
  private static let empty: UInt8 = 0
  private static let parked: UInt8 = 1
  private static let notified: UInt8 = 2

  private let state = Atomic<UInt8>(empty)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    csystem_condition_init(condition)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Stays awake for a moment if the lookout says so; a wake-up is not used up by that.
  func lookOut(_ lookout: Lookout) {
    lookout.look { state.load(ordering: .relaxed) == Self.notified }
  }

  /// Sleeps until ``unpark()`` or until the time, and uses the wake-up up.
  /// - Returns: whether it was woken; false if the time is over.
  func park(until deadline: ContinuousClock.Instant? = nil) -> Bool {
    if takeNotification() { return true }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let (isParked, _) = state.compareExchange(
      expected: Self.empty, desired: Self.parked, ordering: .acquiringAndReleasing)
    guard isParked else { return takeNotification() }
    while !takeNotification() {
      if sleep(until: deadline) { continue }
      // The time is over; a wake-up that came meanwhile counts.
      return state.exchange(Self.empty, ordering: .acquiringAndReleasing) == Self.notified
    }
    return true
  }

  /// Wakes the thread that parks, or the next one that will.
  func unpark() {
    guard state.exchange(Self.notified, ordering: .acquiringAndReleasing) == Self.parked else { return }
    // Between the parked thread's look at the state and its sleep it holds the mutex: wait until it sleeps.
    pthread_mutex_lock(mutex)
    pthread_mutex_unlock(mutex)
    pthread_cond_signal(condition)
  }

  private func takeNotification() -> Bool {
    state.compareExchange(
      expected: Self.notified, desired: Self.empty, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Sleeps once; false if the time is over. May wake for no reason.
  private func sleep(until deadline: ContinuousClock.Instant?) -> Bool {
    guard let deadline else {
      pthread_cond_wait(condition, mutex)
      return true
    }
    let rest = deadline - ContinuousClock.now
    guard rest > .zero else { return false }
    csystem_condition_wait(condition, mutex, rest.inNanoseconds)
    return true
  }
}
