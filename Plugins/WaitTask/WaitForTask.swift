import TaskrunAPI

/// `wait.for`: waits until a port accepts, a file exists, a URL answers, or just for some time.
struct WaitForTask: FunctionTaskType {
  let name = "wait.for"
  let summary = "waits until a port accepts connections, a path exists, a URL answers, or a time is over"
  let parameters = [
    Parameter("tcp", .string, "host:port that must accept a connection"),
    Parameter("file", .path, "a path that must exist"),
    Parameter("http", .string, "an http:// URL that must answer with a status from 200 to 399"),
    Parameter("delay", .duration, "a time to let pass"),
    Parameter("interval", .duration, "the pause between two attempts; default 100ms"),
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    do throws(WaitError) {
      let target = try WaitTarget(parameters)
      if case .delay(let duration) = target { return try Self.pause(for: duration, context) }
      let interval = parameters["interval"]?.stringValue.flatMap { Duration(taskrun: $0) }
      // An interval of 0 would keep a core busy.
      return try Self.wait(for: target, every: max(interval ?? .milliseconds(100), .milliseconds(1)), context)
    } catch {
      throw error.taskError
    }
  }

  private static func pause(for duration: Duration, _ context: TaskContext) throws(WaitError) -> Value {
    let start = ContinuousClock.now
    if context.cancellation.wait(for: duration) { throw .cancelled }
    return ["waited_seconds": .double((ContinuousClock.now - start).inSeconds)]
  }

  private static func wait(
    for target: WaitTarget, every interval: Duration, _ context: TaskContext
  ) throws(WaitError) -> Value {
    let start = ContinuousClock.now
    // Looking at a file never blocks: thousands of tasks can wait for theirs without a descriptor each.
    let waker = target.needsNetwork ? try Waker() : nil
    if let waker { context.cancellation.onCancel { waker.wake() } }
    var attempts: Int128 = 0
    var obstacle: Probe.Obstacle?
    do throws(WaitError) {
      while true {
        attempts += 1
        let probe = Probe(context: context, waker: waker, deadline: .now + Probe.limit)
        obstacle = try probe.attempt(target)
        if obstacle == nil { break }
        if context.cancellation.wait(for: interval) { throw .cancelled }
      }
    } catch {
      // The runner says that the time is over; this says what was missing until then.
      context.write(.stderr, "still waiting for \(target): \(obstacle?.description ?? "no answer yet")\n")
      throw error
    }
    return ["waited_seconds": .double((ContinuousClock.now - start).inSeconds), "attempts": .int(attempts)]
  }
}

/// Why `wait.for` failed.
enum WaitError: Error, Hashable {
  case notExactlyOne
  case notHostAndPort(String)
  case notHTTP(String)
  case httpsNeedsLibcurl
  case system(call: String, reason: String)
  case cancelled
}

extension WaitError: CustomStringConvertible {
  var description: String {
    switch self {
    case .notExactlyOne: "expected exactly one of 'tcp', 'file', 'http' and 'delay'"
    case .notHostAndPort(let text):
      "parameter 'tcp': '\(Self.visible(text))' is not host:port, such as localhost:5432"
    case .notHTTP(let text):
      "parameter 'http': '\(Self.visible(text))' is not an http:// URL, such as http://localhost:8080/health"
    case .httpsNeedsLibcurl:
      "parameter 'http' takes http:// only; for https use 'http.get' with 'expect_status'"
    case .system(let call, let reason): "\(call): \(reason)"
    case .cancelled: TaskError.cancelled.message
    }
  }

  /// A text from outside on one line: control characters become U+FFFD.
  private static func visible(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  fileprivate var taskError: TaskError {
    switch self {
    case .notExactlyOne, .notHostAndPort, .notHTTP, .httpsNeedsLibcurl:
      TaskError(type: "parameter", message: description)
    case .system: TaskError(type: "system", message: description)
    case .cancelled: .cancelled
    }
  }
}
