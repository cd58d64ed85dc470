import Synchronization

/// The shared part of a ``ThreadExecutor``: the executor and every thread hold it.
///
/// One lock guards ``PoolState``; this type takes it, and does what is to be done after it is released: it wakes,
/// starts and joins threads, and ends futures.
final class ThreadPool: Sendable {
  /// What the executor was made with; checked by it.
  struct Settings: Sendable {
    var name: String
    var maxWorkers: Int
    var minWorkers: Int
    var idleTimeout: Duration
    var queueLimit: Int
    var initializer: (@Sendable () throws -> Void)?
    /// How many workers may stand in for blocked ones at most.
    var maximumStandIns = 1024
    /// Of the threads, which run the program's code.
    var signalMask = SignalMask.program
    var startThread: StartThread = PlatformThread.start(name:stackSizeBytes:blocking:_:)
  }

  /// Like ``PlatformThread/start(name:stackSizeBytes:blocking:_:)``.
  typealias StartThread =
    @Sendable (
      _ name: String, _ stackSizeBytes: Int, _ mask: SignalMask, _ body: @escaping @Sendable () -> Void
    ) throws(PlatformThread.StartFailure) -> PlatformThread

  /// What a worker that has no job is to do.
  enum Step {
    case job(any PoolJob)
    case sleep
    case leave
  }

  let settings: Settings
  let state: Mutex<PoolState>
  /// For workers without a job: one of them at a time stays awake, and the others leave the processors to those that
  /// have work.
  let lookout = Lookout(limit: .microseconds(50))

  init(_ settings: Settings) {
    self.settings = settings
    state = Mutex(PoolState(settings))
  }

  deinit {
    state.withLock { $0.ended }?.detach()
  }
}

// MARK: - Submitting

extension ThreadPool {
  /// Takes a job, or throws ``SubmitError/queueFull(limit:)``.
  func submit(_ job: any PoolJob) throws(SubmitError) {
    if try place(job, orWaitAs: nil) { return }
    throw .queueFull(limit: settings.queueLimit)
  }

  /// Takes a job once there is room for it.
  func submitSuspending(_ job: any PoolJob) async throws(SubmitError) {
    let submission = Submission(job)
    if try place(job, orWaitAs: submission) { return }
    await submission.waiter.wait()
    try settle(submission)
  }

  /// Takes a job once there is room for it; blocks the thread meanwhile. A worker of this pool runs the job itself:
  /// if all of them waited for room, nobody would make any.
  func submitBlocking(_ job: any PoolJob) throws(SubmitError) {
    let worker = PoolWorker.current
    if let worker, worker.pool === self, worker.hasStackForNesting {
      if !(try place(job, orWaitAs: nil)) { runNested(job, on: worker) }
      return
    }
    let submission = Submission(job)
    if try place(job, orWaitAs: submission) { return }
    do throws(WouldDeadlock) {
      try submission.waiter.block(until: nil, lookout: Waiter.lookout) {
        worker?.pool === self ? .room(submission) : .outside
      }
    } catch {
      if withdraw(submission) { throw .queueFull(limit: settings.queueLimit) }
    }
    try settle(submission)
  }

  /// - Returns: false if there is no room; then the submission, if there is one, waits for some.
  private func place(_ job: any PoolJob, orWaitAs submission: Submission?) throws(SubmitError) -> Bool {
    let placement = try state.withLock { state throws(SubmitError) in
      let placement = try state.place(job, in: self)
      if case .full = placement, let submission { submission.slot = state.submissions.append(submission) }
      return placement
    }
    switch placement {
    case .queued: break
    case .deliver(let worker, let next): worker.deliver(.job(next))
    case .start(let worker): start(worker, with: job)
    case .full: return false
    }
    return true
  }

  /// Ends a wait for room: with the pool's decision, or without one if the wait was cancelled.
  private func settle(_ submission: Submission) throws(SubmitError) {
    guard !withdraw(submission), let decision = submission.decision else {
      submission.job.fail(.cancelled(.waitCancelled))
      throw .waitCancelled
    }
    try decision.get()
  }

  /// - Returns: false if it did not wait any more.
  private func withdraw(_ submission: Submission) -> Bool {
    state.withLock { state in submission.slot.flatMap { state.submissions.remove($0) } != nil }
  }

  /// Starts a thread for a worker that has been counted already. If the system refuses, the other workers get the
  /// job; if there are none, nobody would ever run anything, so all that is queued fails, or waits for room.
  /// - Returns: whether the thread was started.
  @discardableResult
  func start(_ worker: PoolWorker, with job: any PoolJob) -> Bool {
    do throws(PlatformThread.StartFailure) {
      try worker.start(with: job)
      return true
    } catch {
      let reason = error.description
      let (failed, refused, enders) = state.withLock { state -> ([any PoolJob], [Submission], [Waiter]) in
        let jobs = state.removeWorker(worker.number)
        if state.live > 0 {
          for job in jobs { job.place = .queued(state.queue.prepend(job)) }
          state.refuseMoreThreads()
          return ([], [], [])
        }
        return (
          jobs + state.drain(), state.refuseSubmissions(.broken(reason)), state.isEnded ? state.enders : []
        )
      }
      for job in failed { job.fail(.executorBroken(reason)) }
      for submission in refused { submission.waiter.signal() }
      for ender in enders { ender.signal() }
      return false
    }
  }

