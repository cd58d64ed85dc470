import CSystem
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The other end of a ``ProcessExecutor``: makes this process a worker.
public enum Worker {
  /// One kind of work that a worker offers.
  public struct Service: Sendable {
    /// The name that requests use.
    public var name: String
    /// Does the work and returns the value as JSON. A ``RemoteError`` is passed on as it is; a `CancellationError`
    /// after the task was asked to stop means that it did.
    public let run: Work

    /// What a service does.
    public typealias Work = @Sendable (WorkerRequest, WorkerOutput) throws -> [UInt8]

    /// Makes a service. A value that is no JSON, or has more than 61 levels, fails its request.
    public init(name: String, run: @escaping Work) {
      self.init(
        name: name,
        trusted: { request, output in
          let value = try run(request, output)
          do throws(JSONScanner.Fault) {
            try JSONScanner.checkPayload(value)
          } catch {
            let message = "the value is not JSON: expected \(error.expected) at byte \(error.offset)"
            throw WorkerRefusal(code: WorkerRefusal.unwritableOutput, message: message)
          }
          return value
        })
    }

    /// Makes a service whose values are known to be JSON.
    init(name: String, trusted run: @escaping Work) {
      self.name = name
      self.run = run
    }
  }

  private static let isServing = Atomic(false)

  /// Whether this process is a worker. A worker makes no ``ProcessExecutor``.
  public static var isWorker: Bool { isServing.load(ordering: .relaxed) || hasMark }

  /// Whether this process was started to be a worker, and is none yet.
  static var isRequested: Bool { hasMark }
  private static var hasMark: Bool { getenv(mark).map { String(cString: $0) } == "1" }
  private static let mark = "TASKRUN_PLUGIN"
  private static let cookieMark = "TASKRUN_PLUGIN_COOKIE"

  /// If this process was started as a worker, serves until the executor lets it go and does not return.
  /// Otherwise does nothing.
  ///
  /// Call it first in `main`: everything before it happens in each worker too.
  public static func runIfRequested(_ services: [Service]) {
    guard hasMark else { return }
    serve(services)
  }

  /// Serves until the executor lets this worker go, then exits with 0.
  public static func serve(_ services: [Service]) -> Never { serve(services, initializer: nil) }

  /// The same, after a preparation; if that fails, the executor is told why.
  static func serve(_ services: [Service], initializer: (() throws -> Void)?) -> Never {
    let cookie = getenv(cookieMark).map { String(cString: $0) } ?? ""
    guard hasMark else {
      let text = "this is a worker of taskrun; taskrun starts it by itself\n"
      _ = Array(text.utf8).withUnsafeBytes { writeAll($0, to: 2) }
      exit(2)
    }
    isServing.store(true, ordering: .relaxed)
    // Programs that a task starts are not workers.
    disclaim()
    signal(SIGPIPE, SIG_IGN)
    let (input, output) = takeOverChannel()
    guard let loop = try? WorkerLoop(services, input: input, output: output, cookie: cookie) else { exit(71) }
    loop.run(after: initializer)
  }

  /// Forgets that this process was asked to be a worker: for a program that another program's worker has started.
  ///
  /// Changes the environment, so it has to be called before there are threads.
  package static func disclaim() {
    unsetenv(mark)
    unsetenv(cookieMark)
  }

  /// Moves the protocol out of the way of everything else in this process: standard input is at its end,
  /// what is printed goes to the log, and no child inherits the channel.
  private static func takeOverChannel() -> (input: Int32, output: Int32) {
    let input = fcntl(0, F_DUPFD_CLOEXEC, 3)
    let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard input >= 0, output >= 0, null >= 0, dup2(null, 0) == 0, dup2(2, 1) == 1 else {
      exit(71)
    }
    close(null)
    return (input, output)
  }
}

/// What a service may tell while it works, and what it is told.
public struct WorkerOutput: Sendable {
  /// Cancelled when the executor asks the task to stop.
  public let cancellation: CancellationToken
  /// Adds to the task's captured output; any thread, any length.
  public let write: @Sendable (_ isError: Bool, _ text: String) -> Void
}
