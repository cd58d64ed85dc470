package import ConcurrentFutures
import TaskrunAPI

extension TaskCatalog {
  /// What a worker process of taskrun offers: every function of the bundled and linked plugins.
  /// - Parameter environment: the worker's own environment.
  package func workerServices(environment: [String: String]) -> [Worker.Service] {
    functions.map { type in
      Worker.Service(name: type.name) { request, output in
        var variables = environment
        for (name, value) in request.environment { variables[name] = value }
        let context = TaskContext(
          id: request.task, attempt: request.attempt, kind: .cpu, directory: request.directory,
          environment: variables, input: request.input,
          cancellation: TokenCancellation(token: output.cancellation)
        ) { stream, text in
          output.write(stream == .stderr, text)
        }
        return try call(type, request, context)
      }
    }
  }

  private func call(
    _ type: any FunctionTaskType, _ request: WorkerRequest, _ context: TaskContext
  ) throws -> [UInt8] {
    guard case .object(let parameters) = try Value(json: request.parameters) else {
      throw RemoteError(typeName: "parameter", message: "the parameters are not a mapping", pid: 0)
    }
    do throws(FunctionFailure) {
      var bytes: [UInt8] = []
      try FunctionCall(type: type, parameters: parameters).run(in: context).appendJSON(to: &bytes)
      return bytes
    } catch {
      throw RemoteError(typeName: error.error.type, message: error.error.message, pid: 0)
    }
  }
}
