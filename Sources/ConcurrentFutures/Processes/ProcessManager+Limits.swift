import CSystem

/// What workers use, and when that is too much.
extension ProcessManager {
  private static let lookInterval = Duration.milliseconds(50)

  /// Whether a worker that has just done a task is to be replaced.
  func isWornOut(_ worker: WorkerConnection) -> Bool {
    if let limit = configuration.maxTasksPerWorker, worker.finishedCalls >= limit { return true }
    if let limit = configuration.maxWorkerAge, .now - worker.startTime >= limit { return true }
    guard let limit = configuration.maxWorkerMemoryBytes else { return false }
    return (usage(of: worker)?.residentBytes ?? 0) > limit
  }

  /// A worker begins a task, or has nothing more to do.
  func beginWatch(of worker: WorkerConnection, _ now: ContinuousClock.Instant) {
    guard configuration.hasLimits else { return }
    worker.watch = usage(of: worker).map { ($0.processorTime, now + Self.lookInterval) }
  }

  /// Kills a worker whose task has used too much.
  func enforceLimits(of worker: WorkerConnection, _ now: ContinuousClock.Instant) {
    guard let call = worker.call, let watch = worker.watch, watch.nextLook <= now else { return }
    // A worker that cannot be looked at has ended, which is heard of elsewhere.
    guard let used = usage(of: worker) else {
      worker.watch = nil
      return
    }
    worker.watch?.nextLook = now + Self.lookInterval
    if let limit = configuration.memoryLimitBytes, used.residentBytes > limit {
      worker.exceeded = (call, .memory(limitBytes: limit))
    } else if let limit = configuration.cpuTimeLimit, used.processorTime - watch.usedBefore > limit {
      worker.exceeded = (call, .cpuTime(limit: limit))
    }
    if worker.exceeded != nil { worker.kill() }
  }

  private func usage(of worker: WorkerConnection) -> (processorTime: Duration, residentBytes: Int)? {
    var (microseconds, bytes): (Int64, Int64) = (0, 0)
    guard csystem_process_usage(Int32(clamping: worker.link.pid), &microseconds, &bytes) else { return nil }
    return (.microseconds(microseconds), Int(bytes))
  }
}
