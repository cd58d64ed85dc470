/// Everything known about one finished task instance: the payload of `task_finished` and an element of the
/// report's `tasks`.
public struct TaskRecord: Sendable, Hashable {
  /// The instance's name: the task's, or `task[index]` for an instance of `foreach`.
  public var id: String
  /// The task's name.
  public var task: String
  /// The position among the instances of the task, from 0; `nil` for a task without instances.
  public var index: Int?
  /// The instance's item; `nil` without `foreach`.
  public var item: Value?
  /// The task's kind.
  public var kind: TaskKind
  /// The place in the order of declaration. Not on the wire.
  public var place: TaskPlace

  /// How it ended.
  public var status: TaskStatus
  /// Why; `nil` when it succeeded.
  public var reason: TaskReason?
  /// Whether the failure does not count, because the manifest allows it.
  public var isAllowedFailure: Bool
  /// The rank of completion in the run, from 1.
  public var completed: Int

  /// When it was ready to run, since the run's start.
  public var queued: Duration
  /// When the last attempt started, since the run's start; `nil` if none did.
  public var started: Duration?
  /// How long the last attempt took; `nil` if none started.
  public var duration: Duration?

  /// Where it ran; `nil` if nothing ran.
  public var executor: ExecutorKind?
  /// The process that did the work: a command's own, a worker's, the runner's.
  public var pid: Int?
  /// The slot of the pool that it held, from 0.
  public var slot: Int?
  /// All attempts in order, without one for which nothing could be started.
  public var attempts: [AttemptRecord]

  /// The last attempt's exit status, if it was a command that exited.
  public var exitCode: Int?
  /// The number of the signal that ended the last attempt's process.
  public var signal: Int?
  /// What the task returned.
  public var value: Value?
  /// What was written to standard output.
  public var stdout: CapturedOutput
  /// What was written to standard error.
  public var stderr: CapturedOutput
  /// What the last attempt used, where it is known.
  public var usage: ResourceUsage?
  /// What went wrong, in words.
  public var error: ErrorDescription?
  /// What the instance was to do, as 32 hexadecimal digits: the same in every run as long as its parameters, its own
  /// variables, its folder and its input are the same. `nil` if it did not get so far.
  public var fingerprint: String?
  /// Whether secrets were replaced in it, so that it is not what the task gave.
  public var isMasked = false

  /// Makes a record of an instance for which nothing has run.
  public init(
    id: String, task: String, index: Int? = nil, item: Value? = nil, kind: TaskKind,
    place: TaskPlace = TaskPlace(),
    status: TaskStatus, reason: TaskReason? = nil, completed: Int = 0, queued: Duration = .zero
  ) {
    self.id = id
    self.task = task
    self.index = index
    self.item = item
    self.kind = kind
    self.place = place
    self.status = status
    self.reason = reason
    self.completed = completed
    self.queued = queued
    isAllowedFailure = false
    attempts = []
    stdout = CapturedOutput()
    stderr = CapturedOutput()
  }
}

/// Where the end of an instance stands among all others when they go in the order of declaration.
public struct TaskPlace: Sendable, Hashable {
  /// The position of the task among those of the run, from 0.
  public var task: Int
  /// The position among the instances of the task, from 0.
  public var index: Int
  /// How many instances the task has, at least 1.
  public var count: Int
  /// The first task that may have further ends after this event: those before it have had all, or have none.
  public var settled: Int

  /// Makes a place; by default that of a task without instances that is the first of its run.
  public init(task: Int = 0, index: Int = 0, count: Int = 1, settled: Int = 0) {
    self.task = task
    self.index = index
    self.count = count
    self.settled = settled
  }
}

/// One try of a task instance.
public struct AttemptRecord: Sendable, Hashable {
  /// The number of the attempt, from 1.
  public var attempt: Int
  /// How it ended.
  public var status: TaskStatus
  /// Why; `nil` when it succeeded.
  public var reason: TaskReason?
  /// The exit status, if it was a command that exited.
  public var exitCode: Int?
  /// The signal that ended its process.
  public var signal: Int?
  /// When it started, since the run's start; `nil` if nothing could be started.
  public var started: Duration?
  /// How long it took.
  public var duration: Duration?
  /// The process that did the work.
  public var pid: Int?

  /// Makes a record of an attempt.
  public init(
    attempt: Int, status: TaskStatus, reason: TaskReason? = nil, exitCode: Int? = nil, signal: Int? = nil,
    started: Duration? = nil, duration: Duration? = nil, pid: Int? = nil
  ) {
    self.attempt = attempt
    self.status = status
    self.reason = reason
    self.exitCode = exitCode
    self.signal = signal
    self.started = started
    self.duration = duration
    self.pid = pid
  }
}

/// Which executor runs a task.
public enum ExecutorKind: String, Sendable, Hashable, CaseIterable {
  case thread
  case process
}

/// What went wrong, for people and for programs.
public struct ErrorDescription: Sendable, Hashable {
  /// A short name a program can compare, such as `http_status` or `not_found`.
  public var type: String
  /// One sentence, lower case, without a full stop.
  public var message: String
  /// More about it, too long for the sentence: where was searched, for example. `nil` if that is all.
  public var detail: String?

  /// Makes a description.
  public init(type: String, message: String, detail: String? = nil) {
    self.type = type
    self.message = message
    self.detail = detail
  }
}

/// What a process used.
public struct ResourceUsage: Sendable, Hashable {
  /// Processor time in user mode.
  public var user: Duration
  /// Processor time in the kernel.
  public var system: Duration
  /// The largest resident set, in bytes; `nil` where it cannot be told for this one task.
  public var maxRSSBytes: Int?

  /// Makes a usage.
  public init(user: Duration, system: Duration, maxRSSBytes: Int?) {
    self.user = user
    self.system = system
    self.maxRSSBytes = maxRSSBytes
  }
}
