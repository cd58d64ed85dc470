#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Workers from their start to their end.
extension ProcessManager {
  /// Workers that end before they answer the handshake, in a row, until no more are started.
  private static let maximumFailures = 3
  /// After so many refusals of the system in a row, with no worker left, nothing can be run.
  private static let maximumRefusals = 9
  /// In how many workers' hands a request may be when they end, without ever having begun.
  private static let maximumLosses = 2

  // MARK: Starting

  /// How many workers work, or will.
  var living: Int {
    workers.count { worker in
      switch worker.phase {
      case .starting, .idle, .busy: true
      case .leaving, .lost: false
      }
    }
  }

  /// Starts as many workers as there is work for.
  func recruit(_ now: ContinuousClock.Instant) {
    if let pause = recruitment.pausedUntil, pause > now { return }
    recruitment.pausedUntil = nil
    let starting = workers.count { if case .starting = $0.phase { true } else { false } }
    let missing = isShuttingDown ? 0 : configuration.minWorkers - living
    var wanted = min(max(queue.count - starting, missing), configuration.maxWorkers - living)
    while wanted > 0, recruitment.stopReason == nil, recruitment.pausedUntil == nil {
      wanted -= 1
      startWorker(now)
    }
  }

  private func startWorker(_ now: ContinuousClock.Instant) {
    let cookie = String(UInt64.random(in: .min ... .max), radix: 36)
    do throws(SpawnFailure) {
      guard let link = try source.start(cookie: cookie) else {
        // Others use the descriptors, and give them back.
        recruitment.pausedUntil = now + .milliseconds(50)
        return
      }
      let worker = WorkerConnection(
        link, cookie: cookie, handshakeDeadline: now + configuration.handshakeTimeout)
      workers.append(worker)
      recruitment.refusals = 0
      worker.send(HostMessage.initialize(cookie: cookie))
    } catch {
      startFailed(error, now)
    }
  }

  private func startFailed(_ failure: SpawnFailure, _ now: ContinuousClock.Instant) {
    guard failure.isPassing, recruitment.refusals < Self.maximumRefusals || living > 0 else {
      recruitment.stopReason = failure.description
      return
    }
    // Out of processes, memory or descriptors for the moment.
    recruitment.refusals += 1
    recruitment.pausedUntil = now + min(.milliseconds(10 << min(recruitment.refusals, 10)), .seconds(1))
  }

  /// A worker has ended before it was one.
  private func startFailed(_ end: WorkerConnection.End) {
    recruitment.failures += 1
    recruitment.pausedUntil = .now + .milliseconds(20 << min(recruitment.failures, 5))
    guard recruitment.failures >= Self.maximumFailures else { return }
    let log = end.death.lastStderr
    recruitment.stopReason =
      "'\(configuration.arguments.first ?? "")' did not become a worker: \(end.violation ?? end.death.description)"
      + "; a program that is to be one calls 'Worker.runIfRequested' before anything else"
      + (log.isEmpty ? "" : "; it wrote: \(log)")
  }

  func welcome(_ worker: WorkerConnection, _ handshake: WorkerMessage.Handshake) {
    guard case .starting = worker.phase else { return }
    guard handshake.protocolVersion == 1 else {
      let version = handshake.protocolVersion.map(String.init) ?? "?"
      worker.violate("it speaks protocol \(version), this host speaks 1")
      return
    }
    guard handshake.cookie == worker.cookie else {
      worker.violate("it answered 'initialize' with another cookie")
      return
    }
    recruitment = Recruitment()
    worker.inflight = min(max(1, handshake.inflight ?? 1), WorkerConnection.maximumInflight)
    worker.announcesStarts = worker.inflight > 1
    worker.beginsAtOnce = handshake.beginsAtOnce
    worker.phase = .idle(since: .now)
    if worker.isRetiring { leave(worker, .now) }
  }

  // MARK: Leaving

  /// The worker takes nothing new; what it has not begun goes to another one.
  func retire(_ worker: WorkerConnection) {
    worker.isRetiring = true
    putBack(worker.removeUnstarted())
    switch worker.phase {
    case .idle: leave(worker, .now)
    case .busy: if worker.callCount == 0 { leave(worker, .now) }
    case .starting, .leaving, .lost: break
    }
  }

  /// Puts requests that no worker has begun at the head of the queue, in order.
  func putBack(_ calls: [WorkerCall]) {
    for call in calls.reversed() { putBack(call) }
  }

  private func putBack(_ call: WorkerCall) {
    if call.progress.isUnwanted {
      call.finish(.failure(.cancelled(.requested)))
    } else {
      call.progress.slot = queue.prepend(call)
      call.post(.requeued)
    }
  }

  func dismissAll(_ now: ContinuousClock.Instant) {
    for worker in workers {
      switch worker.phase {
      case .starting, .idle: leave(worker, now)
      case .busy, .leaving, .lost: break
      }
    }
  }

  func leave(_ worker: WorkerConnection, _ now: ContinuousClock.Instant) {
    worker.phase = .leaving(deadline: now + configuration.leaveTimeout)
    worker.send(HostMessage.shutdown)
    worker.closeOutput()
  }

  /// A worker has ended. The task that it was running is lost; nothing else is.
  func bury(_ worker: WorkerConnection) {
    let end = worker.finish()
    // It may have written a value, and ended before it could say so.
    for item in end.calls {
      unlink(PayloadFile.pathOfValue(item.call.id, cookie: worker.cookie, in: configuration.temporaryFolder))
    }
    switch end.phase {
    case .starting: startFailed(end)
    case .busy, .leaving:
      let isFirstRepeatable =
        worker.exceeded == nil && end.calls.first.map { !$0.hasBegun && isRepeatable($0.call) } ?? false
      let repeatable = end.calls.enumerated().filter { $0 > 0 ? !$1.hasBegun : isFirstRepeatable }
      putBack(repeatable.map(\.element.call))
      for (position, item) in end.calls.enumerated() where position > 0 ? item.hasBegun : !isFirstRepeatable {
        // It may have ended before it told.
        if item.hasBegun { item.call.postStart(pid: worker.link.pid) }
        conclude(item.call, of: worker, end)
      }
    case .idle, .lost: break
    }
  }

  /// Whether another worker may have the request that a dead one would have begun next. It may be what kills workers
  /// that read it, so it does not go from one to the next for ever.
  private func isRepeatable(_ call: WorkerCall) -> Bool {
    call.progress.losses += 1
    return call.progress.losses <= Self.maximumLosses
  }

  private func conclude(_ call: WorkerCall, of worker: WorkerConnection, _ end: WorkerConnection.End) {
    let failure: TaskFailure =
      if let reason = worker.dismissal {
        .cancelled(reason)
      } else if let (overspender, limit) = worker.exceeded, overspender === call {
        .limitExceeded(limit)
      } else if worker.overdue?.call === call, let limit = call.timeLimit {
        .timedOut(after: limit.limit)
      } else if let violation = end.violation {
        .protocolViolation(violation)
      } else {
        .workerLost(end.death, attempt: call.request.attempt)
      }
    call.finish(.failure(failure))
  }

  /// The worker was killed, and the kernel does not let it go: its place is free for another.
  func lose(_ worker: WorkerConnection) {
    worker.kill()
    worker.phase = .lost
    putBack(worker.removeUnstarted())
    let death = worker.death(.signalled(number: SIGKILL, coreDumped: false))
    let end = WorkerConnection.End(death: death, phase: .lost, violation: nil, calls: [])
    for call in worker.calls { conclude(call, of: worker, end) }
    worker.removeAll()
  }
}
