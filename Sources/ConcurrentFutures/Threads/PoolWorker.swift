import CSystem
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One thread of a pool.
///
/// The pool decides what it does and hands it over; the worker only runs it, sleeps, and asks for more.
final class PoolWorker: Sendable {
  /// What the pool hands to a worker that sleeps.
  enum Delivery: Sendable {
    case job(any PoolJob)
    case leave
  }

  let pool: ThreadPool
  /// The lowest number that no other thread of the pool has.
  let number: Int
  private let delivery = Mutex<Delivery?>(nil)
  private let parker = Parker()
  /// Where the thread's stack began; set and read by the thread itself.
  private let stackStart = Atomic<UInt>(0)

  /// What systems and errors call the thread.
  var name: String { "\(pool.settings.name)-\(number)" }

  init(_ pool: ThreadPool, number: Int) {
    self.pool = pool
    self.number = number
  }

  /// Starts the thread; it begins with a job that the pool has assigned to it.
  func start(with job: any PoolJob) throws(PlatformThread.StartFailure) {
    deliver(.job(job))
    _ = try pool.settings.startThread(
      name, PlatformThread.programStackSizeBytes, pool.settings.signalMask
    ) { self.live() }
  }

  /// Hands something over, and wakes the thread for it.
  func deliver(_ delivery: Delivery) {
    self.delivery.withLock { $0 = delivery }
    parker.unpark()
  }

  /// Whether another body may run inside of the one that runs: each has at least three quarters of the stack.
  var hasStackForNesting: Bool {
    // It grows downwards.
    let used = stackStart.load(ordering: .relaxed) &- csystem_stack_position()
    return used < PlatformThread.programStackSizeBytes / 4
  }

  private func live() {
    stackStart.store(csystem_stack_position(), ordering: .relaxed)
    pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
    runAll()?.join()
  }

  /// - Returns: the thread of the pool that ended before this one, which nobody has joined yet.
  private func runAll() -> PlatformThread? {
    do {
      try pool.settings.initializer?()
    } catch {
      return pool.initializerFailed(in: self, error)
    }
    var isNew = true
    while true {
      switch sleep() {
      case .leave: return pool.leave(self)
      case .job(let job):
        if !isNew { pool.didWake(self) }
        isNew = false
        // Only now, when its last future has ended: a shutdown is over as soon as nobody is left.
        if case .leave = run(from: job) { return pool.leave(self) }
      }
    }
  }

  /// Runs a job, and all that the pool gives after it. A function of its own, so that nothing of a job is left on
  /// the stack of a thread that sleeps.
  private func run(from first: any PoolJob) -> ThreadPool.Step {
    var job = first
    while true {
      let step = job.run { pool.next(for: self, after: job) }
      guard case .job(let next) = step else { return step }
      job = next
    }
  }

  /// Runs a job of its own pool inside of the one that waits for it.
  /// - Returns: whether it did: the job was in the queue, and the stack has room for one more.
  func runNested(_ job: any PoolJob) -> Bool {
    guard hasStackForNesting, pool.takeQueued(job, for: self) else { return false }
    job.run { pool.didRunNested(job, in: self) }
    return true
  }

  /// Runs the first job of the queue inside of the one that waits, if there is one.
  func runFirstNested() {
    guard let job = pool.takeFirst(for: self) else { return }
    job.run { pool.didRunNested(job, in: self) }
  }

  private func sleep() -> Delivery {
    var deadline: ContinuousClock.Instant? = .now + pool.settings.idleTimeout
    while true {
      if let delivery = delivery.withLock({ $0.take() }) { return delivery }
      // The next job often comes at once. Each time round: the wake-up of a delivery that was taken before it came is
      // still there the first time.
      parker.lookOut(pool.lookout)
      if parker.park(until: deadline) { continue }
      if pool.retires(self) { return .leave }
      // It stays: for good, or because a delivery is on its way.
      deadline = nil
    }
  }
}

// MARK: - The thread's own

extension PoolWorker {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// The worker whose thread this is; `nil` on other threads.
  static var current: PoolWorker? {
    guard let pointer = pthread_getspecific(key) else { return nil }
    // The worker lives as long as its thread: the thread's body holds it.
    return Unmanaged<PoolWorker>.fromOpaque(pointer).takeUnretainedValue()
  }
}
