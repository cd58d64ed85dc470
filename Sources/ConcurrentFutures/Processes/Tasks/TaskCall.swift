import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One submitted ``WorkerTask``: the request, and the future that its answer ends.
///
/// The future and it hold each other until the future is done.
final class TaskCall<Task: WorkerTask>: WorkerCall, FutureOwner, @unchecked Sendable {
  // Guard of the unchecked conformance, which a subclass needs: every stored property is a constant that is Sendable.
  let future = Future<Task.Output>()
  private let desk: TaskDesk
  private let hasLeftQueue = Atomic(false)
  private let stopReason = Mutex<CancelReason?>(nil)

  init(_ desk: TaskDesk, _ request: WorkerRequest, _ limit: TimeLimit?) {
    self.desk = desk
    super.init(request, timeLimit: limit, temporaryFolder: desk.temporaryFolder)
    future.attach(self)
  }

  // MARK: From the manager thread

  override func post(_ event: WorkerEvent) {
    switch event {
    case .dispatched:
      leaveQueue()
      _ = future.dispatch()
    case .requeued: _ = future.requeue()
    case .started: _ = future.claim()
    case .output(_, let text):
      // What a task prints is shown where this program's own complaints are, as for any other child.
      desk.deliver { _ = text.withUnsafeBytes { writeAll($0, to: STDERR_FILENO) } }
    case .finished(let result):
      leaveQueue()
      end(with: result)
    }
  }

  private func leaveQueue() {
    if !hasLeftQueue.exchange(true, ordering: .relaxed) { desk.leave() }
  }

  private func end(with result: Result<WorkerAnswer, TaskFailure>) {
    switch result {
    case .failure(.cancelled(.requested)):
      future.complete(.failure(.cancelled(stopReason.withLock { $0 } ?? .requested)))
    case .failure(let failure): future.complete(.failure(failure))
    case .success(let answer):
      if TaskPayload.isPlain(Task.Output.self, answer.result) {
        future.complete(Self.outcome(answer))
      } else if !future.isDone {
        desk.deliver { self.future.complete(Self.outcome(answer)) }
      }
    }
  }

  private static func outcome(_ answer: WorkerAnswer) -> Result<Task.Output, TaskFailure> {
    switch answer.result {
    case .success(let bytes):
      do {
        return .success(try TaskPayload.decode(Task.Output.self, from: bytes))
      } catch {
        return .failure(.decoding(TaskPayload.describe(error)))
      }
    case .failure(let error): return .failure(original(error).map(TaskFailure.thrown) ?? .remote(error))
    }
  }

  /// The error that the task threw, if the task has promised that it can be read.
  private static func original(_ error: RemoteError) -> (any Error)? {
    guard let content = error.content,
      let type = Task.codableErrors.first(where: { "\($0)" == error.typeName })
    else { return nil }
    return try? TaskPayload.decode(type, from: content)
  }

  // MARK: From whoever holds the future

  func futureWasCancelled(_ reason: CancelReason) { desk.post(.cancel(self)) }

  func stopWasRequested(_ reason: CancelReason) {
    stopReason.withLock { $0 = $0 ?? reason }
    desk.post(.cancel(self))
  }
}
