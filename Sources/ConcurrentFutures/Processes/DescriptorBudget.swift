#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many descriptors children may use at once: a child that would pass the process's limit waits for its
/// turn instead of failing.
///
/// (Measured on a peer: 200 concurrent children under a limit of 256 hung it or crashed it, 5 runs of 6.)
package final class DescriptorBudget: Sendable {
  /// What the rest of the program needs: reports, plugins, libraries with sockets.
  static let reserve = 64
  /// One command: two pipes and an exit descriptor, and while it starts the pipes' other ends and its input.
  package static let perCommand = 6
  /// One worker: three pipes and an exit descriptor, and while it starts the pipes' other ends.
  static let perWorker = 7
  /// One function on a thread: a connection and its helpers, a file. A session that is kept for the next call counts.
  package static let perFunction = 8
  /// No system gives a process more descriptors than a few of these commands need.
  private static let maximumChildren = 100_000

  private let free: Monitor<Int>
  /// How many descriptors there are for children and functions together.
  package let total: Int
  /// The soft limit this process was started with: what children get back. Negative for "as it is".
  let inheritedSoftLimit: Int64
  /// Read before the first budget changes it.
  private static let softLimitAtStart = Int64(exactly: currentLimit().rlim_cur) ?? -1

  /// Makes a budget from the process's limit, raising the soft limit towards the hard one if that is needed.
  /// - Parameter children: how many children should be able to run at once.
  package init(children: Int) {
    inheritedSoftLimit = Self.softLimitAtStart
    var limit = Self.currentLimit()
    let wanted = rlim_t(Self.reserve + min(max(1, children), Self.maximumChildren) * Self.perFunction)
    if limit.rlim_cur < wanted {
      var raised = limit
      raised.rlim_cur = min(wanted, limit.rlim_max)
      if setrlimit(Self.resource, &raised) == 0 { limit = raised }
    }
    // Always enough for one child of each sort; with fewer than that nothing could ever run.
    total = max(Self.perCommand + Self.perWorker, Int(clamping: limit.rlim_cur) - Self.reserve)
    free = Monitor(total)
  }

  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif

  private static func currentLimit() -> rlimit {
    var limit = rlimit()
    getrlimit(resource, &limit)
    return limit
  }

  /// Waits until that many descriptors are free and takes them.
  func acquire(_ count: Int) {
    _ = free.wait { free -> Void? in
      guard free >= count else { return nil }
      free -= count
      return ()
    }
  }

  /// Takes that many descriptors for as long as the program wants, if they are free now and a command is left
  /// enough to run: idle workers that held the last ones would keep every command waiting for ever.
  func tryAcquire(_ count: Int) -> Bool {
    free.withLock { free in
      guard free >= count + Self.perCommand else { return false }
      free -= count
      return true
    }
  }

  /// Gives descriptors back.
  func release(_ count: Int) {
    free.withLock { $0 += count }
    free.broadcast()
  }
}
