import CSystem
import Synchronization

/// Lets a thread that has to wait stay awake for a moment, since what it waits for often comes at once.
///
/// Putting a thread to sleep and waking it costs more than many a task: a few microseconds where its processor is
/// awake, and up to a hundred where a virtual one was halted. When two threads hand work to each other in turns, both
/// pay that for every task, unless each of them is still awake when the other is done.
///
/// On a busy machine looking keeps the very thread from running that is waited for. So only one thread at a time looks
/// on behalf of each lookout, and unless nearly all looks find something there are soon few of them: one in vain costs
/// about as much as eight others save. With one processor nobody ever looks.
final class Lookout: Sendable {
  /// What a look in vain adds to the doubt; one that finds something takes 1 away.
  private static let doubtOfLook: UInt32 = 8
  /// Up to here every wait begins with a look: a thread may be held up by something else, once or twice.
  private static let forgivenDoubt: UInt32 = 16
  private static let maximumDoubt: UInt32 = 80

  /// Looking would use up a quota of one processor, too.
  private static let hasProcessors = ProcessorCount.available > 1

  private let limit: Duration
  private let isWorthwhile: Bool
  private let isTaken = Atomic(false)
  // Only whoever has taken the lookout changes these.
  private let doubt = Atomic<UInt32>(0)
  private let waitsLeftOut = Atomic<UInt32>(0)

  /// - Parameter limit: how long one look may last. At least as long as it takes to wake a thread, or two threads
  ///   that both sleep never come to meet awake.
  init(limit: Duration, isWorthwhile: Bool = Lookout.hasProcessors) {
    self.limit = limit
    self.isWorthwhile = isWorthwhile
  }

  /// Stays awake until something is so, or until the look's time is over; or does nothing.
  func look(until isSo: () -> Bool) {
    guard isWorthwhile,
      isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return }
    defer { isTaken.store(false, ordering: .releasing) }
    let leftOut = waitsLeftOut.load(ordering: .relaxed)
    if leftOut > 0 {
      waitsLeftOut.store(leftOut - 1, ordering: .relaxed)
      return
    }
    let before = doubt.load(ordering: .relaxed)
    let doubt =
      stayAwake(until: isSo)
      ? max(before, 1) - 1 : min(before + Self.doubtOfLook, Self.maximumDoubt)
    self.doubt.store(doubt, ordering: .relaxed)
    guard doubt > Self.forgivenDoubt else { return }
    waitsLeftOut.store(1 << ((doubt - Self.forgivenDoubt) / Self.doubtOfLook), ordering: .relaxed)
  }

  private func stayAwake(until isSo: () -> Bool) -> Bool {
    let end = ContinuousClock.now + limit
    repeat {
      // The clock costs as much as a few looks.
      for _ in 0..<16 {
        if isSo() { return true }
        csystem_relax()
      }
    } while ContinuousClock.now < end
    return false
  }
}
