/// Which worker gets which request.
///
/// A worker that has nothing gets the next request. Beyond that, requests of short tasks are sent ahead, so that a worker
/// need not wait for the way there and back between two of them: as many as it is likely to do in two milliseconds.
/// If one takes longer, what the worker has not begun is asked back: other workers may have nothing to do, and only what
/// no worker has can be cancelled for certain.
extension ProcessManager {
  /// The work that is sent ahead.
  private static let microsecondsAhead = 2000.0
  /// A worker that has been at one task for so long is not sent more, and is asked for what it has not begun.
  private static let patience = Duration.milliseconds(2)

  func dispatch(_ now: ContinuousClock.Instant) {
    while !queue.isEmpty, let worker = mostRecentlyIdle, let call = takeFirst() {
      give(call, to: worker, now)
    }
    if isShuttingDown, queue.isEmpty { dismissAll(now) }
    recruit(now)
    sendAhead(now)
    askBack(now)
    for worker in workers where worker.hasOutgoing { worker.flush() }
    guard let reason = recruitment.stopReason, living == 0, brokenReason == nil else { return }
    brokenReason = reason
    for call in queue.removeAll() { call.finish(.failure(.executorBroken(reason))) }
  }

  private func takeFirst() -> WorkerCall? {
    let call = queue.popFirst()
    call?.progress.slot = nil
    return call
  }

  private var mostRecentlyIdle: WorkerConnection? {
    var best: (worker: WorkerConnection, since: ContinuousClock.Instant)?
    for worker in workers where worker.isReady {
      if case .idle(let since) = worker.phase, best.map({ since > $0.since }) ?? true {
        best = (worker, since)
      }
    }
    return best?.worker
  }

  // MARK: Sending ahead

  /// Fills the pipes of workers that have done half of what they had.
  private func sendAhead(_ now: ContinuousClock.Instant) {
    guard let first = queue.first else { return }
    for worker in workers where canTakeMore(worker, now) {
      let depth = min(depth(for: first, of: worker), worker.callCount + fairShare)
      guard worker.callCount <= depth / 2 else { continue }
      while worker.callCount < depth, let call = takeFirst() { give(call, to: worker, now) }
    }
  }

  /// What is queued, divided among all that may work on it: no worker gets what others could do at the same time.
  private var fairShare: Int { max(1, queue.count / configuration.maxWorkers) }

  private func canTakeMore(_ worker: WorkerConnection, _ now: ContinuousClock.Instant) -> Bool {
    guard case .busy = worker.phase, worker.inflight > 1, !worker.isRetiring, worker.isAlive,
      let call = worker.call, let duration = durations[call.request.type], duration < Self.microsecondsAhead
    else { return false }
    // What it gives back stands before all that is queued, and has to be there again first.
    if worker.held.last?.call.progress.isAskedBack == true { return false }
    return now - worker.runningSince < Self.patience
  }

  private func depth(for call: WorkerCall, of worker: WorkerConnection) -> Int {
    guard call.timeLimit == nil, let duration = durations[call.request.type] else { return 1 }
    var depth = min(Self.microsecondsAhead / max(duration, 1), Double(worker.inflight))
    if let limit = configuration.maxTasksPerWorker {
      depth = min(depth, Double(limit - worker.finishedCalls))
    }
    return max(1, Int(depth))
  }

  // MARK: Asking back

  /// When to ask a worker for something; `nil` if there is nothing to ask for.
  var askingTime: ContinuousClock.Instant? {
    workers.lazy.filter { $0.mayGiveBack }.map { $0.runningSince + Self.patience }.min()
  }

  /// Asks workers that are slow for what they have not begun.
  private func askBack(_ now: ContinuousClock.Instant) {
    for worker in workers where worker.mayGiveBack && worker.runningSince + Self.patience <= now {
      worker.askBack(worker.waiting)
      worker.mayGiveBack = false
    }
  }

  // MARK: Giving

  private func give(_ call: WorkerCall, to worker: WorkerConnection, _ now: ContinuousClock.Instant) {
    let line: [UInt8]
    do throws(TaskFailure) {
      line = try call.line()
    } catch {
      return call.finish(.failure(error))
    }
    guard call.beginDispatch() else { return call.finish(.failure(.cancelled(.requested))) }
    call.progress.isAskedBack = false
    worker.mayGiveBack = worker.givesBack && worker.callCount > 0
    if worker.callCount == 0 { beginWatch(of: worker, now) }
    worker.give(call, line, now, readBefore: now + configuration.stallTimeout)
    // A worker that takes one request at a time need not tell that it begins: there is nothing it waits for.
    if !worker.announcesStarts { call.postStart(pid: worker.link.pid) }
  }

  // MARK: Time limits

  /// When something is to be done about a worker that has requests.
  func busyDeadline(of worker: WorkerConnection) -> ContinuousClock.Instant? {
    var deadline = worker.stall?.deadline
    if let nextLook = worker.watch?.nextLook { deadline = deadline.map { min($0, nextLook) } ?? nextLook }
    var limit = worker.overdue?.killDeadline
    if limit == nil, let call = worker.call, call.progress.hasStarted, let timeLimit = call.timeLimit {
      limit = worker.runningSince + timeLimit.limit
    }
    if let limit { deadline = deadline.map { min($0, limit) } ?? limit }
    return deadline
  }

  /// Asks the running task to stop when its time is over, and kills the worker if it does not.
  func enforceTimeLimit(of worker: WorkerConnection, _ now: ContinuousClock.Instant) {
    if let overdue = worker.overdue {
      if overdue.killDeadline <= now { worker.kill() }
    } else if let call = worker.call, call.progress.hasStarted, let limit = call.timeLimit,
      worker.runningSince + limit.limit <= now
    {
      worker.overdue = (call, now + limit.grace)
      worker.send(HostMessage.cancel(call.id))
    }
  }
}
