import Synchronization

/// Runs closures on threads of its own, and gives a ``Future`` for each: Python's `ThreadPoolExecutor`.
///
/// For work that waits: files, sockets, child processes. Its threads may block, which those of Swift concurrency
/// must not. They are made on demand, the one that became idle last is used first, and they end when there is
/// nothing to do.
///
/// A class: it owns the threads. All members may be used from any thread. End it with ``shutdown(cancelQueued:)``, or
/// use ``withThreadExecutor(maxWorkers:minWorkers:idleTimeout:queueLimit:name:initializer:_:)``. An executor that is
/// only dropped cancels what is queued (``CancelReason/dropped``) and lets running bodies end.
///
/// A body that traps (an index out of range, a forced `nil`) ends the whole program: threads do not isolate it. That is
/// what worker processes are for.
public final class ThreadExecutor: Sendable {
  let pool: ThreadPool

  /// Makes an executor. No thread is started before the first task.
  ///
  /// - Parameters:
  ///   - maxWorkers: how many bodies run at once at most, 1 to 32,767. A body that waits for a future gives its
  ///     place away meanwhile. `nil`: ``defaultMaxWorkers``.
  ///   - minWorkers: how many threads stay once they have been started, 0 to `maxWorkers`.
  ///   - idleTimeout: how long the other threads wait for a task before they end; not negative.
  ///   - queueLimit: how many tasks may be queued, at least 1; more are turned away or have to wait. `nil`: 64 for
  ///     each worker, but not less than 1024.
  ///   - name: the threads are called `name-0`, `name-1` and so on; systems show the first 15 bytes.
  ///   - initializer: called once on each thread before its first task. If it throws, the executor is broken: queued
  ///     tasks fail with ``TaskFailure/executorBroken(_:)``, and submitting throws ``SubmitError/broken(_:)``.
  /// - Throws: ``ConfigurationError/outOfRange(setting:value:accepted:)``.
  public init(
    maxWorkers: Int? = nil, minWorkers: Int = 0, idleTimeout: Duration = .seconds(30), queueLimit: Int? = nil,
    name: String = "futures", initializer: (@Sendable () throws -> Void)? = nil
  ) throws(ConfigurationError) {
    let workers = maxWorkers ?? Self.defaultMaxWorkers
    try ConfigurationError.check(workers, in: 1...32_767, accepted: "1...32767", setting: "maxWorkers")
    let limit = queueLimit ?? max(1024, 64 * workers)
    try ConfigurationError.check(
      minWorkers, in: 0...workers, accepted: "0...\(workers)", setting: "minWorkers")
    try ConfigurationError.check(
      idleTimeout, in: Duration.zero..., accepted: "0 seconds or more", setting: "idleTimeout")
    try ConfigurationError.check(limit, in: 1..., accepted: "1 or more", setting: "queueLimit")
    pool = ThreadPool(
      ThreadPool.Settings(
        name: name, maxWorkers: workers, minWorkers: minWorkers, idleTimeout: idleTimeout, queueLimit: limit,
        initializer: initializer))
  }

  init(pool: ThreadPool) {
    self.pool = pool
  }

  deinit {
    pool.beginShutdown(cancellingQueued: .dropped)
  }

  /// `min(32, processors + 4)`, with the processors this process may really use: ``ProcessorCount/available``.
  public static var defaultMaxWorkers: Int { min(32, ProcessorCount.available + 4) }

  /// How many bodies run at once at most.
  public var maxWorkers: Int { pool.settings.maxWorkers }
}

// MARK: - Submitting

extension ThreadExecutor {
  /// Queues a body and returns its future. Suspends while the queue is full; who waits longest goes first.
  ///
  /// Bodies start in the order they were submitted. What a body throws becomes ``TaskFailure/thrown(_:)``.
  /// Task-local values do not follow into the body: Swift has no way to carry them to a thread.
  /// - Throws: ``SubmitError``, but never `queueFull`; `waitCancelled` if the Swift task is cancelled meanwhile.
  public func submit<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws(SubmitError) -> Future<Value> {
    try await submitSuspending(PlainJob(pool, body))
  }

  /// Like `submit` without a token; the body gets one that tells it to stop; see
  /// ``Future/requestStop(_:)``.
  ///
  /// A body that throws `CancellationError` after it was asked to stop ends as ``FutureState/cancelled``.
  public func submit<Value: Sendable>(
    _ body: @escaping @Sendable (CancellationToken) throws -> Value
  ) async throws(SubmitError) -> Future<Value> {
    try await submitSuspending(TokenJob(pool, body))
  }

