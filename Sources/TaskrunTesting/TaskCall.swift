import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One call of a task function on a thread of its own, as the runner makes it.
///
/// A call that does not return leaves its thread behind: there is no way to end a thread from outside, and the
/// process that runs the tests ends soon.
final class TaskCall: Sendable {
  private let type: any FunctionTaskType
  private let parameters: ValueObject
  private let context: TaskContext
  private let cancellation: TestCancellation
  private let outcome = Monitor<Result<Value, any Error>?>(nil)

  /// Starts the call.
  /// - Parameter directory: the task's folder.
  init(
    _ type: any FunctionTaskType, _ parameters: ValueObject, kind: TaskKind, directory: String,
    _ cancellation: TestCancellation
  ) {
    self.type = type
    self.parameters = parameters
    self.cancellation = cancellation
    context = .test(directory: directory, kind: kind, cancellation: cancellation)
    start()
  }

  /// Waits for the outcome; `nil` if there is none after the limit.
  func outcome(within limit: Duration) -> Result<Value, any Error>? {
    _ = outcome.wait(for: limit) { $0 != nil }
    return outcome.withLock { $0 }
  }

  private func start() {
    let reference = Unmanaged.passRetained(self).toOpaque()
    #if os(Linux)
      var thread = pthread_t()
      let code = pthread_create(&thread, nil, { $0.map(TaskCall.body) ?? nil }, reference)
      if code == 0 { pthread_detach(thread) }
    #else
      var thread: pthread_t?
      let code = pthread_create(&thread, nil, { TaskCall.body($0) }, reference)
      if code == 0, let thread { pthread_detach(thread) }
    #endif
    if code != 0 {
      Unmanaged<TaskCall>.fromOpaque(reference).release()
      outcome.withLock { $0 = .failure(TaskError(type: "system", message: "no thread could be started")) }
    }
  }

  private static func body(_ reference: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let call = Unmanaged<TaskCall>.fromOpaque(reference).takeRetainedValue()
    let result = Result { try call.type.run(call.parameters, in: call.context) }
    call.cancellation.finish()
    call.outcome.withLock { $0 = result }
    return nil
  }
}
