import Synchronization

/// One request for a worker: which task type to run, on what.
public struct WorkerRequest: Sendable {
  /// The registered task type.
  public var type: String
  /// The parameters as JSON.
  public var parameters: [UInt8]
  /// The name people know the task by.
  public var task: String
  /// The number of the attempt, from 1.
  public var attempt: Int
  /// The folder that relative paths start at, absolute.
  public var directory: String
  /// Variables on top of the worker's environment, in order; later ones win.
  public var environment: [(name: String, value: String)]
  /// What standard input would be.
  public var input: String

  /// Makes a request.
  public init(
    type: String, parameters: [UInt8], task: String = "", attempt: Int = 1, directory: String = "/",
    environment: [(name: String, value: String)] = [], input: String = ""
  ) {
    self.type = type
    self.parameters = parameters
    self.task = task
    self.attempt = attempt
    self.directory = directory
    self.environment = environment
    self.input = input
  }
}

/// What a worker answered.
public struct WorkerAnswer: Sendable {
  /// The value as JSON, or the task's own word that it failed.
  public var result: Result<[UInt8], RemoteError>
  /// The worker's process.
  public var pid: Int
  /// Processor time the task used in user mode; `nil` if the worker does not say.
  public var userTime: Duration?
  /// The same in the kernel.
  public var systemTime: Duration?
  /// How long the task took by the worker's clock, without the way there and back; `nil` if the worker does not say.
  public var wallTime: Duration?
}

/// What happens to a request, in this order: `dispatched` and `requeued` any number of times, perhaps one `started`, any
/// number of `output`, one `finished`.
public enum WorkerEvent: Sendable {
  /// A worker has the request, and has perhaps not begun.
  case dispatched
  /// That worker did not begin it; it waits for another one.
  case requeued
  /// A worker has begun.
  case started(pid: Int)
  /// The task wrote something.
  case output(isError: Bool, [UInt8])
  /// The request is over.
  case finished(Result<WorkerAnswer, TaskFailure>)
}

/// A request on its way through a ``ProcessExecutor``.
///
/// Identity: one object for one attempt, whichever worker gets it.
///
/// What happens to it is told to `post`, which each kind of call has in its own way.
public class WorkerCall: @unchecked Sendable {
  // Guard of the unchecked conformance, which a class with subclasses needs: every stored property, here and there,
  // is a constant that is Sendable.

  /// How far it has come. Only the executor's manager thread looks at it.
  struct Progress: Sendable {
    /// Its place in the queue; `nil` outside of it.
    var slot: SlotQueue<WorkerCall>.Slot?
    /// Whether the observer has heard that it began.
    var hasStarted = false
    /// Whether somebody wants it to stop.
    var isUnwanted = false
    /// Whether its worker was asked to give it back.
    var isRecalled = false
    /// How many workers ended with it in their hands before they began.
    var losses = 0
  }

  /// The protocol's id: unique for the life of the executor's process.
  let id: String
  let request: WorkerRequest
  /// How long it may run; `nil` as long as it takes.
  let timeLimit: TimeLimit?
  private let state = Mutex(Progress())

  private static let lastID = Atomic<UInt64>(0)

  init(_ request: WorkerRequest, timeLimit: TimeLimit? = nil) {
    id = "\(Self.lastID.add(1, ordering: .relaxed).newValue)"
    self.request = request
    self.timeLimit = timeLimit
  }

  /// How far it has come.
  var progress: Progress {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// Passes an event on. Only the executor's manager thread calls this, so events are in order. Must not block.
  func post(_ event: WorkerEvent) {}

  /// Tells that a worker has begun, once.
  func postStart(pid: Int) {
    guard !progress.hasStarted else { return }
    progress.hasStarted = true
    post(.started(pid: pid))
  }

  /// Tells the end. The last call.
  func finish(_ result: Result<WorkerAnswer, TaskFailure>) {
    post(.finished(result))
  }
}

/// A request whose events a closure hears.
final class ObservedCall: WorkerCall, @unchecked Sendable {
  private let observer: @Sendable (WorkerEvent) -> Void

  init(_ request: WorkerRequest, observer: @escaping @Sendable (WorkerEvent) -> Void) {
    self.observer = observer
    super.init(request)
  }

  override func post(_ event: WorkerEvent) { observer(event) }
}

/// How long a request may run, from its start.
struct TimeLimit: Sendable {
  /// Then it is asked to stop.
  var limit: Duration
  /// So much later its worker is killed.
  var grace: Duration
}
