extension ProcessExecutor {
  /// Makes an executor whose workers are this same program, started again. No worker is started yet.
  ///
  /// The program calls ``Worker/runIfRequested(_:initializer:)`` first in `main`, with all types that are submitted.
  /// - Parameters:
  ///   - maxWorkers: how many workers at most, 1 to 1024. `nil`: as many as there are processors that affinity and
  ///     control groups allow, ``ProcessorCount/available``.
  ///   - queueLimit: how many tasks may be queued, at least 1; more are turned away or have to wait. `nil`: 64 for each
  ///     worker, but not less than 1024.
  /// - Throws: ``ConfigurationError`` for a setting out of range, or inside of a worker; ``SpawnFailure`` if the system
  ///   has no thread or descriptor to spare.
  public convenience init(maxWorkers: Int? = nil, queueLimit: Int? = nil) throws {
    try self.init(.thisProgram(maxWorkers: maxWorkers, queueLimit: queueLimit))
  }
}

extension ProcessExecutor.Configuration {
  /// Workers that are this same program, started again.
  /// - Parameters: see ``ProcessExecutor/init(maxWorkers:queueLimit:)``.
  public static func thisProgram(maxWorkers: Int? = nil, queueLimit: Int? = nil) -> Self {
    var configuration = Self(
      maxWorkers: maxWorkers ?? ProcessorCount.available,
      arguments: [CommandLine.arguments.first ?? CurrentProgram.path])
    configuration.program = CurrentProgram.path
    if let queueLimit { configuration.queueLimit = queueLimit }
    return configuration
  }
}

/// Makes an executor whose workers are this same program, for a scope; returns when every worker has ended.
///
/// If the body returns, all that was submitted is done first. If it throws, what has not started is cancelled
/// (``CancelReason/scopeFailed``), so that the error comes out after what was running and not after all that was queued.
/// - Parameters: see ``ProcessExecutor/init(maxWorkers:queueLimit:)``.
/// - Throws: what that throws, or what the body throws.
public func withProcessExecutor<Result>(
  maxWorkers: Int? = nil, queueLimit: Int? = nil, isolation: isolated (any Actor)? = #isolation,
  _ body: (ProcessExecutor) async throws -> Result
) async throws -> Result {
  try await withProcessExecutor(.thisProgram(maxWorkers: maxWorkers, queueLimit: queueLimit), body)
}

/// Makes an executor for a scope, with a configuration of the caller's; otherwise like
/// ``withProcessExecutor(maxWorkers:queueLimit:isolation:_:)``.
public func withProcessExecutor<Result>(
  _ configuration: ProcessExecutor.Configuration, isolation: isolated (any Actor)? = #isolation,
  _ body: (ProcessExecutor) async throws -> Result
) async throws -> Result {
  let executor = try ProcessExecutor(configuration)
  do {
    let result = try await body(executor)
    await executor.shutdown()
    return result
  } catch {
    await executor.shutdown(cancellingQueued: .scopeFailed)
    throw error
  }
}

/// The same for code that is not async: blocks the thread until every worker has ended.
/// - Parameters: see ``ProcessExecutor/init(maxWorkers:queueLimit:)``.
/// - Throws: what that throws, or what the body throws.
@available(*, noasync, message: "this blocks a thread")
public func withProcessExecutor<Result>(
  maxWorkers: Int? = nil, queueLimit: Int? = nil, _ body: (ProcessExecutor) throws -> Result
) throws -> Result {
  try withProcessExecutor(.thisProgram(maxWorkers: maxWorkers, queueLimit: queueLimit), body)
}

/// The same with a configuration of the caller's.
@available(*, noasync, message: "this blocks a thread")
public func withProcessExecutor<Result>(
  _ configuration: ProcessExecutor.Configuration, _ body: (ProcessExecutor) throws -> Result
) throws -> Result {
  let executor = try ProcessExecutor(configuration)
  do {
    let result = try body(executor)
    executor.shutdownBlocking()
    return result
  } catch {
    executor.shutdownBlocking(cancellingQueued: .scopeFailed)
    throw error
  }
}
