#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ProcessSpawner {
  /// Runs a command to its end: starts it, collects its output, and leaves nothing of it behind.
  ///
  /// Blocks the calling thread. The command has ended when its leader has. A descendant that still holds the
  /// output open is given 200 ms to finish writing, then the group is killed. After a stop the group is given
  /// until ``ProcessControl/kill()``, so that children of the leader can clean up as well.
  /// - Parameters:
  ///   - command: what to run.
  ///   - control: how others stop it.
  ///   - moment: how long to wait with the call of `onStart`, not negative. Who only tells others of the start, and
  ///     wakes them for it, need not do so for a command that is over at once.
  ///   - onStart: called from this thread once the command has run for the moment, with its pid and the instant of its
  ///     start, ``ProcessResult/start``. With a moment of zero it is called for every command that runs; otherwise not
  ///     for one that has ended before.
  public func run(
    _ command: ProcessCommand, control: ProcessControl = ProcessControl(),
    after moment: Duration = .zero,
    onStart: (_ pid: Int, _ start: ContinuousClock.Instant) -> Void = { _, _ in }
  ) -> ProcessOutcome {
    budget.acquire(DescriptorBudget.perCommand)
    defer { budget.release(DescriptorBudget.perCommand) }
    var pause = Duration.milliseconds(10)
    while true {
      if control.stop > .none { return .stoppedBeforeStart }
      do throws(SpawnFailure) {
        var run = try ProcessRun(command, spawner: self)
        control.began(run.child.pid)
        if !run.ends(within: moment) { onStart(Int(run.child.pid), run.start) }
        run.collect(control)
        return .ended(run.finish(control))
      } catch {
        // Out of processes, memory or descriptors for the moment: others end and give some back.
        guard error.isPassing, pause < .seconds(4) else {
          return .notStarted(error)
        }
        if control.waitForStop(atMost: pause) { return .stoppedBeforeStart }
        pause *= 2
      }
    }
  }
}
