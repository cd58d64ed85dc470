/// Workers that sleep inside of a body, and what becomes of their places.
extension PoolState {
  /// Marks a worker as sleeping inside of a body.
  /// - Parameter kept: gets what must not die under the lock.
  /// - Throws: ``WouldDeadlock/outOfThreads(threads:)``; then nothing has changed.
  mutating func block(
    _ number: Int, for awaited: Awaited, keeping kept: inout [any Sendable]
  ) throws(WouldDeadlock) {
    records[number]?.awaited = awaited
    guard records[number]?.isAbandoned == false else { return }
    blocked += 1
    guard isOutOfThreads(keeping: &kept) else { return }
    let threads = live
    // What it waited for is held by the caller, so nothing dies here.
    _ = unblock(number)
    throw .outOfThreads(threads: threads)
  }

  /// The opposite.
  /// - Returns: what it waited for, to be dropped outside of the lock, and an idle worker too many.
  mutating func unblock(_ number: Int) -> (awaited: Awaited?, surplus: PoolWorker?) {
    guard let record = records[number], let awaited = record.awaited else { return (nil, nil) }
    records[number]?.awaited = nil
    if record.isAbandoned { return (awaited, nil) }
    blocked -= 1
    threadLimit = nil
    return (awaited, live > capacity ? idle.popLast() : nil)
  }

  /// The system has refused a thread: until something changes the pool gets on with those that it has.
  mutating func refuseMoreThreads() { threadLimit = live }

  /// Whether nobody is left to run the queue, and nobody ever will be: every worker waits for something that only
  /// another worker could bring about, and there may be no more of them.
  /// - Parameter kept: gets what must not die under the lock.
  func isOutOfThreads(keeping kept: inout [any Sendable]) -> Bool {
    guard !queue.isEmpty, blocked == live, live >= capacity else { return false }
    for case let record? in records where !record.isAbandoned {
      guard isStuck(record, keeping: &kept) else { return false }
    }
    return true
  }

  private func isStuck(_ record: Record, keeping kept: inout [any Sendable]) -> Bool {
    let pool = record.worker.pool
    switch record.awaited {
    case nil, .outside: return false
    case .every(let jobs): return jobs.contains { isInHands($0, of: pool) }
    case .any(let alternatives):
      let futures = alternatives()
      let jobs = futures.compactMap(\.poolJob)
      kept += [futures, jobs]
      return !futures.isEmpty && jobs.count == futures.count && jobs.allSatisfy { isInHands($0, of: pool) }
    case .room(let submission): return submission.decision == nil
    }
  }

  /// Whether a job is in the queue or in the hands of a worker of this pool. One that is just ending is not.
  private func isInHands(_ job: any PoolJob, of pool: ThreadPool) -> Bool {
    guard job.pool === pool, !job.erasedFuture.isDone else { return false }
    switch job.place {
    case .nowhere: return false
    case .queued: return true
    case .worker(let number): return records[number]?.isAbandoned == false
    }
  }

  /// The worker that has a job, and what it waits for.
  func holder(of job: any PoolJob) -> (worker: PoolWorker, awaited: Awaited?)? {
    guard case .worker(let number) = job.place, let record = records[number] else { return nil }
    return (record.worker, record.awaited)
  }
}
