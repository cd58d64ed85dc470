/// Everything that changes in a pool of threads. A value behind the pool's lock: it starts, wakes and calls nothing,
/// and says what is to be done once the lock is released.
///
/// Two things always hold: if a worker is idle and the queue is not empty, another worker is waking up, and wakes the
/// idle one when it has; and while there is room in the queue nobody waits for room.
struct PoolState {
  struct Record {
    let worker: PoolWorker
    /// What it runs: the last entry runs, the ones before wait for it.
    var jobs: [any PoolJob] = []
    /// What it sleeps for inside of a body; `nil` if it does not.
    var awaited: Awaited?
    /// It runs a body that was given up; it counts no more, and leaves after it.
    var isAbandoned = false
  }

  /// What happened to a new job.
  enum Placement {
    case queued
    /// A worker is to wake up, with this job: perhaps an older one.
    case deliver(PoolWorker, any PoolJob)
    case start(PoolWorker)
    case full
  }

  /// A worker with the job that it is to begin with.
  struct Employment {
    let worker: PoolWorker
    let job: any PoolJob
    let isNew: Bool
    /// Who has got the room that the job left in the queue.
    let admitted: Submission?
  }

  let settings: ThreadPool.Settings
  var queue = SlotQueue<any PoolJob>()
  var submissions = SlotQueue<Submission>()
  /// By number; abandoned ones too.
  var records: [Record?] = []
  /// The most recently idle is the last.
  var idle: [PoolWorker] = []
  /// Workers that were given a job while they slept, and have not woken yet. One at a time, as long as the queue has
  /// room: waking a thread for each of many short jobs costs more than the jobs.
  var waking = 0
  /// Workers with a thread, but for abandoned ones.
  var live = 0
  var blocked = 0
  /// How many workers there may be since the system has refused a thread.
  var threadLimit: Int?
  var abandoned = 0
  var running = 0
  var peak = 0
  var isShutDown = false
  var brokenReason: String?
  /// Whoever waits for the end of a shutdown.
  var enders: [Waiter] = []
  /// The thread that ended last, and is not joined.
  var ended: PlatformThread?

  init(_ settings: ThreadPool.Settings) {
    self.settings = settings
  }

  /// A blocked worker gives its place to another, so that as many bodies as allowed can make progress.
  var capacity: Int {
    min(threadLimit ?? .max, settings.maxWorkers + min(blocked, settings.maximumStandIns))
  }

  /// Whether a shutdown has come to its end.
  var isEnded: Bool { isShutDown && live == 0 }

  // MARK: Jobs in

  /// Gives a job to the worker that became idle last, to a new one, or to the queue.
  mutating func place(_ job: any PoolJob, in pool: ThreadPool) throws(SubmitError) -> Placement {
    if isShutDown { throw .shutDown }
    if let brokenReason { throw .broken(brokenReason) }
    let hasRoom = queue.count < settings.queueLimit && submissions.isEmpty
    if let worker = idle.last, waking == 0 || (!hasRoom && submissions.isEmpty) {
      let next = queue.popFirst() ?? job
      if next !== job { enqueue(job) }
      wake(worker, for: next)
      return .deliver(worker, next)
    }
    if idle.isEmpty, live < capacity { return .start(addWorker(for: job, in: pool)) }
    guard hasRoom else { return .full }
    enqueue(job)
    return .queued
  }

  private mutating func enqueue(_ job: any PoolJob) {
    job.place = .queued(queue.append(job))
  }

  mutating func assign(_ job: any PoolJob, to number: Int) {
    records[number]?.jobs.append(job)
    job.place = .worker(number)
    if records[number]?.isAbandoned == true { return }
    running += 1
    peak = max(peak, running)
  }

  /// - Parameter worker: the last idle one.
  private mutating func wake(_ worker: PoolWorker, for job: any PoolJob) {
    idle.removeLast()
    waking += 1
    assign(job, to: worker.number)
  }

