import Synchronization

/// Waiting inside of a body.
extension ThreadPool {
  /// Takes a job out of the queue, for a worker that waits for it.
  func takeQueued(_ job: any PoolJob, for worker: PoolWorker) -> Bool {
    let (isTaken, admitted) = state.withLock { state -> (Bool, Submission?) in
      guard state.takeQueued(job, for: worker.number) else { return (false, nil) }
      return (true, state.admit())
    }
    admitted?.waiter.signal()
    return isTaken
  }

  /// Takes the first job of the queue, for a worker that waits and cannot go on before somebody has run the queue.
  func takeFirst(for worker: PoolWorker) -> (any PoolJob)? {
    let (job, admitted) = state.withLock { state -> ((any PoolJob)?, Submission?) in
      guard let job = state.popFirst(for: worker.number) else { return (nil, nil) }
      return (job, state.admit())
    }
    admitted?.waiter.signal()
    return job
  }

  /// A nested body has returned.
  func didRunNested(_ job: any PoolJob, in worker: PoolWorker) {
    state.withLock { $0.finishJob(of: worker.number) }
    withExtendedLifetime(job) {}
  }

  /// Runs a job on a worker that has submitted it, for there is no room in the queue.
  func runNested(_ job: any PoolJob, on worker: PoolWorker) {
    state.withLock { $0.assign(job, to: worker.number) }
    job.run { didRunNested(job, in: worker) }
  }

  /// A worker is about to sleep inside of a body: another one may stand in for it.
  /// - Throws: ``WouldDeadlock``; then it must not sleep.
  func willBlock(_ worker: PoolWorker, for awaited: Awaited) throws(WouldDeadlock) {
    let needed = awaited.needed
    var graph = WaitGraph(from: worker)
    var kept: [any Sendable] = []
    // What has been found must not die under the lock.
    defer { withExtendedLifetime((graph, kept)) {} }
    if needed.isEmpty {
      try state.withLock { state throws(WouldDeadlock) in
        try state.block(worker.number, for: awaited, keeping: &kept)
      }
    } else {
      // One at a time in the whole process: of those that close a circle together, the last one sees it.
      try WaitGraph.lock.withLock { _ throws(WouldDeadlock) in
        try graph.check(needed)
        try state.withLock { state throws(WouldDeadlock) in
          try state.block(worker.number, for: awaited, keeping: &kept)
        }
      }
    }
    try beginStandIn(for: worker)
  }

  private func beginStandIn(for worker: PoolWorker) throws(WouldDeadlock) {
    let standIn = state.withLock { $0.employ(in: self) }
    guard !begin(standIn) else { return }
    // The system has no thread for it.
    var kept: [any Sendable] = []
    let (unblocked, threads) = state.withLock { state in
      (state.isOutOfThreads(keeping: &kept) ? state.unblock(worker.number) : nil, state.live)
    }
    withExtendedLifetime(kept) {}
    if unblocked != nil { throw .outOfThreads(threads: threads) }
  }

  /// It goes on.
  func didUnblock(_ worker: PoolWorker) {
    let (awaited, surplus) = state.withLock { $0.unblock(worker.number) }
    surplus?.deliver(.leave)
    withExtendedLifetime(awaited) {}
  }
}

/// Follows who waits for whom, from one worker on, through all pools. Every body of a worker ends only after its
/// innermost one, so it is enough to know which worker has a job.
///
/// Pools are looked at one after the other. That finds no circle that is none: a wait without a deadline lasts until
/// the job ends that it is for, and what is waited for there has been seen to wait later.
private struct WaitGraph {
  static let lock = Mutex(())

  private var reached: [(worker: PoolWorker, previous: Int, awaited: Awaited?)]

  init(from worker: PoolWorker) {
    reached = [(worker, 0, nil)]
  }

  /// - Throws: ``WouldDeadlock/circle(threads:)`` if one of these jobs waits for the worker.
  mutating func check(_ needed: [any PoolJob]) throws(WouldDeadlock) {
    var seen: Set<ObjectIdentifier> = []
    var (position, jobs) = (0, needed)
    while true {
      for job in jobs {
        // Most jobs of a large set are in a queue or done, which needs no lock.
        guard case .worker = job.place,
          let (worker, awaited) = job.pool.state.withLock({ $0.holder(of: job) })
        else { continue }
        if worker === reached[0].worker { throw .circle(threads: path(to: position)) }
        if seen.insert(ObjectIdentifier(worker)).inserted { reached.append((worker, position, awaited)) }
      }
      position += 1
      guard position < reached.count else { return }
      jobs = reached[position].awaited?.needed ?? []
    }
  }

  private func path(to last: Int) -> [String] {
    var (path, position) = ([reached[last].worker.name], last)
    while position != 0 {
      position = reached[position].previous
      path.append(reached[position].worker.name)
    }
    return path.reversed()
  }
}