  /// Lets somebody begin whom the state has chosen.
  /// - Returns: false if a thread was to be started, and the system refused.
  @discardableResult
  func begin(_ employment: PoolState.Employment?) -> Bool {
    guard let employment else { return true }
    defer { employment.admitted?.waiter.signal() }
    if employment.isNew { return start(employment.worker, with: employment.job) }
    employment.worker.deliver(.job(employment.job))
    return true
  }
}

// MARK: - What workers ask

extension ThreadPool {
  /// One job is done; the next one, if there is one.
  func next(for worker: PoolWorker, after job: any PoolJob) -> Step {
    let (next, leaves, admitted) = state.withLock { state -> ((any PoolJob)?, Bool, Submission?) in
      state.finishJob(of: worker.number)
      if state.mustLeave(worker.number) { return (nil, true, nil) }
      if let job = state.popFirst(for: worker.number) { return (job, false, state.admit()) }
      if state.isShutDown { return (nil, true, nil) }
      state.idle.append(worker)
      return (nil, false, nil)
    }
    admitted?.waiter.signal()
    if let next { return .job(next) }
    return leaves ? .leave : .sleep
  }

  /// A worker has woken for a job; another one may follow it.
  func didWake(_ worker: PoolWorker) {
    let next = state.withLock { state in
      state.waking -= 1
      return state.employ(in: self)
    }
    begin(next)
  }

  /// Whether a worker that has been idle long enough may end; then it is idle no more.
  func retires(_ worker: PoolWorker) -> Bool {
    state.withLock { $0.retire(worker) }
  }

  /// Takes a worker off the list; its thread is about to end.
  /// - Returns: the thread that ended before, for the caller to join: so all but the last are joined.
  func leave(_ worker: PoolWorker) -> PlatformThread? {
    let (previous, enders, successor) = state.withLock { state in
      _ = state.removeWorker(worker.number)
      // Between its decision to leave and now it counted as a worker, so a job may have been queued for it, or another
      // worker may have decided the same.
      let successor = state.employ(in: self)
      defer { state.ended = .current }
      return (state.ended, state.isEnded ? state.enders : [], successor)
    }
    begin(successor)
    for ender in enders { ender.signal() }
    return previous
  }

  /// The initializer threw: the pool takes no more, and everything queued fails.
  func initializerFailed(in worker: PoolWorker, _ error: any Error) -> PlatformThread? {
    let reason = "its initializer failed: \(TaskFailure.thrown(error))"
    let (failed, idle, refused) = state.withLock { state in
      let own = state.records[worker.number]?.jobs ?? []
      if state.brokenReason == nil { state.brokenReason = reason }
      defer { state.idle = [] }
      return (own + state.drain(), state.idle, state.refuseSubmissions(.broken(reason)))
    }
    for worker in idle { worker.deliver(.leave) }
    for submission in refused { submission.waiter.signal() }
    for job in failed { job.fail(.executorBroken(reason)) }
    return leave(worker)
  }
}

// MARK: - Cancelling and giving up

extension ThreadPool {
  /// Takes a job out of the queue whose future has ended.
  func remove(_ job: any PoolJob) {
    let admitted = state.withLock { state in state.remove(job) ? state.admit() : nil }
    admitted?.waiter.signal()
  }

  /// Stops counting the worker that runs a job whose future has ended; another one may take its place.
  func abandon(_ job: any PoolJob) {
    let (replacement, enders) = state.withLock { state -> (PoolState.Employment?, [Waiter]) in
      guard state.abandonWorker(of: job) else { return (nil, []) }
      let replacement = state.employ(in: self)
      return (replacement, state.isEnded ? state.enders : [])
    }
    begin(replacement)
    for ender in enders { ender.signal() }
  }
}

/// A job that waits for room in the queue. Changed under the pool's lock only.
final class Submission: Sendable {
  let job: any PoolJob
  let waiter = Waiter()
  private let state = Mutex<(slot: SlotQueue<Submission>.Slot?, decision: Result<Void, SubmitError>?)>(
    (nil, nil))

  init(_ job: any PoolJob) {
    self.job = job
  }

  /// Its place among those that wait.
  var slot: SlotQueue<Submission>.Slot? {
    get { state.withLock { $0.slot } }
    set { state.withLock { $0.slot = newValue } }
  }

  /// What the pool decided; `nil` until then.
  var decision: Result<Void, SubmitError>? { state.withLock { $0.decision } }

  /// Decides. The pool signals the waiter when it has released its lock.
  func decide(_ decision: Result<Void, SubmitError>) { state.withLock { $0.decision = decision } }
}
