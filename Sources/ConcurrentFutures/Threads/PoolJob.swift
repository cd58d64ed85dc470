import Synchronization

/// One entry of a pool of threads: a future and the body that will end it.
protocol PoolJob: FutureOwner {
  associatedtype Value: Sendable

  /// The future that it ends.
  var future: Future<Value> { get }
  /// The pool that it was submitted to.
  var pool: ThreadPool { get }
  /// Where it is. Written under the pool's lock only.
  var place: JobPlace { get set }
  /// Calls the body, which may block.
  func callBody() -> Result<Value, TaskFailure>
}

/// Where an entry is: packed into one word, for there may be a million of them.
enum JobPlace: Sendable {
  /// Neither queued nor running.
  case nowhere
  /// In the queue.
  case queued(SlotQueue<any PoolJob>.Slot)
  /// In the hands of the worker with this number.
  case worker(Int)
}

extension PoolJob {
  var poolJob: (any PoolJob)? { self }

  /// Runs the body on this thread and ends the future, unless somebody has cancelled it meanwhile.
  /// - Parameter leave: called once, after the body and before the future ends. Whoever learns of the end and submits
  ///   the next task finds this thread free, and no other one has to be woken for it.
  func run<Result>(leave: () -> Result) -> Result {
    let outcome = future.claim() ? callBody() : nil
    let result = leave()
    if let outcome { future.complete(outcome) }
    return result
  }

  /// Ends the future without running the body.
  func fail(_ failure: TaskFailure) { future.complete(.failure(failure)) }

  func futureWasCancelled(_ reason: CancelReason) { pool.remove(self) }

  func runHere() -> Bool {
    guard let worker = PoolWorker.current, worker.pool === pool else { return false }
    return worker.runNested(self)
  }
}

extension TaskFailure {
  /// How the future of a body ends that has thrown. All tasks of a chain that fails for one deadlock fail with that
  /// itself: wrapped once for each, an error can be too deep to be let go of.
  fileprivate init(ofBody error: any Error) {
    if case .thrown(let deadlock as WouldDeadlock)? = error as? TaskFailure {
      self = .thrown(deadlock)
    } else {
      self = .thrown(error)
    }
  }
}

/// A body that cannot be asked to stop.
final class PlainJob<Value: Sendable>: PoolJob {
  let pool: ThreadPool
  let future = Future<Value>()
  private let body: @Sendable () throws -> Value
  private let packedPlace = Atomic<UInt64>(0)

  init(_ pool: ThreadPool, _ body: @escaping @Sendable () throws -> Value) {
    self.pool = pool
    self.body = body
    future.attach(self)
  }

  var place: JobPlace {
    get { JobPlace(packed: packedPlace.load(ordering: .relaxed)) }
    set { packedPlace.store(newValue.packed, ordering: .relaxed) }
  }

  func callBody() -> Result<Value, TaskFailure> {
    do {
      return .success(try body())
    } catch {
      return .failure(TaskFailure(ofBody: error))
    }
  }
}

/// A body that takes a token.
final class TokenJob<Value: Sendable>: PoolJob {
  let pool: ThreadPool
  let future = Future<Value>()
  private let token = CancellationToken()
  private let body: @Sendable (CancellationToken) throws -> Value
  private let packedPlace = Atomic<UInt64>(0)

  init(_ pool: ThreadPool, _ body: @escaping @Sendable (CancellationToken) throws -> Value) {
    self.pool = pool
    self.body = body
    future.attach(self)
  }

  var place: JobPlace {
    get { JobPlace(packed: packedPlace.load(ordering: .relaxed)) }
    set { packedPlace.store(newValue.packed, ordering: .relaxed) }
  }

  func stopWasRequested(_ reason: CancelReason) { token.cancel(reason) }

  func callBody() -> Result<Value, TaskFailure> {
    defer { token.finish() }
    do {
      return .success(try body(token))
    } catch {
      // The word for "I stopped because I was asked to".
      if error is CancellationError, let reason = token.reason { return .failure(.cancelled(reason)) }
      return .failure(TaskFailure(ofBody: error))
    }
  }
}

extension JobPlace {
  // A slot's generation is never 0 before 4 billion appends, and then only once: bit 63 tells workers apart.
  fileprivate init(packed: UInt64) {
    if packed == 0 {
      self = .nowhere
    } else if packed >> 63 == 1 {
      self = .worker(Int(packed & ~(1 << 63)))
    } else {
      self = .queued(.init(index: UInt32(packed >> 32), generation: UInt32(truncatingIfNeeded: packed)))
    }
  }

  fileprivate var packed: UInt64 {
    switch self {
    case .nowhere: 0
    case .queued(let slot): UInt64(slot.index) << 32 | UInt64(slot.generation)
    case .worker(let number): 1 << 63 | UInt64(number)
    }
  }
}
