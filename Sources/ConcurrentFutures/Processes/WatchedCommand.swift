/// A command that runs, for a thread that has other things to wait for as well: instead of waiting for the command it
/// looks at it whenever one of ``descriptors`` is readable.
///
/// A class, for it goes to another thread if there turns out to be something to wait for.
// @unchecked: one thread at a time has it, the one that started it or the one it was handed to, which is the last.
package final class WatchedCommand: @unchecked Sendable {
  private var run: ProcessRun?
  private let control: ProcessControl
  private let budget: DescriptorBudget
  /// The command's process.
  package let pid: Int
  /// When it started: before the program was loaded.
  package let start: ContinuousClock.Instant

  fileprivate init(_ run: consuming ProcessRun, control: ProcessControl, budget: DescriptorBudget) {
    pid = Int(run.child.pid)
    start = run.start
    self.run = consume run
    self.control = control
    self.budget = budget
  }

  /// What to poll for reading; -1 for what has ended.
  package var descriptors: (exit: Int32, output: Int32, error: Int32) { run?.descriptors ?? (-1, -1, -1) }

  /// Reads what is there. Waits for nothing.
  /// - Returns: whether the command's leader has ended.
  package func look() -> Bool { run?.look() ?? true }

  /// Whether ``wait()`` would only tell what came of the command, after its leader has ended. Otherwise something of it
  /// is left: a descendant that holds the output open, or a group that is being stopped.
  package var isOver: Bool { control.stop == .none && run?.hasAllOutput ?? true }

  /// Waits until nothing of the command is left. The last call.
  package func wait() -> ProcessOutcome {
    guard var run = run.take() else { return .stoppedBeforeStart }
    run.collect(control)
    let result = run.finish(control)
    budget.release(DescriptorBudget.perCommand)
    return .ended(result)
  }
}

extension ProcessSpawner {
  /// Starts a command that the caller watches. Waits for nothing but the start itself.
  /// - Parameter control: how others stop it.
  /// - Returns: the command; `nil` if it would have to wait for descriptors, memory or a process, as ``run(_:control:onStart:)``
  ///   does.
  /// - Throws: why it cannot be started.
  package func watch(
    _ command: ProcessCommand, control: ProcessControl
  ) throws(SpawnFailure) -> WatchedCommand? {
    guard budget.tryAcquire(DescriptorBudget.perCommand) else { return nil }
    do throws(SpawnFailure) {
      let run = try ProcessRun(command, spawner: self)
      control.began(run.child.pid)
      return WatchedCommand(run, control: control, budget: budget)
    } catch {
      budget.release(DescriptorBudget.perCommand)
      if error.isPassing { return nil }
      throw error
    }
  }
}
