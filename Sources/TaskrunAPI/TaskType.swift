/// A kind of work that manifests can name in `uses`.
///
/// A task type is a ``FunctionTaskType`` (Swift code that taskrun calls) or a ``CommandTaskType`` (it says which
/// program to start, and taskrun starts it). Conform to one of the two.
public protocol TaskType: Sendable {
  /// What stands in `uses`: `plugin.type`, lower case. Constant.
  var name: String { get }
  /// What it does: one line, lower case, without a full stop.
  var summary: String { get }
  /// The kinds it may be used with.
  var kinds: Set<TaskKind> { get }
  /// What `with` takes.
  var parameters: [Parameter] { get }
  /// How the work is done. The two protocols below answer this.
  var work: TaskWork { get }
}

/// The two ways to do a task's work.
public enum TaskWork: Sendable {
  /// Swift code that taskrun calls.
  case function(any FunctionTaskType)
  /// A program that taskrun starts.
  case command(any CommandTaskType)
}

extension TaskType {
  /// Both kinds, unless the type says otherwise.
  public var kinds: Set<TaskKind> { [.io, .cpu] }
}

/// A task type whose work is a Swift function.
///
/// For `kind: io` the function runs on a thread of the runner, for `kind: cpu` in a worker process.
public protocol FunctionTaskType: TaskType {
  /// Does the work and returns the task's value.
  ///
  /// Called on a thread of its own and may block; several calls run at once. The parameters have been checked
  /// against ``TaskType/parameters``.
  /// A function that can take long asks `context.cancellation` at least every 100 ms, or waits through it:
  /// a timeout can end a worker process but not a thread.
  /// - Throws: ``TaskError`` to say that the task failed; any other error counts as failed too.
  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value
}

extension FunctionTaskType {
  /// A function.
  public var work: TaskWork { .function(self) }
}

/// A task type whose work is a program.
///
/// taskrun starts the program in a session of its own, captures its output, and kills all of it on a timeout.
/// An exit status of 0 is success; the value is what it printed.
public protocol CommandTaskType: TaskType {
  /// Says which program to start.
  /// - Throws: ``TaskError`` if the parameters make no command.
  func command(for parameters: ValueObject) throws -> Command
}

extension CommandTaskType {
  /// A command.
  public var work: TaskWork { .command(self) }
}

/// A program and its arguments.
public struct Command: Sendable, Hashable {
  /// The program (looked up in `PATH` unless it has a slash), then its arguments. Never empty.
  public var arguments: [String]
  /// Variables on top of those of the task.
  public var environment: [String: String]

  /// Makes a command.
  public init(arguments: [String], environment: [String: String] = [:]) {
    self.arguments = arguments
    self.environment = environment
  }
}

/// A task type's own word that the task failed.
public struct TaskError: Error, Sendable, Hashable {
  /// A short name a program can compare, such as `http_status`.
  public var type: String
  /// One sentence, lower case, without a full stop.
  public var message: String

  /// Makes an error.
  public init(type: String, message: String) {
    self.type = type
    self.message = message
  }

  /// The task stopped because it was told to. The runner knows why and says so in the result.
  public static let cancelled = TaskError(type: "cancelled", message: "cancelled")
}
