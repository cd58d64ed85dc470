/// What a running task function may know and use.
public struct TaskContext: Sendable {
  /// The instance, such as `fetch[2]`.
  public var id: String
  /// The number of the attempt, from 1.
  public var attempt: Int
  /// The kind it runs as.
  public var kind: TaskKind
  /// The task's folder, absolute. The process's own working directory means nothing to a task.
  public var directory: String
  /// The task's environment: the runner's, the manifest's and the task's.
  public var environment: [String: String]
  /// What standard input would be.
  public var input: String
  /// Tells when to stop.
  public var cancellation: any Cancellation
  /// Adds to the task's captured output. May be called from any thread, also with half a line.
  public var write: @Sendable (OutputStream, String) -> Void

  /// Makes a context; the runner does this, and tests of task types.
  public init(
    id: String, attempt: Int = 1, kind: TaskKind, directory: String, environment: [String: String] = [:],
    input: String = "", cancellation: any Cancellation,
    write: @escaping @Sendable (OutputStream, String) -> Void
  ) {
    self.id = id
    self.attempt = attempt
    self.kind = kind
    self.directory = directory
    self.environment = environment
    self.input = input
    self.cancellation = cancellation
    self.write = write
  }

  /// A path as the task means it: relative ones start at ``directory``.
  public func resolve(_ path: String) -> String {
    path.hasPrefix("/") ? path : directory + "/" + path
  }
}

/// The two streams of a task's output.
public enum OutputStream: String, Sendable, Hashable, CaseIterable {
  case stdout
  case stderr
}

/// Tells a running function that it should stop: a timeout, an interrupt, another task's failure.
///
/// All members may be used from any thread.
public protocol Cancellation: Sendable {
  /// Whether the task should stop. Never goes back to `false`.
  var isCancelled: Bool { get }
  /// Sleeps until the time is over or the task should stop, whichever is first.
  /// - Returns: whether the task should stop.
  func wait(for duration: Duration) -> Bool
  /// Calls the handler once when the task should stop: at once if that is so already, otherwise from the thread
  /// that cancels, which must not be blocked. Not called any more once the function has returned.
  func onCancel(_ handler: @escaping @Sendable () -> Void)
}
