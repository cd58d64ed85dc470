import Synchronization

/// One submitted ``WorkerTask``: the request, and the future that its answer ends.
///
/// The future and it hold each other until the future is done.
final class TaskCall<Task: WorkerTask>: WorkerCall, FutureOwner, @unchecked Sendable {
  // Guard of the unchecked conformance, which a subclass needs: every stored property is a constant that is Sendable.
  let future = Future<Task.Output>()
  private let desk: TaskDesk
  private let hasLeftQueue = Atomic(false)

  init(_ desk: TaskDesk, _ request: WorkerRequest, _ limit: TimeLimit?) {
    self.desk = desk
    super.init(request, timeLimit: limit, temporaryFolder: desk.temporaryFolder)
    future.attach(self)
  }

  // MARK: From the manager thread

  override func beginDispatch() -> Bool {
    leaveQueue()
    // One that a worker had taken for begun, and never read, is running ever since.
    return future.dispatch() || !future.isDone
  }

  override func post(_ event: WorkerEvent) {
    switch event {
    case .dispatched: break
    case .requeued: _ = future.requeue()
    case .started: _ = future.claim()
    case .output(_, let text): desk.relay.pass(text)
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
    // Of two that are called alike nobody knows which it is.
    let types = Task.codableErrors.filter { "\($0)" == error.typeName }
    guard let content = error.content, types.count == 1, let type = types.first else { return nil }
    return try? TaskPayload.decode(type, from: content)
  }

  // MARK: From whoever holds the future

  /// A worker does not ask before it begins.
  var beginsElsewhere: Bool { true }

  func futureWasCancelled(_ reason: CancelReason) { desk.post(.cancel(self, reason)) }
  func returnWasRequested(_ reason: CancelReason) { desk.post(.askBack(self, reason)) }
  func stopWasRequested(_ reason: CancelReason) { desk.post(.cancel(self, reason)) }
}
