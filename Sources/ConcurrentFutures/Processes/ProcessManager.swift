#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The thread that owns a ``ProcessExecutor``'s queue and workers.
///
/// Everything here runs on one thread. It waits for nothing but `poll`; pipes are read and written without blocking,
/// and payloads that go through files are written and read by others.
final class ProcessManager {
  let configuration: ProcessExecutor.Configuration
  let source: any WorkerSource
  private let inbox: ProcessInbox
  let desk: TaskDesk
  let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 * 1024)

  var queue = SlotQueue<WorkerCall>()
  var workers: [WorkerConnection] = []
  var recruitment = Recruitment()
  /// How long tasks of each type take, in microseconds: recent ones count most.
  var durations: [String: Double] = [:]
  /// Why nothing can be run any more.
  var brokenReason: String?
  private(set) var isShuttingDown = false
  private var peak = 0

  init(
    _ configuration: ProcessExecutor.Configuration, source: any WorkerSource,
    inbox: ProcessInbox, desk: TaskDesk
  ) {
    self.configuration = configuration
    self.source = source
    self.inbox = inbox
    self.desk = desk
  }

  deinit { buffer.deallocate() }

  func run() {
    var messages: [ProcessInbox.Message] = []
    while true {
      for message in messages { handle(message) }
      let now = ContinuousClock.now
      // In this order: a worker that may not be idle at all gets its first task before it is let go.
      dispatch(now)
      enforceDeadlines(now)
      let isOver = isOver
      messages = inbox.exchange(snapshot, brokenReason: brokenReason, isOver: isOver)
      // What came meanwhile may be a task that was submitted just before the shutdown.
      if isOver, messages.isEmpty { break }
      if messages.isEmpty { wait() }
    }
    inbox.wakeEnders()
  }

  private var isOver: Bool {
    isShuttingDown && queue.isEmpty
      && workers.allSatisfy { if case .lost = $0.phase { true } else { false } }
  }

  private var snapshot: ProcessExecutor.Snapshot {
    var snapshot = ProcessExecutor.Snapshot()
    snapshot.queued = queue.count
    for worker in workers {
      switch worker.phase {
      case .starting: snapshot.starting += 1
      case .idle: snapshot.idle += 1
      case .busy:
        snapshot.running += 1
        snapshot.dispatched += worker.callCount - 1
      case .leaving, .lost: continue
      }
      snapshot.processes.append(
        .init(pid: worker.link.pid, startTime: worker.startTime, finishedTasks: worker.finishedCalls))
    }
    snapshot.workers = snapshot.starting + snapshot.idle + snapshot.running
    peak = max(peak, snapshot.running)
    snapshot.peak = peak
    return snapshot
  }

  // MARK: Messages

  private func handle(_ message: ProcessInbox.Message) {
    switch message {
    case .submit(let call): submit(call)
    case .cancel(let call, let reason):
      guard !takeUnwanted(call, reason), let worker = worker(with: call) else { return }
      worker.send(HostMessage.cancel(call.id))
    case .askBack(let call, let reason):
      guard !takeUnwanted(call, reason), let worker = worker(with: call) else { return }
      worker.askBack([call])
    case .kill(let call):
      if !takeUnwanted(call, .requested) { worker(with: call)?.kill() }
    case .giveUp(let call):
      guard !takeUnwanted(call, .requested), let worker = worker(with: call) else { return }
      lose(worker)
    case .shutDown(let reason):
      isShuttingDown = true
      if let reason { cancelUnstarted(reason) }
    case .stopAll(let reason, let kills):
      for worker in workers { stop(worker, reason, kills: kills) }
    }
  }

  private func stop(_ worker: WorkerConnection, _ reason: CancelReason, kills: Bool) {
    worker.dismissal = reason
    if kills { return worker.kill() }
    for call in worker.calls {
      call.progress.cancelReason = reason
      worker.send(HostMessage.cancel(call.id))
    }
  }

  private func cancelUnstarted(_ reason: CancelReason) {
    for call in queue.removeAll() { call.finish(.failure(.cancelled(reason))) }
    for worker in workers {
      let calls = worker.waiting
      for call in calls { call.progress.cancelReason = call.progress.cancelReason ?? reason }
      worker.askBack(calls)
    }
  }

  private func submit(_ call: WorkerCall) {
    if let brokenReason {
      call.finish(.failure(.executorBroken(brokenReason)))
    } else {
      call.progress.slot = queue.append(call)
    }
  }

  /// Ends a call that nobody wants any more, if no worker has it.
  /// - Returns: whether it has ended.
  private func takeUnwanted(_ call: WorkerCall, _ reason: CancelReason) -> Bool {
    call.progress.cancelReason = reason
    guard let slot = call.progress.slot, queue.remove(slot) != nil else { return false }
    call.progress.slot = nil
    call.finish(.failure(.cancelled(reason)))
    return true
  }

  private func worker(with call: WorkerCall) -> WorkerConnection? { workers.first { $0.has(call) } }

  // MARK: Waiting

  /// Polls everything once and handles what came.
  private func wait() {
    var descriptors = [pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)]
    let readsLogs = !desk.relay.isFull
    for worker in workers {
      // The log after the output: whoever has seen an answer has then also seen what was written before it.
      let readable = worker.closedOutputDeadline == nil ? worker.link.input : -1
      descriptors.append(pollfd(fd: readable, events: Int16(POLLIN), revents: 0))
      descriptors.append(pollfd(fd: readsLogs ? worker.link.log : -1, events: Int16(POLLIN), revents: 0))
      descriptors.append(pollfd(fd: worker.link.exit, events: Int16(POLLIN), revents: 0))
      let writable = worker.hasOutgoing ? worker.link.output : -1
      descriptors.append(pollfd(fd: writable, events: Int16(POLLOUT), revents: 0))
    }
    poll(&descriptors)
    for (position, worker) in workers.enumerated() {
      let events = descriptors[(1 + 4 * position)..<(5 + 4 * position)]
      if events.contains(where: { $0.revents != 0 }) { hear(worker, events.map(\.revents)) }
    }
    guard !buried.isEmpty else { return }
    workers.removeAll { worker in buried.contains { $0 === worker } }
    buried = []
  }

  private func poll(_ descriptors: inout [pollfd]) {
    descriptors.withUnsafeMutableBufferPointer { descriptors in
      let isAsleep = inbox.fallAsleep()
      _ = systemPoll(descriptors, timeout: isAsleep ? timeout(.now) : .zero)
      inbox.wakeUp(isSignalled: descriptors[0].revents != 0)
    }
  }

  /// Passes on what waits in the log's pipe; not for ever, if somebody writes without end.
  private func passRestOfLog(of worker: WorkerConnection) {
    for _ in 0..<Self.maximumRest where !passLog(of: worker) { break }
  }

  /// - Parameter events: of the output, the log, the exit and the input, in this order.
  private func hear(_ worker: WorkerConnection, _ events: [Int16]) {
    if events[3] != 0 { worker.flush() }
    if events[1] != 0 { passLog(of: worker) }
    if events[0] & Int16(POLLIN) != 0 {
      let messages = worker.receive(buffer)
      // An answer may be among them. What the task wrote before it is in the pipe by now, and belongs to the task.
      passRestOfLog(of: worker)
      handle(messages, from: worker)
    }
    if events[2] != 0 {
      // What it sent before it ended still counts; what its children write from now on does not.
      worker.link.kill()
      passRestOfLog(of: worker)
      for _ in 0..<Self.maximumRest {
        let messages = worker.receive(buffer)
        if messages.isEmpty, !worker.hasReceived { break }
        handle(messages, from: worker)
      }
      buried.append(worker)
      bury(worker)
    } else if events[0] & Int16(POLLHUP | POLLERR | POLLNVAL) != 0, events[0] & Int16(POLLIN) == 0 {
      worker.closedOutputDeadline = .now + Self.closedOutputLimit
    }
  }

  private var buried: [WorkerConnection] = []
  /// How many buffers of an ended worker's output are read: more than its pipe holds.
  private static let maximumRest = 32
  /// How long a worker whose standard output is closed may take to end. A dying process closes its descriptors
  /// before its end can be seen, so the end of the output alone says nothing.
  private static let closedOutputLimit = Duration.seconds(1)

  private func timeout(_ now: ContinuousClock.Instant) -> Duration? {
    let isShort = !isShuttingDown && living < configuration.minWorkers
    var earliest = queue.isEmpty && !isShort ? nil : recruitment.pausedUntil
    if let time = askingTime { earliest = earliest.map { min($0, time) } ?? time }
    for worker in workers {
      guard let deadline = deadline(of: worker) else { continue }
      earliest = earliest.map { min($0, deadline) } ?? deadline
    }
    return earliest.map { max(.zero, now.duration(to: $0)) }
  }

  // MARK: Deadlines

  private func deadline(of worker: WorkerConnection) -> ContinuousClock.Instant? {
    if case .lost = worker.phase { return nil }
    if let deadline = worker.killDeadline { return deadline }
    if let deadline = worker.closedOutputDeadline, !worker.isLeaving { return deadline }
    return switch worker.phase {
    case .starting(let deadline), .leaving(let deadline): deadline
    case .idle(let since): idleDeadline(of: worker, since: since)
    case .busy: busyDeadline(of: worker)
    case .lost: nil
    }
  }

  private func idleDeadline(
    of worker: WorkerConnection, since: ContinuousClock.Instant
  ) -> ContinuousClock.Instant? {
    // One that has done nothing is as good as new, whatever its age.
    let oldest = worker.finishedCalls > 0 ? configuration.maxWorkerAge.map { worker.startTime + $0 } : nil
    guard let timeout = configuration.idleTimeout, living > configuration.minWorkers else { return oldest }
    return oldest.map { min($0, since + timeout) } ?? since + timeout
  }

  private func enforceDeadlines(_ now: ContinuousClock.Instant) {
    for worker in workers {
      guard let deadline = deadline(of: worker), deadline <= now else { continue }
      if worker.killDeadline != nil {
        lose(worker)
      } else if worker.closedOutputDeadline != nil, !worker.isLeaving {
        // It cannot answer any more, so it is lost even if it lives.
        worker.violate("its standard output was closed")
      } else {
        enforceDeadline(of: worker, now)
      }
    }
  }

  private func enforceDeadline(of worker: WorkerConnection, _ now: ContinuousClock.Instant) {
    switch worker.phase {
    case .starting:
      worker.isLate = true
      worker.violate("no answer to 'initialize' within \(configuration.handshakeTimeout)")
    case .leaving: worker.kill()
    case .idle: leave(worker, now)
    case .busy:
      enforceTimeLimit(of: worker, now)
      enforceLimits(of: worker, now)
      guard let stall = worker.stall, stall.deadline <= now else { return }
      if worker.hasStalled(nextLook: now + configuration.stallTimeout) {
        worker.violate("it has read nothing for \(configuration.stallTimeout)")
      }
    case .lost: break
    }
  }
}
