import TaskrunAPI

/// A task function and its parameters, on whichever side of a process boundary it is called.
struct FunctionCall: Sendable {
  let type: any FunctionTaskType
  let parameters: ValueObject

  /// Checks the parameters, now that templates are filled, and calls the function.
  /// - Throws: ``FunctionFailure``, whatever the function throws.
  func run(in context: TaskContext) throws(FunctionFailure) -> Value {
    let problems = type.parameters.problems(with: parameters)
    guard problems.isEmpty else {
      let message = problems.map(\.description).joined(separator: "; ")
      throw FunctionFailure(reason: .notStarted, error: ErrorDescription(type: "parameter", message: message))
    }
    do {
      return try type.run(parameters, in: context)
    } catch let error as TaskError {
      throw FunctionFailure(reason: .error, error: ErrorDescription(type: error.type, message: error.message))
    } catch {
      throw FunctionFailure(
        reason: .error, error: ErrorDescription(type: "\(Swift.type(of: error))", message: "\(error)"))
    }
  }
}

/// Why a function gave no value.
struct FunctionFailure: Error, Hashable {
  var reason: TaskReason
  var error: ErrorDescription
}
