/// One thing that happened in a run, and when.
///
/// The stream of events is the run's only account: `run_started` first and once, `run_finished` last and
/// once, between them for every instance exactly one `taskFinished`, after its `taskStarted` (one for each
/// attempt) if anything was started. Events of one instance are in order; those of different instances come as
/// they happen.
public struct RunEvent: Sendable, Hashable {
  /// When it happened, since the run's start. Never decreases along the stream.
  public var time: Duration
  /// What happened.
  public var kind: Kind

  /// Makes an event.
  public init(time: Duration, kind: Kind) {
    self.time = time
    self.kind = kind
  }

  /// What can happen. Later versions may add cases: a reporter ignores what it does not know.
  public enum Kind: Sendable, Hashable {
    /// The run begins.
    case runStarted(RunStart)
    /// An attempt of an instance begins.
    case taskStarted(TaskStart)
    /// An instance has ended for good. (Indirect, for a record is large and goes through many hands.)
    indirect case taskFinished(TaskRecord)
    /// The run is over; nothing follows.
    case runFinished(RunEnd)
  }
}

/// What is known when a run begins.
public struct RunStart: Sendable, Hashable {
  /// Unique among runs.
  public var runID: String
  /// The manifest as the user named it.
  public var manifest: String
  /// The wall clock at the start, in milliseconds since 1970-01-01T00:00:00Z.
  public var startedAtMilliseconds: Int
  /// The runner's process.
  public var runnerPID: Int
  /// How many slots each pool has.
  public var poolSizes: PerKind<Int>
  /// How many instances will run, where that is known at the start.
  public var total: Int?

  /// Makes the beginning of a run.
  public init(
    runID: String, manifest: String, startedAtMilliseconds: Int, runnerPID: Int, poolSizes: PerKind<Int>,
    total: Int?
  ) {
    self.runID = runID
    self.manifest = manifest
    self.startedAtMilliseconds = startedAtMilliseconds
    self.runnerPID = runnerPID
    self.poolSizes = poolSizes
    self.total = total
  }
}

/// What is known when an attempt begins.
public struct TaskStart: Sendable, Hashable {
  /// The instance.
  public var id: String
  /// The task's name.
  public var task: String
  /// The instance's kind.
  public var kind: TaskKind
  /// The number of the attempt, from 1.
  public var attempt: Int
  /// The slot of the pool that it holds, from 0.
  public var slot: Int

  /// Makes the beginning of an attempt.
  public init(id: String, task: String, kind: TaskKind, attempt: Int, slot: Int) {
    self.id = id
    self.task = task
    self.kind = kind
    self.attempt = attempt
    self.slot = slot
  }
}

/// What is known when a run is over.
public struct RunEnd: Sendable, Hashable {
  /// How long the run took.
  public var duration: Duration
  /// How the instances ended.
  public var summary: RunSummary
  /// The pools and how full they were.
  public var pools: PerKind<PoolUse>
  /// What taskrun will exit with, as far as the tasks decide it; a report that cannot be written changes it
  /// afterwards. 128 + the signal's number for a run that a signal ended.
  public var exitCode: Int

  /// Makes the end of a run.
  public init(duration: Duration, summary: RunSummary, pools: PerKind<PoolUse>, exitCode: Int) {
    self.duration = duration
    self.summary = summary
    self.pools = pools
    self.exitCode = exitCode
  }
}

/// How many instances ended in which way. The counts always add up to ``total``.
public struct RunSummary: Sendable, Hashable {
  // Not a dictionary: making its first one costs a start as much as reading the whole manifest.
  private var numbers = [Int](repeating: 0, count: TaskStatus.allCases.count)
  /// How many of the failed and timed out were allowed to.
  public private(set) var allowedFailures = 0

  /// A summary of nothing.
  public init() {}

  /// Makes a summary of counts that are known already.
  public init(counts: [TaskStatus: Int], allowedFailures: Int = 0) {
    for (status, count) in counts { numbers[status.position] = count }
    self.allowedFailures = allowedFailures
  }

  /// How many instances have ended.
  public var total: Int { numbers.reduce(0, +) }

  /// How many instances ended in each status; a status without instances is missing.
  public var counts: [TaskStatus: Int] {
    var counts: [TaskStatus: Int] = [:]
    for status in TaskStatus.allCases where self[status] > 0 { counts[status] = self[status] }
    return counts
  }

  /// How many instances ended in a status.
  public subscript(status: TaskStatus) -> Int { numbers[status.position] }

  /// Counts one instance in.
  public mutating func add(_ record: TaskRecord) {
    numbers[record.status.position] += 1
    if record.isAllowedFailure { allowedFailures += 1 }
  }
}

extension TaskStatus {
  /// Its place among all.
  fileprivate var position: Int {
    switch self {
    case .succeeded: 0
    case .failed: 1
    case .timedOut: 2
    case .cancelled: 3
    case .skipped: 4
    }
  }
}

/// One pool in a report.
public struct PoolUse: Sendable, Hashable {
  /// Which executor the pool has.
  public var executor: ExecutorKind
  /// How many slots it has.
  public var size: Int
  /// The largest number of slots that were in use at once.
  public var peak: Int

  /// Makes a pool's figures.
  public init(executor: ExecutorKind, size: Int, peak: Int) {
    self.executor = executor
    self.size = size
    self.peak = peak
  }
}
