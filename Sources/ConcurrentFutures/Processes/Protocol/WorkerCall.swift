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
  /// Where the value is that was too long for a line, and is not in `result` yet.
  var file: String?

  /// Whether reading it takes long enough to hold up others.
  var isLong: Bool {
    if file != nil { return true }
    return switch result {
    case .success(let bytes): bytes.count > 16 * 1024
    case .failure: false
    }
  }

  /// The answer with its value.
  /// - Parameter folders: where a value's file may lie; see ``PayloadFile/take(_:below:)``.
  func whole(below folders: [String]) -> Result<WorkerAnswer, TaskFailure> {
    guard let file else { return .success(self) }
    do throws(TaskFailure) {
      var whole = self
      (whole.result, whole.file) = (.success(try PayloadFile.take(file, below: folders)), nil)
      return .success(whole)
    } catch {
      return .failure(error)
    }
  }
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
    /// Why nobody wants it any more; `nil` as long as somebody does.
    var cancelReason: CancelReason?
    /// Whether its worker was asked to give it back.
    var isAskedBack = false
    /// How many workers ended with it in their hands before they began.
    var losses = 0
  }

  /// The protocol's id: unique for the life of the executor's process.
  let id: String
  let request: WorkerRequest
  /// Where the parameters are that are too long for a line.
  private let parametersFile: PayloadFile?
  /// How long it may run; `nil` as long as it takes.
  let timeLimit: TimeLimit?
  private let state = Mutex(Progress())

  private static let lastID = Atomic<UInt64>(0)

  /// Makes a call. What is too long for a line is written to a file here, by the thread that submits: the manager's
  /// serves all workers.
  /// - Parameter temporaryFolder: where.
  init(_ request: WorkerRequest, timeLimit: TimeLimit? = nil, temporaryFolder: String) {
    id = "\(Self.lastID.add(1, ordering: .relaxed).newValue)"
    self.timeLimit = timeLimit
    let file =
      HostMessage.needsFile(request)
      ? PayloadFile.ofParameters(request.parameters, in: temporaryFolder) : nil
    parametersFile = file
    var request = request
    if file != nil { request.parameters = [] }
    self.request = request
  }

  /// The line that gives it to a worker.
  /// - Throws: why there is none.
  func line() throws(TaskFailure) -> [UInt8] {
    let line = HostMessage.run(id: id, request, parametersFile: parametersFile?.path)
    let limit = HostMessage.lineLimitBytes
    guard line.count > limit else { return line }
    throw .encoding(
      parametersFile == nil && HostMessage.needsFile(request)
        ? "the parameters could not be written to a temporary file"
        : "environment and standard input are longer than \(limit) bytes together")
  }

  /// Whether the parameters are in a file, and not in the line.
  var hasParametersFile: Bool { parametersFile != nil }

  /// How far it has come.
  var progress: Progress {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// A worker is about to have it; posts `dispatched`. On the manager thread.
  /// - Returns: false if it must not begin any more.
  func beginDispatch() -> Bool {
    post(.dispatched)
    return true
  }

  /// Passes an event on: from the executor's manager thread, and the last one of a long value from the thread that has
  /// read it. Events are in order. Must not block.
  func post(_ event: WorkerEvent) {}

  /// Tells that a worker has begun, once.
  func postStart(pid: Int) {
    guard !progress.hasStarted else { return }
    progress.hasStarted = true
    post(.started(pid: pid))
  }

  /// Tells the end. The last call.
  func finish(_ result: Result<WorkerAnswer, TaskFailure>) {
    parametersFile?.remove()
    post(.finished(result))
  }
}

/// A request whose events a closure hears.
// @unchecked, as its superclass says: what it adds is a constant that is Sendable.
final class ObservedCall: WorkerCall, @unchecked Sendable {
  private let observer: @Sendable (WorkerEvent) -> Void

  init(
    _ request: WorkerRequest, temporaryFolder: String, observer: @escaping @Sendable (WorkerEvent) -> Void
  ) {
    self.observer = observer
    super.init(request, temporaryFolder: temporaryFolder)
  }

  /// Whoever makes such a request has its parameters from somewhere else: they must not break the line.
  override func line() throws(TaskFailure) -> [UInt8] {
    let line = try super.line()
    // In a file they break nothing, and are not here.
    if hasParametersFile { return line }
    do throws(JSONScanner.Fault) {
      try JSONScanner.checkPayload(request.parameters)
    } catch {
      throw .encoding("the parameters are not JSON: expected \(error.expected) at byte \(error.offset)")
    }
    return line
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
