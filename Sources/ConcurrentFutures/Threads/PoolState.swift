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
    /// Whether it sleeps inside of a body.
    var isBlocked = false
    /// What it sleeps for, if that has no deadline.
    var waitingFor: (any PoolJob)?
    /// It runs a body that was given up; it counts no more, and leaves after it.
    var isAbandoned = false
  }

  /// What happened to a new job.
  enum Placement {
    case queued
    case deliver(PoolWorker)
    case start(PoolWorker)
    case full
  }

  /// A worker with the job that it is to begin with.
  struct Employment {
    let worker: PoolWorker
    let job: any PoolJob
    let isNew: Bool
  }

  /// How many workers may stand in for blocked ones at most.
  static var maximumStandIns: Int { 64 }
  /// How many bodies may run inside one another on one stack.
  static var maximumNesting: Int { 32 }

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
  private var capacity: Int { settings.maxWorkers + min(blocked, Self.maximumStandIns) }

  /// Whether a shutdown has come to its end.
  var isEnded: Bool { isShutDown && live == 0 }

  // MARK: Jobs in

  /// Gives a job to the worker that became idle last, to a new one, or to the queue.
  mutating func place(_ job: any PoolJob, in pool: ThreadPool) throws(SubmitError) -> Placement {
    if isShutDown { throw .shutDown }
    if let brokenReason { throw .broken(brokenReason) }
    let hasRoom = queue.count < settings.queueLimit && submissions.isEmpty
    if let worker = idle.last, waking == 0 || !hasRoom {
      wake(worker, for: job)
      return .deliver(worker)
    }
    if idle.isEmpty, live < capacity { return .start(addWorker(for: job, in: pool)) }
    guard hasRoom else { return .full }
    enqueue(job)
    return .queued
  }

  private mutating func enqueue(_ job: any PoolJob) {
    job.place = .queued(queue.append(job))
  }

  private mutating func assign(_ job: any PoolJob, to number: Int) {
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
    if let worker = idle.last {
      wake(worker, for: job)
      return Employment(worker: worker, job: job, isNew: false)
    }
    return Employment(worker: addWorker(for: job, in: pool), job: job, isNew: true)
  }

  /// Lets the first one that waits for room into the queue, if there is room.
  mutating func admit() -> Submission? {
    guard queue.count < settings.queueLimit, let submission = submissions.popFirst() else { return nil }
    enqueue(submission.job)
    submission.decide(.success(()))
    return submission
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
    guard let record = records[number], record.jobs.count < Self.maximumNesting, remove(job) else {
      return false
    }
    assign(job, to: number)
    return true
  }

  /// The worker's innermost body has returned. The caller holds the job, so nothing of it dies under the lock.
  mutating func finishJob(of number: Int) {
    guard let job = records[number]?.jobs.popLast() else { return }
    job.place = .nowhere
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

  /// Marks a worker as sleeping inside of a body.
  mutating func block(_ number: Int, for job: (any PoolJob)?) throws(WouldDeadlock) {
    try checkCircle(from: number, through: job)
    records[number]?.isBlocked = true
    records[number]?.waitingFor = job
    if records[number]?.isAbandoned == false { blocked += 1 }
  }

  /// The opposite.
  /// - Returns: the jobs that it waited for, to be dropped outside of the lock, and an idle worker too many.
  mutating func unblock(_ number: Int) -> (job: (any PoolJob)?, surplus: PoolWorker?) {
    guard let record = records[number], record.isBlocked else { return (nil, nil) }
    records[number]?.isBlocked = false
    records[number]?.waitingFor = nil
    if record.isAbandoned { return (record.waitingFor, nil) }
    blocked -= 1
    return (record.waitingFor, live > capacity ? idle.popLast() : nil)
  }

  /// Follows who waits for whom. Every body of a worker ends only after its innermost one, so it is enough to know
  /// which worker has a job.
  private func checkCircle(from number: Int, through job: (any PoolJob)?) throws(WouldDeadlock) {
    var circle = [number]
    var target = job
    while let job = target, case .worker(let next) = job.place, circle.count <= records.count {
      if next == number { throw WouldDeadlock(workers: circle) }
      circle.append(next)
      target = records[next]?.waitingFor
    }
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
    if record.isBlocked { blocked -= 1 }
    return true
  }
}
