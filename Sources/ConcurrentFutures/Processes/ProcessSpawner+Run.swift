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
  ///   - onStart: called once the command runs, from this thread, with its pid and the instant of its start: before
  ///     the program was loaded, so that what it has used fits into the time it had.
  public func run(
    _ command: ProcessCommand, control: ProcessControl = ProcessControl(),
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
        onStart(Int(run.child.pid), run.start)
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
