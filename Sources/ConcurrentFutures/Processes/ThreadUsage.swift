import CSystem

/// Processor time of the calling thread. (Of the whole process where the system does not tell threads apart.)
package struct ThreadUsage: Sendable {
  /// In user mode.
  package var user: Duration
  /// In the kernel.
  package var system: Duration

  /// What the calling thread has used since it began.
  package static var now: ThreadUsage {
    var (user, system): (Int64, Int64) = (0, 0)
    csystem_thread_usage(&user, &system)
    return ThreadUsage(user: .microseconds(user), system: .microseconds(system))
  }

  /// What was used between two moments of one thread.
  package static func - (end: ThreadUsage, start: ThreadUsage) -> ThreadUsage {
    ThreadUsage(user: end.user - start.user, system: end.system - start.system)
  }
}
