package import ConcurrentFutures
import Synchronization
package import TaskrunAPI
package import TaskrunEngine
package import TaskrunManifest

/// Runs attempts on this machine.
///
/// |                  | `io`                                   | `cpu`                                        |
/// |------------------|----------------------------------------|----------------------------------------------|
/// | a function       | a thread of this process               | a warm worker process                        |
/// | a command        | a thread spawns it and waits           | the same, but in a slot of the process pool  |
///
/// Pools are made when the first attempt needs them. The scheduler never starts more attempts than a pool has
/// slots, so nothing waits in the executors' own queues for long.
package final class LocalExecutor: TaskExecutor {
  /// How the pools are made up.
  package struct Configuration: Sendable {
    /// Slots of each pool, at least 1.
    package var poolSizes: PerKind<Int>
    /// The arguments that make this program a worker, with the name first.
    package var workerArguments: [String]
    /// The runner's environment as functions see it.
    package var environment: [String: String]
    /// What must not stand among the arguments of a program.
    package var secrets: [SecretValue]
    /// Whether the run has one instance and no other, which nothing can hold up.
    package var hasOneInstance: Bool

    /// Makes a configuration.
    package init(
      poolSizes: PerKind<Int>, workerArguments: [String], environment: [String: String],
      secrets: [SecretValue] = [], hasOneInstance: Bool = false
    ) {
      self.poolSizes = poolSizes
      self.workerArguments = workerArguments
      self.environment = environment
      self.secrets = secrets
      self.hasOneInstance = hasOneInstance
    }
  }

  /// What an attempt is while it runs.
  enum Running {
    /// It is being handed over.
    case starting(Stop?)
    case command(ProcessControl, Future<Void>?)
    case function(Future<Void>)
    case call(WorkerCall, isStopped: Bool)
  }

  private struct State {
    var running: [AttemptID: Running] = [:]
    var pools = PerKind<ThreadExecutor?>(io: nil, cpu: nil)
    var workers: ProcessExecutor?
  }

  let configuration: Configuration
  private let catalog: TaskCatalog
  let spawner: ProcessSpawner
  let mailbox: RunMailbox
  let mark: RunMark
  /// The runner's environment as functions see it.
  let environment: [String: String]
  private let state = Mutex(State())

  /// Makes an executor; starts nothing.
  package init(
    _ configuration: Configuration, catalog: TaskCatalog, spawner: ProcessSpawner, mailbox: RunMailbox,
    mark: RunMark
  ) {
    self.configuration = configuration
    self.catalog = catalog
    self.spawner = spawner
    self.mailbox = mailbox
    self.mark = mark
    environment = configuration.environment
  }

  /// Starts an attempt.
  package func start(_ attempt: Attempt) {
    state.withLock { $0.running[attempt.id] = .starting(nil) }
    let executor: ExecutorKind = attempt.kind == .io ? .thread : .process
    switch catalog[attempt.uses] {
    case .command(let type):
      let preparation = CommandPreparation(type, attempt, mark: mark, secrets: configuration.secrets)
      startCommand(preparation, attempt, executor)
    case .function(let type) where attempt.kind == .io: startFunction(type, attempt)
    case .function: startCall(attempt)
    case nil:
      let error = ErrorDescription(type: "task_type", message: "unknown task type '\(attempt.uses)'")
      finish(attempt.id, AttemptOutcome(.failed(.notStarted, error), executor: executor))
    }
  }

  /// Stops an attempt.
  package func stop(_ id: AttemptID, kind: TaskKind, _ stop: Stop) {
    let running = state.withLock { state -> Running? in
      switch state.running[id] {
      case .starting: state.running[id] = .starting(stop)
      case .call(let call, _): state.running[id] = .call(call, isStopped: true)
      case .command, .function, nil: break
      }
      return state.running[id]
    }
    if let running { carryOut(stop, on: running, id, kind) }
  }

  private func carryOut(_ stop: Stop, on running: Running, _ id: AttemptID, _ kind: TaskKind) {
    switch (running, stop) {
    case (.starting, _): break
    case (.command(let control, _), .terminate(let signal)): control.terminate(Int32(clamping: signal))
    case (.command(let control, _), .kill): control.kill()
    case (.command(_, let future), .giveUp):
      forget(id)
      if let future { pool(kind)?.abandon(future, failing: .cancelled(.requested)) }
    case (.function(let future), .terminate): future.requestStop()
    case (.function(let future), .kill), (.function(let future), .giveUp):
      let error = ErrorDescription(
        type: "unstoppable", message: "the function did not return; its thread was given up")
      finish(
        id,
        AttemptOutcome(.failed(.error, error), wasStopped: true, executor: .thread, pid: CurrentProgram.pid))
      pool(kind)?.abandon(future, failing: .cancelled(.requested))
    case (.call(let call, _), .terminate): workers()?.cancel(call)
    case (.call(let call, _), .kill): workers()?.kill(call)
    case (.call(let call, _), .giveUp):
      forget(id)
      workers()?.giveUp(call)
    }
  }

  /// Whether there are worker processes, for whose end ``shutDown()`` waits.
  package var hasWorkers: Bool { workers() != nil }

  /// Ends the pools when nothing runs any more. Threads that were given up are left to themselves.
  package func shutDown() {
    let workers = state.withLock { $0.workers }
    workers?.shutdownBlocking(cancelQueued: true)
  }
}

