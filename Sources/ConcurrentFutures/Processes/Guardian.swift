import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A small process that outlives the runner by a moment, to end what the runner left behind.
///
/// A runner that is killed with SIGKILL, or that crashes, can clean nothing up. The guardian notices, for it
/// holds the other end of a pipe, and kills every group that is listed in the ``ChildTable`` and every process
/// that carries the run's mark. (`PR_SET_PDEATHSIG` cannot do this: it fires when the *thread* that started a
/// child ends.) As long as the runner lives the guardian sleeps; a run tells it nothing.
package final class Guardian: Sendable {
  private let lifeline: Int32
  /// The guardian's process.
  package let pid: Int

  /// Starts a guardian.
  /// - Parameter mark: the environment entry that the run's processes carry.
  /// - Throws: ``SpawnFailure``.
  package init(_ table: ChildTable, mark: String) throws(SpawnFailure) {
    var lifeline: Int32 = -1
    let pid = csystem_start_guardian(table.entry(0), Int32(ChildTable.capacity), mark, &lifeline)
    guard pid > 0 else { throw .system(code: errno) }
    self.pid = Int(pid)
    self.lifeline = lifeline
  }

  /// Ends the guardian, as nothing is left behind. Waits for nothing; ``reap()`` comes after it.
  package func dismiss() {
    kill(pid_t(pid), SIGKILL)
    close(lifeline)
  }

  /// Waits until the guardian is gone. The last call.
  ///
  /// (Left to itself it would become a zombie where process 1 does not reap, as in many containers.)
  package func reap() {
    _ = csystem_reap(Int32(pid))
  }
}
