import CSystem
import Synchronization

/// A pool of warm worker processes, each of which runs one task at a time.
///
///     submit ──▶ inbox ──▶ ┌ manager thread ┐  requests   ┌ worker 1 ┐
///     (any thread)  wakeup │ queue, workers │ ══ pipe ══▶ │ tasks    │
///     events  ◀──────────  │ deadlines      │ ◀═ pipe ═══ │          │
///     (manager thread)     └────────────────┘  answers    └──────────┘  ... worker n
///
/// Each worker has pipes of its own, so that a worker that dies can take nothing with it but the task it was
/// running: that one fails with `workerLost`, and another worker is started in its place. (Python's pool shares
/// its queues among all workers; one death condemns the pool.) One thread owns all state, so there is nothing to
/// lock but the inbox, and it waits for nobody: not for a write, a read or a callback.
///
/// Workers are started when there is work and none is idle, the most recently idle is used first, and what was
/// sent to a worker that never began it goes to another.
public final class ProcessExecutor: Sendable {
  /// How many workers a pool may have.
  public static let maximumWorkers = 1024

  /// How the pool is made up.
  public struct Configuration: Sendable {
    /// How many workers at most, 1 to 1024. Fewer run at once if the system has not seven descriptors for each.
    public var maxWorkers: Int
    /// The file to start, where that is not what `arguments[0]` names.
    public var program: String?
    /// The worker program and its arguments.
    public var arguments: [String]
    /// The workers' environment.
    public var environment: ProcessEnvironment
    /// The workers' folder; `nil` for this process's.
    public var directory: String?
    /// How long a worker may take to answer the handshake; positive.
    public var handshakeTimeout = Duration.seconds(10)
    /// How many workers there are at least, 0 to ``maxWorkers``: they are started with the executor, stay however long
    /// they are idle, and are replaced when they are lost.
    public var minWorkers = 0
    /// How long another worker may be idle before it is let go; not negative, `nil` for ever.
    public var idleTimeout: Duration?
    /// After how many tasks a worker is replaced, at least 1; `nil` for never.
    public var maxTasksPerWorker: Int?
    /// A worker that has lived longer is replaced as soon as it has nothing to do; not negative, `nil` for never.
    public var maxWorkerAge: Duration?
    /// A worker whose resident memory is more than this after a task is replaced; at least 1, `nil` for never.
    public var maxWorkerMemoryBytes: Int?
    /// How much memory a worker may have resident while it runs a task, at least 1; `nil` for any amount. It is looked at
    /// every 50 ms; a worker that has more is killed, and its task fails with ``ResourceLimit/memory(limitBytes:)``.
    public var memoryLimitBytes: Int?
    /// How much processor time a task may use, positive; `nil` for any amount. Looked at in the same way, and the task
    /// fails with ``ResourceLimit/cpuTime(limit:)``.
    public var cpuTimeLimit: Duration?
    /// How many threads libraries in a worker are asked to use, at least 1: the value of `OMP_NUM_THREADS` and its
    /// siblings where the workers' environment has none. By default the processors, divided among the workers.
    public var threadsPerWorker: Int
    /// How long a worker may read nothing of a request that it has been sent; positive.
    public var stallTimeout = Duration.seconds(30)
    /// How long a worker may take to leave when it is told to; not negative.
    public var leaveTimeout = Duration.seconds(2)
    /// How many tasks may be queued, at least 1; more are turned away or have to wait.
    public var queueLimit: Int

    /// Makes a configuration.
    public init(maxWorkers: Int, arguments: [String], environment: ProcessEnvironment = .current) {
      self.maxWorkers = maxWorkers
      self.arguments = arguments
      self.environment = environment
      // Too many workers are refused later; the product must not overflow before.
      queueLimit = max(1024, 64 * min(max(0, maxWorkers), ProcessExecutor.maximumWorkers))
      threadsPerWorker = max(1, ProcessorCount.available / max(1, maxWorkers))
    }
  }

