#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Worker {
  /// If this process was started as a worker, runs tasks of these types until the executor lets it go, and does not
  /// return. Otherwise does nothing.
  ///
  /// Call it first in `main`: everything before it happens in each worker, too.
  /// - Parameters:
  ///   - tasks: all types that may be submitted. If two have the same ``WorkerTask/name``, the executor is broken.
  ///   - initializer: called once in each worker before its first task. If it throws, the worker is not used and the
  ///     executor is broken: its futures fail with ``TaskFailure/executorBroken(_:)``, which says what was thrown.
  public static func runIfRequested<each Task: WorkerTask>(
    _ tasks: repeat (each Task).Type, initializer: (() throws -> Void)? = nil
  ) {
    guard isRequested else { return }
    var services: [Service] = []
    for task in repeat each tasks { services.append(Service(task)) }
    serve(services, initializer: initializer)
  }
}

extension Worker.Service {
  /// The service that does a task type's work.
  init<Task: WorkerTask>(_ task: Task.Type) {
    self.init(
      name: task.name,
      trusted: { request, output in
        let input: Task.Input
        do {
          input = try TaskPayload.decode(Task.Input.self, from: request.parameters)
        } catch {
          throw WorkerRefusal(code: WorkerRefusal.unreadableInput, message: TaskPayload.describe(error))
        }
        let value: Task.Output
        do {
          value = try Task.run(
            input, WorkerContext(cancellation: output.cancellation, attempt: request.attempt))
        } catch {
          throw Self.transportable(error, of: task)
        }
        do {
          return try TaskPayload.encode(value)
        } catch {
          throw WorkerRefusal(code: WorkerRefusal.unwritableOutput, message: TaskPayload.describe(error))
        }
      })
  }

  /// The error with its content, if the task has promised that the other side can read it.
  private static func transportable(
    _ error: any Error, of task: (some WorkerTask).Type
  ) -> any Error {
    guard task.codableErrors.contains(where: { $0 == type(of: error) }),
      let encodable = error as? any Encodable,
      let content = try? TaskPayload.encode(encodable)
    else { return error }
    return RemoteError(typeName: "\(type(of: error))", message: "\(error)", pid: getpid(), content: content)
  }
}

/// Why a worker could not do its job for a request, which is not the task's own failure.
struct WorkerRefusal: Error {
  /// Our own code for an input that cannot be read.
  static let unreadableInput = -32020
  /// Our own code for an output that cannot be written.
  static let unwritableOutput = -32021
  /// Our own code for a worker whose initializer failed, or with two task types of one name.
  static let unusable = -32022
  /// The protocol's code for a request that was cancelled.
  static let cancelled = -32010

  var code: Int
  var message: String
}
