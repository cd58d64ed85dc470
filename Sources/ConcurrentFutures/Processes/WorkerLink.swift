import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where workers come from. Local workers are processes with pipes; others may connect back over a network.
///
/// The executor dispatches, retries and counts on top of this, and assumes nowhere that a worker is a child.
protocol WorkerSource: Sendable {
  /// Starts a worker. Does not wait for it to be ready: the handshake tells that.
  /// - Returns: `nil` if there is no room for one now, but will be when others have ended.
  func start(cookie: String) throws(SpawnFailure) -> (any WorkerLink)?
}

/// The two-way connection to one worker. Used by the executor's manager thread alone.
protocol WorkerLink: AnyObject {
  /// The process that does the work.
  var pid: Int { get }
  /// Non-blocking: what the worker sends.
  var input: Int32 { get }
  /// Non-blocking: where requests go.
  var output: Int32 { get }
  /// Non-blocking: the worker's log; -1 once it has ended.
  var log: Int32 { get }
  /// Readable once the worker has ended.
  var exit: Int32 { get }
  /// How many bytes that were sent the worker has not read; `nil` where that is not known.
  var unreadBytes: Int? { get }
  /// Stops sending: the worker sees the end of its input.
  func closeOutput()
  /// The log has ended.
  func closeLog()
  /// Ends the worker at once, with everything that it started.
  func kill()
  /// Takes the ended worker's status and frees all. The last call.
  func finish() -> WorkerDeath.Ending
}

/// Starts local workers: a program with the protocol on its standard input and output.
struct LocalWorkerSource: WorkerSource {
  /// The file to start, where that is not what `arguments[0]` names.
  var program: String?
  /// The program and its arguments.
  var arguments: [String]
  /// Its environment, without the protocol's own variables.
  var environment: ProcessEnvironment
  /// Its folder; `nil` for this process's.
  var directory: String?
  let spawner: ProcessSpawner

  func start(cookie: String) throws(SpawnFailure) -> (any WorkerLink)? {
    guard spawner.budget.tryAcquire(DescriptorBudget.perWorker) else { return nil }
    do throws(SpawnFailure) {
      return try spawn(cookie: cookie)
    } catch {
      spawner.budget.release(DescriptorBudget.perWorker)
      throw error
    }
  }

  private func spawn(cookie: String) throws(SpawnFailure) -> any WorkerLink {
    var environment = environment
    environment["TASKRUN_PLUGIN"] = "1"
    environment["TASKRUN_PLUGIN_COOKIE"] = cookie
    let requests = try Descriptor.pipe()
    let answers = try Descriptor.pipe()
    let log = try Descriptor.pipe()
    for number in [requests.writeEnd.number, answers.readEnd.number, log.readEnd.number] {
      csystem_set_nonblocking(number)
    }
    let child = try spawner.spawn(
      .init(
        program: program, arguments: arguments, environment: environment, directory: directory,
        input: requests.readEnd.number, output: answers.writeEnd.number, error: log.writeEnd.number))
    return LocalWorkerLink(
      child: child, spawner: spawner, output: requests.writeEnd, input: answers.readEnd, log: log.readEnd)
  }
}

/// A worker that is a child of this process.
private final class LocalWorkerLink: WorkerLink {
  private let child: ProcessSpawner.Child
  private let spawner: ProcessSpawner
  private var outputEnd: Descriptor?
  private let inputEnd: Descriptor
  private var logEnd: Descriptor?

  init(
    child: ProcessSpawner.Child, spawner: ProcessSpawner, output: consuming Descriptor,
    input: consuming Descriptor, log: consuming Descriptor
  ) {
    self.child = child
    self.spawner = spawner
    outputEnd = consume output
    inputEnd = input
    logEnd = consume log
  }

  deinit { spawner.budget.release(DescriptorBudget.perWorker) }

  var pid: Int { Int(child.pid) }
  var input: Int32 { inputEnd.number }
  var output: Int32 { outputEnd.number }
  var log: Int32 { logEnd.number }
  var exit: Int32 { child.exitDescriptor }

  var unreadBytes: Int? { Int(exactly: csystem_unread_bytes(output)).flatMap { $0 < 0 ? nil : $0 } }

  func closeOutput() { outputEnd = nil }
  func closeLog() { logEnd = nil }
  func kill() { spawner.signalGroup(child, SIGKILL) }

  func finish() -> WorkerDeath.Ending {
    // Children of tasks must not outlive their worker; the zombie still holds the group's id.
    kill()
    let end = spawner.reap(child)
    if end.signal != 0 { return .signalled(number: end.signal, coreDumped: end.dumped_core) }
    return end.exit_status < 0 ? .unknown : .exited(code: end.exit_status)
  }
}

extension Descriptor? {
  /// The number; -1, which `poll` ignores, for none.
  fileprivate var number: Int32 {
    switch self {
    case .some(let descriptor): descriptor.number
    case .none: -1
    }
  }
}
