import ConcurrentFutures
import Foundation
import Synchronization
import TestSupport
import Testing

/// The program of `Tests/Fixtures/worker-fixture`.
let fixtureProgram = BuiltPrograms.path(of: "worker-fixture")

/// One request on its way, and everything heard of it.
struct Submission: Sendable {
  let call: WorkerCall
  let future: Future<WorkerAnswer>
  let log: Log

  final class Log: Sendable {
    struct Entries: Sendable {
      var starts: [Int] = []
      var stdout: [UInt8] = []
      var stderr: [UInt8] = []
      var ends = 0
    }

    let entries = Mutex(Entries())
    let started = Promise<Int>()
  }

  var stdout: String { log.entries.withLock { String(decoding: $0.stdout, as: UTF8.self) } }
  var stderr: String { log.entries.withLock { String(decoding: $0.stderr, as: UTF8.self) } }
  var starts: [Int] { log.entries.withLock { $0.starts } }
  var ends: Int { log.entries.withLock { $0.ends } }

  /// The worker's pid, once it has begun.
  var pid: Int { get async throws { try await log.started.future.value } }

  /// The value's JSON, or in brackets why there is none.
  var text: String {
    get async {
      switch await future.outcome {
      case .success(let answer):
        switch answer.result {
        case .success(let json): String(decoding: json, as: UTF8.self)
        case .failure(let error): "[failed: \(error)]"
        }
      case .failure(let failure): "[\(failure)]"
      }
    }
  }

  var failure: TaskFailure? {
    get async {
      if case .failure(let failure) = await future.outcome { failure } else { nil }
    }
  }
}

extension ProcessExecutor {
  func begin(_ type: String, _ parameters: String = "null", task: String = "") throws -> Submission {
    try begin(WorkerRequest(type: type, parameters: Array(parameters.utf8), task: task))
  }

  func begin(_ request: WorkerRequest) throws -> Submission {
    let promise = Promise<WorkerAnswer>()
    let log = Submission.Log()
    let call = try submit(request) { event in
      switch event {
      case .dispatched, .requeued: break
      case .started(let pid):
        log.entries.withLock { $0.starts.append(pid) }
        log.started.complete(.success(pid))
      case .output(let isError, let bytes):
        log.entries.withLock { if isError { $0.stderr += bytes } else { $0.stdout += bytes } }
      case .finished(let result):
        log.entries.withLock { $0.ends += 1 }
        promise.complete(result)
        log.started.complete(.failure(.cancelled(.dropped)))
      }
    }
    return Submission(call: call, future: promise.future, log: log)
  }

  /// Workers of the fixture.
  static func ofFixture(
    maxWorkers: Int = 1, _ configure: (inout Configuration) -> Void = { _ in }
  ) throws -> ProcessExecutor {
    var configuration = Configuration(maxWorkers: maxWorkers, arguments: [fixtureProgram, "worker"])
    configure(&configuration)
    return try ProcessExecutor(configuration)
  }
}

/// Gives an executor to the body and waits for its end.
func with(_ executor: ProcessExecutor, _ body: (ProcessExecutor) async throws -> Void) async throws {
  do {
    try await body(executor)
    await executor.shutdown()
  } catch {
    await executor.shutdown(cancelQueued: true)
    throw error
  }
}