  private mutating func addWorker(for job: any PoolJob, in pool: ThreadPool) -> PoolWorker {
    let number = records.firstIndex { $0 == nil } ?? records.count
    if number == records.count { records.append(nil) }
    let worker = PoolWorker(pool, number: number)
    records[number] = Record(worker: worker)
    live += 1
    assign(job, to: number)
    return worker
  }

  /// Somebody for the first job of the queue, if there is a job and a worker may be had.
  mutating func employ(in pool: ThreadPool) -> Employment? {
    guard brokenReason == nil, !idle.isEmpty || live < capacity, let job = queue.popFirst() else {
      return nil
    }
    let admitted = admit()
    if let worker = idle.last {
      wake(worker, for: job)
      return Employment(worker: worker, job: job, isNew: false, admitted: admitted)
    }
    return Employment(worker: addWorker(for: job, in: pool), job: job, isNew: true, admitted: admitted)
  }

  /// Lets the first one that waits for room into the queue, if there is room.
  mutating func admit() -> Submission? {
    guard queue.count < settings.queueLimit, let submission = submissions.popFirst() else { return nil }
    enqueue(submission.job)
    submission.decide(.success(()))
    return submission
  }

  /// Turns away all that wait for room, who are to be woken then.
  mutating func refuseSubmissions(_ error: SubmitError) -> [Submission] {
    let refused = submissions.removeAll()
    for submission in refused { submission.decide(.failure(error)) }
    return refused
  }

  // MARK: Jobs out

  /// The first job of the queue, for this worker.
  mutating func popFirst(for number: Int) -> (any PoolJob)? {
    guard let job = queue.popFirst() else { return nil }
    assign(job, to: number)
    return job
  }

  /// Takes a job out of the queue, wherever it stands; false if it is not there.
  mutating func remove(_ job: any PoolJob) -> Bool {
    guard case .queued(let slot) = job.place, queue.remove(slot) != nil else { return false }
    job.place = .nowhere
    return true
  }

  /// Takes a job out of the queue for a worker that waits for it.
  mutating func takeQueued(_ job: any PoolJob, for number: Int) -> Bool {
    guard remove(job) else { return false }
    assign(job, to: number)
    return true
  }

  /// The worker's innermost body has returned. The caller holds the job, so nothing of it dies under the lock.
  mutating func finishJob(of number: Int) {
    guard let job = records[number]?.jobs.popLast() else { return }
    job.place = .nowhere
    threadLimit = nil
    if records[number]?.isAbandoned == false { running -= 1 }
  }

  /// Everything that is queued, taken out.
  mutating func drain() -> [any PoolJob] {
    let jobs = queue.removeAll()
    for job in jobs { job.place = .nowhere }
    return jobs
  }

  // MARK: Workers

  /// Whether a worker without a job must not look for another one.
  func mustLeave(_ number: Int) -> Bool {
    records[number]?.isAbandoned == true || brokenReason != nil || live > capacity
  }

  /// Takes a worker off the list, and whatever it was about to run.
  mutating func removeWorker(_ number: Int) -> [any PoolJob] {
    guard let record = records[number] else { return [] }
    records[number] = nil
    threadLimit = nil
    if record.isAbandoned {
      abandoned -= 1
    } else {
      live -= 1
      running -= record.jobs.count
    }
    return record.jobs
  }

  /// Takes an idle worker off, if more are left than must be kept; false if it is not idle any more.
  mutating func retire(_ worker: PoolWorker) -> Bool {
    guard live > settings.minWorkers, let index = idle.firstIndex(where: { $0 === worker }) else {
      return false
    }
    idle.remove(at: index)
    return true
  }

  /// Gives up the worker that runs a job; false if none does.
  mutating func abandonWorker(of job: any PoolJob) -> Bool {
    guard case .worker(let number) = job.place, let record = records[number] else { return false }
    // Whoever waits for it waits no more.
    job.place = .nowhere
    guard !record.isAbandoned else { return true }
    records[number]?.isAbandoned = true
    live -= 1
    abandoned += 1
    running -= record.jobs.count
    if record.awaited != nil { blocked -= 1 }
    return true
  }
}
