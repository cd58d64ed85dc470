#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What workers say.
extension ProcessManager {
  /// Reads a piece of a worker's log. It belongs to the task that runs, if one does.
  /// - Returns: whether there was something.
  @discardableResult
  func passLog(of worker: WorkerConnection) -> Bool {
    let text = worker.receiveLog(buffer)
    guard !text.isEmpty else { return false }
    worker.call?.post(.output(isError: true, text))
    return true
  }

  func handle(_ messages: [WorkerMessage], from worker: WorkerConnection) {
    for message in messages {
      switch message {
      case .handshake(let handshake): welcome(worker, handshake)
      case .rejected(let reason):
        worker.hasRefused = true
        worker.violate("it refused 'initialize': \(reason)")
      case .started(let id):
        if let call = worker.call(id) { begin(call, in: worker) }
      case .output(let id, let isError, let text): worker.call(id)?.post(.output(isError: isError, text))
      case .answer(let id, let answer): finish(id, of: worker) { self.answer(answer, to: $0, from: worker) }
      case .refused(let id, let code, let message):
        finish(id, of: worker) { _ in
          .failure(Self.failure(code: code, message, of: worker))
        }
      case .bye: retire(worker)
      case .other: break
      }
    }
  }

  private static func failure(code: Int, _ message: String, of worker: WorkerConnection) -> TaskFailure {
    switch code {
    case WorkerRefusal.cancelled: .cancelled(.requested)
    case WorkerRefusal.unreadableInput: .decoding(message)
    case WorkerRefusal.unwritableOutput: .encoding(message)
    default:
      .remote(RemoteError(typeName: "refused", message: message, pid: Int32(clamping: worker.link.pid)))
    }
  }

  private func begin(_ call: WorkerCall, in worker: WorkerConnection) {
    // That of a request which is not at the head says nothing of the running one.
    if worker.call === call { worker.runningSince = .now }
    call.postStart(pid: worker.link.pid)
  }

  private func finish(
    _ id: String, of worker: WorkerConnection, _ result: (WorkerCall) -> Result<WorkerAnswer, TaskFailure>
  ) {
    guard let call = worker.call(id) else {
      worker.violate("it answered request '\(id)', which it does not have")
      return
    }
    let isOverdue = worker.overdue?.call === call
    // Whatever comes next begins now; if it was not the running one that is over, that one goes on.
    if worker.call === call { worker.runningSince = .now }
    _ = worker.remove(call)
    var result = result(call)
    if case .failure(.cancelled) = result {
      if call.progress.isAskedBack, !call.progress.hasStarted {
        // Ended there if nobody wants it.
        putBack([call])
        return becomeIdle(worker)
      }
      result = .failure(.cancelled(call.progress.cancelReason ?? .requested))
    }
    worker.finishedCalls += 1
    recruitment.succeed()
    if isWornOut(worker) { worker.isRetiring = true }
    beginWatch(of: worker, .now)
    becomeIdle(worker)
    // Whoever sees an end has seen a start, also of a worker that forgot to tell.
    if case .success = result { call.postStart(pid: worker.link.pid) }
    let timedOut = isOverdue ? call.timeLimit.map { TaskFailure.timedOut(after: $0.limit) } : nil
    guard case .success(let answer) = result, answer.isLong else {
      return call.finish(timedOut.map { .failure($0) } ?? result)
    }
    let folders = [call.request.directory, configuration.temporaryFolder]
    desk.deliver {
      // Read even if nobody wants it: that removes its file.
      let whole = answer.whole(below: folders)
      call.finish(timedOut.map { .failure($0) } ?? whole)
    }
  }

  /// A request is over: the worker may have nothing to do now.
  private func becomeIdle(_ worker: WorkerConnection) {
    guard worker.callCount == 0, case .busy = worker.phase else { return }
    worker.phase = .idle(since: .now)
    worker.mayGiveBack = false
    if worker.isRetiring { leave(worker, .now) }
  }

  /// Remembers how long tasks of this type take. A long one changes the mind at once, short ones by and by.
  private func learn(_ type: String, _ wallTime: Duration?) {
    guard let wallTime else { return }
    let new = wallTime / .microseconds(1)
    durations[type] = durations[type].map { $0 + 0.25 * (new - $0) } ?? new
  }

  private func answer(
    _ answer: WorkerMessage.Answer, to call: WorkerCall, from worker: WorkerConnection
  ) -> Result<WorkerAnswer, TaskFailure> {
    learn(call.request.type, answer.wallTime)
    let result: Result<[UInt8], RemoteError>
    var file: String?
    switch answer.value {
    case .success(.json(let bytes)): result = .success(bytes)
    case .success(.file(let path)): (result, file) = (.success([]), path)
    case .failure(let failure):
      result = .failure(
        RemoteError(
          typeName: failure.type, message: failure.message, trace: failure.trace,
          pid: Int32(clamping: worker.link.pid), content: failure.content))
    }
    return .success(
      WorkerAnswer(
        result: result, pid: worker.link.pid, userTime: answer.userTime, systemTime: answer.systemTime,
        wallTime: answer.wallTime, file: file))
  }
}
