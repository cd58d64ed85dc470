import ConcurrentFutures
import TaskrunAPI
import TaskrunEngine

extension AttemptOutcome {
  /// What a worker's answer, or its death, means.
  init(_ result: Swift.Result<WorkerAnswer, TaskFailure>) {
    switch result {
    case .success(let answer):
      self.init(Self.result(of: answer), executor: .process, pid: answer.pid)
      if let user = answer.userTime, let system = answer.systemTime {
        usage = ResourceUsage(user: user, system: system, maxRSSBytes: nil)
      }
      duration = answer.wallTime
    case .failure(.workerLost(let death, _)):
      self.init(
        .failed(.workerLost, ErrorDescription(type: "worker_lost", message: death.description)),
        executor: .process, pid: Int(death.pid))
      if case .signalled(let number, _) = death.ending { signal = Int(number) }
      if case .exited(let code) = death.ending { exitCode = Int(code) }
    case .failure(.executorBroken(let reason)):
      self.init(.failed(.notStarted, ErrorDescription(type: "worker", message: reason)), executor: .process)
    case .failure(.protocolViolation(let reason)):
      self.init(.failed(.workerLost, ErrorDescription(type: "protocol", message: reason)), executor: .process)
    case .failure(let failure):
      self.init(
        .failed(.error, ErrorDescription(type: "worker", message: failure.description)), executor: .process)
    }
  }

  private static func result(of answer: WorkerAnswer) -> Result {
    switch answer.result {
    case .success(let json):
      do throws(JSONError) {
        return .succeeded(try Value(json: json))
      } catch {
        return .failed(.error, ErrorDescription(type: "decoding", message: "the value is not JSON: \(error)"))
      }
    case .failure(let error):
      return .failed(.error, ErrorDescription(type: error.typeName, message: error.message))
    }
  }
}