  /// Queues a body and returns its future, at once.
  /// - Throws: ``SubmitError``; `queueFull` if there is no room.
  public func trySubmit<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) throws(SubmitError) -> Future<Value> {
    try submitOrFail(PlainJob(pool, body)) { job throws(SubmitError) in try pool.submit(job) }
  }

  /// Like `trySubmit` without a token; the body gets one that tells it to stop.
  public func trySubmit<Value: Sendable>(
    _ body: @escaping @Sendable (CancellationToken) throws -> Value
  ) throws(SubmitError) -> Future<Value> {
    try submitOrFail(TokenJob(pool, body)) { job throws(SubmitError) in try pool.submit(job) }
  }

  /// Queues a body and returns its future. Blocks the thread while the queue is full; a body of the same executor
  /// runs the new one itself then, as long as three quarters of its stack are free.
  /// - Throws: ``SubmitError``; `queueFull` only in a body of the same executor, if there could never be room because
  ///   all of its threads wait like this one.
  @available(*, noasync, message: "await 'submit' instead: this blocks a thread")
  public func submitBlocking<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) throws(SubmitError) -> Future<Value> {
    try submitOrFail(PlainJob(pool, body)) { job throws(SubmitError) in try pool.submitBlocking(job) }
  }

  /// Like `submitBlocking` without a token; the body gets one that tells it to stop.
  @available(*, noasync, message: "await 'submit' instead: this blocks a thread")
  public func submitBlocking<Value: Sendable>(
    _ body: @escaping @Sendable (CancellationToken) throws -> Value
  ) throws(SubmitError) -> Future<Value> {
    try submitOrFail(TokenJob(pool, body)) { job throws(SubmitError) in try pool.submitBlocking(job) }
  }

  private func submitSuspending<Job: PoolJob>(_ job: Job) async throws(SubmitError) -> Future<Job.Value> {
    do throws(SubmitError) {
      try await pool.submitSuspending(job)
    } catch {
      job.fail(error.failure)
      throw error
    }
    return job.future
  }

  /// A job that is turned away ends its future all the same: each holds the other until then.
  private func submitOrFail<Job: PoolJob>(
    _ job: Job, _ submit: (Job) throws(SubmitError) -> Void
  ) throws(SubmitError) -> Future<Job.Value> {
    do throws(SubmitError) {
      try submit(job)
    } catch {
      job.fail(error.failure)
      throw error
    }
    return job.future
  }
}

extension SubmitError {
  /// How a future ends whose task was not taken.
  var failure: TaskFailure {
    switch self {
    case .shutDown: .executorShutDown
    case .broken(let reason): .executorBroken(reason)
    case .queueFull, .waitCancelled, .invalidLimit: .cancelled(.waitCancelled)
    }
  }
}

// MARK: - Looking and giving up

extension ThreadExecutor {
  /// How an executor stands at one moment; all numbers belong together.
  public struct Snapshot: Sendable, Hashable {
    /// Tasks in the queue.
    public var queued: Int
    /// Bodies that run, also those that wait for a future.
    public var running: Int
    /// Threads without work.
    public var idle: Int
    /// Threads, but for abandoned ones.
    public var workers: Int
    /// Threads whose body was given up and has not returned yet.
    public var abandoned: Int
    /// The most bodies that ever ran at once.
    public var peak: Int
  }

  /// How the executor stands now.
  public func snapshot() -> Snapshot {
    pool.state.withLock { state in
      Snapshot(
        queued: state.queue.count, running: state.running, idle: state.idle.count, workers: state.live,
        abandoned: state.abandoned, peak: state.peak)
    }
  }

  /// Gives a task up: its future ends now with this failure, and if its body runs, the thread counts no more
  /// towards ``maxWorkers`` and ends when the body returns. The body's token is cancelled, too.
  ///
  /// For a body that ignores its token. Whatever it still does, it does; its result is dropped.
  /// - Returns: whether this ended the future; false if it had ended before, or belongs to another executor.
  @discardableResult
  public func abandon(_ future: some FutureProtocol, failing failure: TaskFailure) -> Bool {
    let base = future.erased.base
    guard let job = base.poolJob, job.pool === pool, base.fail(failure) else { return false }
    pool.remove(job)
    pool.abandon(job)
    job.stopWasRequested(.other(failure.description))
    return true
  }
}