  /// How an executor stood a moment ago; all numbers belong together.
  public struct Snapshot: Sendable, Hashable {
    /// Tasks that no worker has.
    public var queued = 0
    /// Tasks that wait in a worker's pipe behind the one that runs.
    public var dispatched = 0
    /// Tasks that workers run.
    public var running = 0
    /// Workers without a task.
    public var idle = 0
    /// Workers that have not answered the handshake yet.
    public var starting = 0
    /// Workers that run, are idle or start.
    public var workers = 0
    /// The most tasks that workers ever had at once.
    public var peak = 0
    /// Every one of these workers.
    public var processes: [Process] = []

    /// An executor that has done nothing yet.
    public init() {}
  }

  /// One worker, in a ``Snapshot``.
  public struct Process: Sendable, Hashable {
    /// Its process.
    public var pid: Int
    /// When it was started.
    public var startTime: ContinuousClock.Instant
    /// How many tasks it has done.
    public var finishedTasks: Int
  }

  let inbox: ProcessInbox
  let desk: TaskDesk
  /// How many workers at most.
  public let maxWorkers: Int

  /// Makes a pool. No worker is started yet.
  /// - Parameter spawner: starts the workers; `nil` for one of its own, which raises the soft limit of descriptors as far
  ///   as it may, so that ``Configuration/maxWorkers`` can run at once. What the limit does not allow waits.
  /// - Throws: ``ConfigurationError`` for a setting out of range or inside of a worker; ``SpawnFailure`` if the
  ///   system has no thread or descriptor for the pool itself.
  public init(_ configuration: Configuration, spawner: ProcessSpawner? = nil) throws {
    guard !Worker.isWorker else { throw ConfigurationError.insideWorker }
    try configuration.check()
    let inbox = try ProcessInbox()
    self.inbox = inbox
    maxWorkers = configuration.maxWorkers
    let desk = TaskDesk(
      inbox, queueLimit: configuration.queueLimit, temporaryFolder: configuration.temporaryFolder)
    self.desk = desk
    let source = LocalWorkerSource(
      program: configuration.program, arguments: configuration.arguments,
      environment: configuration.workerEnvironment, directory: configuration.directory,
      spawner: spawner ?? ProcessSpawner(children: max(64, configuration.maxWorkers)))
    try PlatformThread.start(name: "process-pool") {
      ProcessManager(configuration, source: source, inbox: inbox, desk: desk).run()
    }.detach()
  }

  /// An executor that is only dropped cancels what is queued and lets what runs end.
  deinit {
    desk.close()
    inbox.post(.shutDown(.dropped))
  }

  /// Submits a request.
  /// - Parameter observer: hears what happens to it, from the manager thread, and must not block; of a value of more than
  ///   16 KiB from the thread that reads results, where it may take its time.
  /// - Throws: ``SubmitError/shutDown``.
  package func submit(
    _ request: WorkerRequest, observer: @escaping @Sendable (WorkerEvent) -> Void
  ) throws(SubmitError) -> WorkerCall {
    let call = ObservedCall(request, temporaryFolder: desk.temporaryFolder, observer: observer)
    guard inbox.post(.submit(call)) else { throw .shutDown }
    return call
  }

  /// Asks a request's worker to stop; a request that no worker has yet ends at once.
  package func cancel(_ call: WorkerCall) { inbox.post(.cancel(call, .requested)) }

  /// Kills the worker that has the request; a request that no worker has yet ends at once.
  package func kill(_ call: WorkerCall) { inbox.post(.kill(call)) }

  /// Stops waiting for a request whose worker has been killed and does not end, and fills its place.
  package func giveUp(_ call: WorkerCall) { inbox.post(.giveUp(call)) }

  /// How the executor stood a moment ago.
  public func snapshot() -> Snapshot { inbox.snapshot }
}
