public import TaskrunAPI

/// Checks that a task type keeps what ``TaskType`` and ``FunctionTaskType`` promise.
///
/// It needs no testing framework: call ``violations()`` from any test and expect an empty list. The bundled
/// task types pass the same checks.
///
/// ```swift
/// var check = TaskTypeConformance(of: MeanTask())
/// check.accepted = [["xs": [1, 2]]]
/// check.refused = [["xs": "no list"], [:]]
/// check.endless = ["xs": [1], "repeat": 1_000_000_000]
/// #expect(check.violations() == [])
/// ```
public struct TaskTypeConformance: Sendable {
  /// The type under test.
  public var type: any TaskType
  /// Parameters that make it succeed soon.
  public var accepted: [ValueObject] = []
  /// Parameters that must be refused: by the check of ``TaskType/parameters``, or by a ``TaskError`` at once.
  public var refused: [ValueObject] = []
  /// Parameters that keep a function busy for longer than ``limit``; `nil` leaves out the checks of
  /// cancellation.
  public var endless: ValueObject?
  /// The folder for functions that work with files; absolute.
  public var directory = "/"
  /// How long a call may take, and how long it may take to notice that it is cancelled. This is generous: it
  /// tells "never" from "soon" on a busy machine.
  public var limit = Duration.seconds(60)

  /// Makes a check.
  public init(of type: any TaskType) {
    self.type = type
  }

  /// One broken promise.
  public struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// Which promise: a constant word such as `name` or `cancel`.
    public var rule: String
    /// What happened instead.
    public var message: String

    /// The violation on one line.
    public var description: String { "\(rule): \(message)" }
  }

  /// Everything that is wrong with the type; empty for a good one. Blocks for as long as the calls take.
  public func violations() -> [Violation] {
    formViolations + acceptanceViolations + refusalViolations + cancellationViolations
  }

  private var acceptanceViolations: [Violation] {
    accepted.flatMap { parameters -> [Violation] in
      let problems = type.parameters.problems(with: parameters)
      guard problems.isEmpty else {
        let words = Value.object(parameters).jsonText
        return [Violation(rule: "accepted", message: "\(problems[0]); in \(words)")]
      }
      return type.kinds.sorted { $0.rawValue < $1.rawValue }.compactMap { accept(parameters, as: $0) }
    }
  }

  private func accept(_ parameters: ValueObject, as kind: TaskKind) -> Violation? {
    let words = Value.object(parameters).jsonText
    switch call(parameters, as: kind, TestCancellation()) {
    case nil: return Violation(rule: "accepted", message: "no end after \(limit.briefText) with \(words)")
    case .failure(let error)?: return Violation(rule: "accepted", message: "\(error) with \(words)")
    case .success(let value)?:
      guard (try? Value(json: value.jsonText)) == value else {
        return Violation(rule: "value", message: "is not the same after JSON, with \(words)")
      }
      return nil
    }
  }

  private var refusalViolations: [Violation] {
    refused.compactMap { parameters in
      guard type.parameters.problems(with: parameters).isEmpty else { return nil }
      let words = Value.object(parameters).jsonText
      switch call(parameters, as: .io, TestCancellation()) {
      case nil: return Violation(rule: "refused", message: "no end after \(limit.briefText) with \(words)")
      case .success?: return Violation(rule: "refused", message: "succeeds with \(words)")
      case .failure(let error)?: return Self.problem(with: error)
      }
    }
  }

  private var cancellationViolations: [Violation] {
    guard let endless, let function = type as? any FunctionTaskType else { return [] }
    let early = call(endless, as: .io, TestCancellation(isCancelled: true))
    let cancellation = TestCancellation()
    let running = TaskCall(function, endless, kind: .io, directory: directory, cancellation)
    guard cancellation.waitUntilAsked(for: limit) else {
      return [Violation(rule: "cancel", message: "the function never asks its cancellation")]
    }
    if running.outcome(within: .milliseconds(50)) != nil {
      return [Violation(rule: "cancel", message: "the endless parameters do not keep the function busy")]
    }
    cancellation.cancel()
    let late = running.outcome(within: limit)
    return [("before the call", early), ("during the call", late)].compactMap { moment, outcome in
      switch outcome {
      case .failure(let error as TaskError)? where error.type == TaskError.cancelled.type: nil
      case .failure(let error)?:
        Violation(rule: "cancel", message: "cancelled \(moment) it throws \(error), not TaskError.cancelled")
      case .success?: Violation(rule: "cancel", message: "cancelled \(moment) it succeeds")
      case nil: Violation(rule: "cancel", message: "cancelled \(moment) it goes on for \(limit.briefText)")
      }
    }
  }

  /// The outcome of one call; a command is only asked for, not started.
  private func call(
    _ parameters: ValueObject, as kind: TaskKind, _ cancellation: TestCancellation
  ) -> Result<Value, any Error>? {
    if let function = type as? any FunctionTaskType {
      return TaskCall(function, parameters, kind: kind, directory: directory, cancellation)
        .outcome(within: limit)
    }
    guard let command = type as? any CommandTaskType else {
      return .failure(TaskError(type: "conformance", message: "neither a function nor a command"))
    }
    return Result {
      let arguments = try command.command(for: parameters).arguments
      guard !arguments.isEmpty, !arguments[0].isEmpty else {
        throw TaskError(type: "conformance", message: "the command has no program")
      }
      return .array(arguments.map { .string($0) })
    }
  }
}