// MARK: - Starting

extension LocalExecutor {
  private func startCall(_ attempt: Attempt) {
    let id = attempt.id
    let recorder = OutputRecorder(limitBytes: attempt.outputLimitBytes)
    var parameters: [UInt8] = []
    Value.object(attempt.parameters).appendJSON(to: &parameters)
    let request = WorkerRequest(
      type: attempt.uses, parameters: parameters, task: attempt.instance, attempt: attempt.number,
      directory: attempt.directory, environment: attempt.environment, input: attempt.input ?? "")
    do {
      let call = try makeWorkers().submit(request) { [self] event in
        switch event {
        case .dispatched, .requeued: break
        case .started: mailbox.send(.started(id, time: mailbox.now))
        case .output(let isError, let bytes): recorder.write(isError ? .stderr : .stdout, bytes)
        case .finished(let result): finishCall(id, result, recorder)
        }
      }
      settle(id, as: .call(call, isStopped: false))
    } catch {
      let error = ErrorDescription(type: "system", message: "\(error)")
      finish(id, AttemptOutcome(.failed(.notStarted, error), executor: .process))
    }
  }

  private func finishCall(
    _ id: AttemptID, _ result: Result<WorkerAnswer, TaskFailure>, _ recorder: OutputRecorder
  ) {
    let isStopped = state.withLock { state in
      if case .call(_, isStopped: true) = state.running[id] { true } else { false }
    }
    var outcome = AttemptOutcome(result)
    outcome.wasStopped = isStopped
    outcome.stdout = recorder.captured(.stdout)
    outcome.stderr = recorder.captured(.stderr)
    finish(id, outcome)
  }
}

// MARK: - State

extension LocalExecutor {
  /// The attempt has been handed over. It may have finished already, or been stopped meanwhile.
  func settle(_ id: AttemptID, as running: Running) {
    let stop = state.withLock { state -> Stop? in
      guard let before = state.running[id] else { return nil }
      state.running[id] = running
      guard case .starting(let stop?) = before else { return nil }
      return stop
    }
    if let stop { self.stop(id, kind: .io, stop) }
  }

  /// - Returns: whether it was known until now: only who has made it be forgotten reports its end.
  @discardableResult
  private func forget(_ id: AttemptID) -> Bool {
    state.withLock { $0.running.removeValue(forKey: id) != nil }
  }

  /// Reports the attempt's end, if nobody has done so yet. Any thread.
  func finish(_ id: AttemptID, _ outcome: AttemptOutcome) {
    if forget(id) { mailbox.send(.finished(id, time: mailbox.now, outcome)) }
  }

  /// The same on the thread that has done the work and has nothing more to do.
  /// - Parameter start: when the attempt started, if that has not been told yet.
  func finishHere(_ id: AttemptID, started start: ContinuousClock.Instant? = nil, _ outcome: AttemptOutcome) {
    guard forget(id) else { return }
    let end = RunMessage.finished(id, time: mailbox.now, outcome)
    if let start {
      mailbox.deliver(.started(id, time: mailbox.time(of: start)), end)
    } else {
      mailbox.deliver(end)
    }
  }

  private func pool(_ kind: TaskKind) -> ThreadExecutor? { state.withLock { $0.pools[kind] } }

  private func workers() -> ProcessExecutor? { state.withLock { $0.workers } }

  /// The threads that run a kind's functions or wait for its commands.
  ///
  /// Only the scheduling loop starts attempts, so two calls never race to make a pool.
  func threads(for kind: TaskKind) throws(ConfigurationError) -> ThreadExecutor {
    if let pool = pool(kind) { return pool }
    let pool = try ThreadExecutor(maxWorkers: configuration.poolSizes[kind], name: kind.rawValue)
    state.withLock { $0.pools[kind] = pool }
    return pool
  }

  private func makeWorkers() throws -> ProcessExecutor {
    if let workers = workers() { return workers }
    var environment = spawner.environment
    environment[mark.variable.name] = mark.variable.value
    var workers = ProcessExecutor.Configuration(
      // The pool of a larger size has room for commands; of workers there are not more.
      maxWorkers: min(ProcessExecutor.maximumWorkers, configuration.poolSizes.cpu),
      arguments: configuration.workerArguments,
      environment: environment)
    workers.program = CurrentProgram.path
    let executor = try ProcessExecutor(workers, spawner: spawner)
    state.withLock { $0.workers = executor }
    return executor
  }
}
