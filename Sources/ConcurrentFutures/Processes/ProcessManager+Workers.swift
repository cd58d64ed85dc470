#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Workers from their start to their end.
extension ProcessManager {
  /// Why there can be no new worker, and when to try again.
  struct Recruitment {
    /// Workers that ended before they had done anything, in a row.
    var failures = 0
    /// The same, and those that were killed.
    var recoils = 0
    /// Whether any worker has answered the handshake, ever.
    var hasSucceeded = false
    /// No worker is started before; `nil` for at once.
    var pausedUntil: ContinuousClock.Instant?
    /// How often in a row the system had nothing to spare.
    var refusals = 0
    /// No worker is started any more, for this reason; those that work go on.
    var stopReason: String?

    /// A worker has worked, which shows that others can.
    mutating func succeed() { (failures, recoils, stopReason) = (0, 0, nil) }
  }

  /// Workers that end before they have done anything, in a row and while no other one works, until no more are started.
  private static let maximumFailures = 3
  /// The same for a program that has been a worker: what keeps it from starting may pass within some seconds.
  private static let maximumLaterFailures = 8
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
    let mayPass = failure.isPassing || recruitment.hasSucceeded
    guard mayPass, recruitment.refusals < Self.maximumRefusals || living > 0 else {
      recruitment.stopReason = failure.description
      return
    }
    // Out of processes, memory or descriptors for the moment.
    recruitment.refusals += 1
    recruitment.pausedUntil = now + min(.milliseconds(10 << min(recruitment.refusals, 10)), .seconds(1))
  }

  /// A worker has ended before it was one.
  private func startFailed(_ worker: WorkerConnection, _ end: WorkerConnection.End) {
    let isHopeless = !recruitment.hasSucceeded && (worker.isLate || forgetsItsEntry(end))
    // Whoever refuses, or ends as ours do when the system has no thread for them, knows the protocol.
    let knowsProtocol = worker.hasRefused || end.death.ending == .exited(code: 71)
    let advice = "; a program that is to be one calls 'Worker.runIfRequested' before anything else"
    startFailed(
      end, isHopeless,
      "did not become a worker: \(end.violation ?? end.death.description)"
        + (knowsProtocol ? "" : advice))
  }

  /// Whether what ended is this very program, which begins anew what this process is doing.
  private func forgetsItsEntry(_ end: WorkerConnection.End) -> Bool {
    switch end.death.ending {
    // Our own worker's word for a system that has nothing to spare.
    case .exited(code: 71), .signalled: false
    case .exited, .unknown: configuration.program == CurrentProgram.path
    }
  }

  /// A worker has ended before it had done anything. That may be bad luck, but not in a row.
  private func startFailed(_ end: WorkerConnection.End, _ isHopeless: Bool, _ reason: String) {
    recoil()
    recruitment.failures += 1
    let limit = recruitment.hasSucceeded ? Self.maximumLaterFailures : Self.maximumFailures
    guard isHopeless || recruitment.failures >= limit, !workers.contains(where: \.hasProvenItself) else {
      return
    }
    let log = end.death.lastStderr
    recruitment.stopReason =
      "'\(configuration.arguments.first ?? "")' \(reason)" + (log.isEmpty ? "" : "; it wrote: \(log)")
  }

  /// The next worker is started a little later; later still, the more have failed in a row.
  private func recoil() {
    recruitment.recoils += 1
    recruitment.pausedUntil = .now + .milliseconds(20 << min(recruitment.recoils, 5))
  }

  func welcome(_ worker: WorkerConnection, _ handshake: WorkerMessage.Handshake) {
    guard case .starting = worker.phase, worker.isAlive else { return }
    guard handshake.protocolVersion == 1 else {
      let version = handshake.protocolVersion.map(String.init) ?? "?"
      worker.violate("it speaks protocol \(version), this host speaks 1")
      return
    }
    guard handshake.cookie == worker.cookie else {
      worker.violate("it answered 'initialize' with another cookie")
      return
    }
    recruitment.pausedUntil = nil
    recruitment.hasSucceeded = true
    worker.inflight = min(max(1, handshake.inflight ?? 1), WorkerConnection.maximumInflight)
    worker.announcesStarts = worker.inflight > 1
    worker.beginsAtOnce = handshake.beginsAtOnce
    worker.givesBack = handshake.givesBack
    worker.phase = .idle(since: .now)
    if worker.isRetiring { leave(worker, .now) }
  }

  // MARK: Leaving

  /// The worker takes nothing new; what it has not begun goes to another one.
  func retire(_ worker: WorkerConnection) {
    worker.isRetiring = true
    worker.hasSaidBye = true
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
    if let reason = call.progress.cancelReason {
      call.finish(.failure(.cancelled(reason)))
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
    worker.phase = .lost
    // It may have written a value, and ended before it could say so.
    for item in end.calls {
      unlink(PayloadFile.pathOfValue(item.call.id, cookie: worker.cookie, in: configuration.temporaryFolder))
    }
    switch end.phase {
    case .starting: startFailed(worker, end)
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
    if worker.finishedCalls == 0 { judge(worker, end) }
  }

  /// What the end of a worker that has finished nothing says about the next ones. If it had lived for long: nothing.
  private func judge(_ worker: WorkerConnection, _ end: WorkerConnection.End) {
    guard .now - worker.startTime < configuration.handshakeTimeout else { return }
    let reason = "was a worker and did nothing: \(end.violation ?? end.death.description)"
    switch (end.phase, end.death.ending) {
    case (.busy, _) where end.calls.contains(where: \.hasBegun): recruitment.succeed()
    // Whoever has killed one may kill the next one, too.
    case (.idle, .signalled), (.busy, .signalled): recoil()
    case (.idle, _), (.busy, _): startFailed(end, false, reason)
    case (.leaving, _): if worker.hasSaidBye { startFailed(end, false, reason) }
    case (.starting, _), (.lost, _): break
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
