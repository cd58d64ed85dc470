import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Descendants whose parents are gone: a runner that adopts them can find them, and must reap them.
package enum Orphans {
  /// Makes this process the parent of its orphaned descendants, where the system can.
  /// - Returns: the children that it has already, from a program that became this one. They are nobody's orphans.
  package static func adopt() -> Set<Int32> {
    _ = csystem_become_subreaper()
    return exist ? Set(list()) : []
  }

  /// Whether this process has children at all: one system call, where a list of them costs some for each thread. (Where
  /// the guardian counts as a child it is always true while there is one.)
  package static var exist: Bool { csystem_has_children() }

  /// Reaps adopted processes that have ended. What the spawner has started is left alone.
  static func reap(except table: ChildTable) {
    reap(among: list()) { Set(table.pids) }
  }

  /// Reaps those of some children that have ended, each by its own pid.
  /// - Parameter owned: asks which of them somebody else reaps. A child that has been started just now is perhaps not
  ///   among these yet, but one that has ended is, until after its owner has reaped it.
  static func reap(among children: [pid_t], except owned: () -> Set<pid_t>) {
    // In this order: one that ends only after it has been looked at may be one that was not written down yet.
    let ended = children.filter { csystem_has_ended($0) }
    let owned = owned()
    for pid in ended where !owned.contains(pid) { waitpid(pid, nil, WNOHANG) }
  }

  /// Kills what a run has left behind and waits until it is gone, at most two seconds.
  ///
  /// An adopted child can only be a descendant, so it is killed whatever has become of its environment. What it
  /// started in turn is found by the mark, or adopted when its parent is gone.
  /// - Parameters:
  ///   - mark: the environment entry that the run's processes carry.
  ///   - spared: children that are meant to live: the guardian, and those that ``adopt()`` found.
  package static func sweep(mark: String, sparing spared: Set<Int32>) {
    let deadline = ContinuousClock.now + .seconds(2)
    while true {
      let orphans = list().filter { !spared.contains($0) }
      guard !orphans.isEmpty, ContinuousClock.now < deadline else { return }
      for pid in orphans { kill(pid, SIGKILL) }
      withCStringArray([Array(mark.utf8CString)]) { entries in
        let list = UnsafeRawPointer(entries).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
        _ = csystem_signal_marked(list, Array(spared), Int32(spared.count), SIGKILL)
      }
      for pid in orphans { waitpid(pid, nil, WNOHANG) }
      if list().contains(where: { !spared.contains($0) }) { usleep(2000) }
    }
  }

  private static func list() -> [pid_t] {
    var pids = [pid_t](repeating: 0, count: 1024)
    let count = csystem_children(&pids, Int32(pids.count))
    return Array(pids.prefix(Int(max(0, min(count, 1024)))))
  }
}
