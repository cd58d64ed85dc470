import ConcurrentFutures
import TaskrunAPI
import TaskrunEngine

/// How attempts that are commands are started.
extension LocalExecutor {
  /// How late the scheduling loop may hear of a command's start: it hears of the start and the end of a short command
  /// at once then, and is woken once.
  private static let moment = Duration.milliseconds(5)
  /// A limit below this is watched from the very start.
  private static let shortTimeout = Duration.milliseconds(100)

  func startCommand(
    _ preparation: CommandPreparation, _ attempt: Attempt, _ executor: ExecutorKind
  ) {
    let control = ProcessControl()
    let id = attempt.id
    settle(id, as: .command(control, nil))
    if watchCommand(preparation, attempt, executor, control) { return }
    submit(attempt, executor) { [self] _ in
      do throws(FunctionFailure) {
        let command = try preparation.command(inheriting: spawner.environment)
        var isTold = false
        let hasShortTimeout = attempt.timeout.map { $0 < Self.shortTimeout } ?? false
        let moment = hasShortTimeout ? Duration.zero : Self.moment
        let outcome = spawner.run(command, control: control, after: moment) { _, start in
          isTold = true
          mailbox.deliver(.started(id, time: mailbox.time(of: start)))
        }
        var start: ContinuousClock.Instant?
        if !isTold, case .ended(let result) = outcome { start = result.start }
        finishHere(id, started: start, AttemptOutcome(outcome, of: attempt, executor: executor))
      } catch {
        finishHere(id, AttemptOutcome(.failed(error.reason, error.error), executor: executor))
      }
    } then: { future in
      settle(id, as: .command(control, future))
    }
  }

  /// Lets the scheduling loop start the only command of a run, and watch it while it waits: a thread for it would cost
  /// more than a short command. Beside others it would not do, for a program may take long to be loaded.
  /// - Returns: whether it has; otherwise nothing has happened.
  private func watchCommand(
    _ preparation: CommandPreparation, _ attempt: Attempt, _ executor: ExecutorKind, _ control: ProcessControl
  ) -> Bool {
    let id = attempt.id
    guard configuration.hasOneInstance, mailbox.canWatch() else { return false }
    let started: Result<WatchedCommand?, SpawnFailure>
    do throws(FunctionFailure) {
      let command = try preparation.command(inheriting: spawner.environment)
      started = Result { () throws(SpawnFailure) in try spawner.watch(command, control: control) }
    } catch {
      finish(id, AttemptOutcome(.failed(error.reason, error.error), executor: executor))
      return true
    }
    switch started {
    case .success(nil): return false
    case .failure(let failure):
      finish(id, AttemptOutcome(.notStarted(failure), of: attempt, executor: executor))
    case .success(let command?):
      mailbox.send(.started(id, time: mailbox.time(of: command.start)))
      let look: @Sendable () -> Bool = { [self] in
        guard command.look() else { return false }
        let end: @Sendable () -> Void = { [self] in
          finish(id, AttemptOutcome(command.wait(), of: attempt, executor: executor))
        }
        // What is left of it is for a thread to wait for; without one it has to be this.
        if !command.isOver, let future = try? threads(for: attempt.kind).trySubmit(end) {
          settle(id, as: .command(control, future))
        } else {
          end()
        }
        return true
      }
      mailbox.watch(descriptors: { command.descriptors }, look: look)
    }
    return true
  }
}
