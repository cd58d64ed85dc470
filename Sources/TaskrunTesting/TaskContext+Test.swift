public import TaskrunAPI

extension TaskContext {
  /// A context for calling a task function in a test.
  /// - Parameters:
  ///   - directory: the task's folder, absolute.
  ///   - environment: the task's environment.
  ///   - input: what standard input would be.
  ///   - kind: the kind it runs as.
  ///   - cancellation: tells when to stop; without one, never.
  ///   - output: receives what the function writes.
  public static func test(
    directory: String = "/", environment: [String: String] = [:], input: String = "", kind: TaskKind = .io,
    cancellation: any Cancellation = TestCancellation(), output: TestOutput = TestOutput()
  ) -> TaskContext {
    TaskContext(
      id: "test", kind: kind, directory: directory, environment: environment, input: input,
      cancellation: cancellation, write: { output.append($1, to: $0) })
  }
}

/// Keeps what a task function writes. May be used from any thread.
public final class TestOutput: Sendable {
  private let texts = Monitor<[OutputStream: String]>([:])

  /// Makes an empty output.
  public init() {}

  /// Everything written to a stream so far.
  public func text(of stream: OutputStream) -> String {
    texts.withLock { $0[stream, default: ""] }
  }

  /// Waits until a stream holds a text.
  /// - Returns: whether it does, after `limit` at most.
  public func wait(for text: String, on stream: OutputStream, limit: Duration = .seconds(60)) -> Bool {
    texts.wait(for: limit) { $0[stream, default: ""].contains(text) }
  }

  func append(_ text: String, to stream: OutputStream) {
    texts.withLock { $0[stream, default: ""] += text }
  }
}
