import Synchronization

extension ThreadExecutor {
  /// Takes no more tasks, runs what is queued, and returns when everything is done and every thread has ended.
  ///
  /// May be called several times and from several tasks; each returns at the end. It does not end early if the Swift
  /// task is cancelled, and does not wait for abandoned bodies.
  /// - Parameter cancelQueued: whether to cancel what has not started instead of running it.
  public func shutdown(cancelQueued: Bool = false) async {
    beginShutdown(cancelQueued: cancelQueued)
    if let ender = pool.ender() { await ender.waitThroughCancellation() }
    pool.joinLast()
  }

  /// Like ``shutdown(cancelQueued:)``, but with an end: when the time is over, what is queued is cancelled, running
  /// bodies are asked to stop, and it returns.
  /// - Returns: what was still running then; empty if all was done. Those futures end when their bodies return.
  @discardableResult
  public func shutdown(deadline: Duration) async -> [AnyFuture] {
    let end = ContinuousClock.now + deadline
    beginShutdown()
    if let ender = pool.ender() { await ender.wait(until: end) }
    let rest = pool.state.withLock { state in
      state.records.flatMap { $0?.isAbandoned == false ? $0?.jobs ?? [] : [] }
    }
    if rest.isEmpty, pool.state.withLock({ $0.isEnded }) {
      pool.joinLast()
      return []
    }
    pool.beginShutdown(cancellingQueued: .shutdown)
    for job in rest { job.stopWasRequested(.shutdown) }
    return rest.map(\.erasedFuture).filter { !$0.isDone }
  }

  /// Like ``shutdown(cancelQueued:)``, and blocks the thread. Inside of a body of this executor it only begins the
  /// shutdown: a body cannot wait for its own end.
  @available(*, noasync, message: "await 'shutdown' instead: this blocks a thread")
  public func shutdownBlocking(cancelQueued: Bool = false) {
    beginShutdown(cancelQueued: cancelQueued)
    if PoolWorker.current?.pool === pool { return }
    // In a body of another executor, which may have to run something for this one to end.
    try? pool.ender()?.block(until: nil) { .outside }
    pool.joinLast()
  }

  /// Takes no more tasks, and returns at once; what is queued or running goes on.
  /// - Parameter cancelQueued: whether to cancel what has not started.
  public func beginShutdown(cancelQueued: Bool = false) {
    pool.beginShutdown(cancellingQueued: cancelQueued ? .shutdown : nil)
  }
}

extension ThreadPool {
  /// Takes no more jobs. Those that wait for room are turned away, idle workers leave.
  func beginShutdown(cancellingQueued reason: CancelReason?) {
    let (cancelled, idle, refused) = state.withLock { state in
      state.isShutDown = true
      defer { state.idle = [] }
      return (reason == nil ? [] : state.drain(), state.idle, state.refuseSubmissions(.shutDown))
    }
    for worker in idle { worker.deliver(.leave) }
    for submission in refused { submission.waiter.signal() }
    for job in cancelled { job.fail(.cancelled(reason ?? .shutdown)) }
  }

  /// A wait for the end of the shutdown; `nil` if it has ended.
  func ender() -> Waiter? {
    state.withLock { state in
      if state.isEnded { return nil }
      let ender = Waiter()
      state.enders.append(ender)
      return ender
    }
  }

  /// Joins the last thread, which has left the pool and is about to end: after this none is left.
  func joinLast() {
    let last = state.withLock { state in
      defer { state.ended = nil }
      return state.ended
    }
    if let last { last.isCurrent ? last.detach() : last.join() }
  }
}

extension PoolJob {
  /// Its future without the type of the value.
  var erasedFuture: AnyFuture { future.erased }
}

/// Makes an executor for a scope, and returns when every thread of it has ended.
///
/// If the body returns, all that was submitted is done first. If it throws, what has not started is cancelled
/// (``CancelReason/scopeFailed``), so that the error comes out after what was running and not after all that was queued.
/// The parameters are those of ``ThreadExecutor/init(maxWorkers:minWorkers:idleTimeout:queueLimit:name:initializer:)``.
/// - Throws: ``ConfigurationError``, or what the body throws.
public func withThreadExecutor<Result>(
  maxWorkers: Int? = nil, minWorkers: Int = 0, idleTimeout: Duration = .seconds(30), queueLimit: Int? = nil,
  name: String = "futures", initializer: (@Sendable () throws -> Void)? = nil,
  isolation: isolated (any Actor)? = #isolation,
  _ body: (ThreadExecutor) async throws -> Result
) async throws -> Result {
  let executor = try ThreadExecutor(
    maxWorkers: maxWorkers, minWorkers: minWorkers, idleTimeout: idleTimeout, queueLimit: queueLimit,
    name: name,
    initializer: initializer)
  do {
    let result = try await body(executor)
    await executor.shutdown()
    return result
  } catch {
    executor.pool.beginShutdown(cancellingQueued: .scopeFailed)
    await executor.shutdown()
    throw error
  }
}

/// The same for code that is not async: blocks the thread until every thread of the executor has ended.
/// - Throws: ``ConfigurationError``, or what the body throws.
@available(*, noasync, message: "this blocks a thread")
public func withThreadExecutor<Result>(
  maxWorkers: Int? = nil, minWorkers: Int = 0, idleTimeout: Duration = .seconds(30), queueLimit: Int? = nil,
  name: String = "futures", initializer: (@Sendable () throws -> Void)? = nil,
  _ body: (ThreadExecutor) throws -> Result
) throws -> Result {
  let executor = try ThreadExecutor(
    maxWorkers: maxWorkers, minWorkers: minWorkers, idleTimeout: idleTimeout, queueLimit: queueLimit,
    name: name,
    initializer: initializer)
  do {
    let result = try body(executor)
    executor.shutdownBlocking()
    return result
  } catch {
    executor.pool.beginShutdown(cancellingQueued: .scopeFailed)
    executor.shutdownBlocking()
    throw error
  }
}
