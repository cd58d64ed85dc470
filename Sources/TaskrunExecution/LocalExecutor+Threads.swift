import ConcurrentFutures
import TaskrunAPI
import TaskrunEngine

/// What runs on the threads of a pool.
extension LocalExecutor {
  /// Starts an attempt that is a function.
  func startFunction(_ type: any FunctionTaskType, _ attempt: Attempt) {
    let id = attempt.id
    submit(attempt, .thread) { [self] token in
      let recorder = OutputRecorder(limitBytes: attempt.outputLimitBytes)
      var variables = environment
      for (name, value) in attempt.environment { variables[name] = value }
      let context = TaskContext(
        id: attempt.instance, attempt: attempt.number, kind: .io, directory: attempt.directory,
        environment: variables, input: attempt.input ?? "", cancellation: TokenCancellation(token: token)
      ) { stream, text in
        recorder.write(stream, Array(text.utf8))
      }
      mailbox.deliver(.started(id, time: mailbox.now))
      let before = ThreadUsage.now
      let result: AttemptOutcome.Result
      do throws(FunctionFailure) {
        result = .succeeded(try FunctionCall(type: type, parameters: attempt.parameters).run(in: context))
      } catch {
        result = .failed(error.reason, error.error)
      }
      let used = ThreadUsage.now - before
      finishHere(
        id,
        AttemptOutcome(
          result, wasStopped: token.isCancelled, executor: .thread, pid: CurrentProgram.pid,
          stdout: recorder.captured(.stdout), stderr: recorder.captured(.stderr),
          usage: ResourceUsage(user: used.user, system: used.system, maxRSSBytes: nil)))
    } then: { future in
      settle(id, as: .function(future))
    }
  }

  /// Hands a body to the pool's threads.
  func submit(
    _ attempt: Attempt, _ executor: ExecutorKind, _ body: @escaping @Sendable (CancellationToken) -> Void,
    then: (Future<Void>) -> Void
  ) {
    do {
      let future = try threads(for: attempt.kind).trySubmit { token in body(token) }
      // The body tells how it ends. If there is no thread to call it, or if it was stopped before, nobody would.
      future.onFailure { [self] failure in
        var outcome = AttemptOutcome(
          .failed(.notStarted, ErrorDescription(type: "system", message: failure.description)),
          executor: executor)
        outcome.wasStopped = failure.isCancellation
        finish(attempt.id, outcome)
      }
      then(future)
    } catch {
      let error = ErrorDescription(type: "system", message: "\(error)")
      finish(attempt.id, AttemptOutcome(.failed(.notStarted, error), executor: executor))
    }
  }
}
