import ConcurrentFutures
import Foundation
import Synchronization
import Testing

/// The program of `Tests/Fixtures/worker-fixture`, built beside the tests.
let fixtureProgram: String = {
  #if os(Linux)
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  #else
    let tests =
      Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
  #endif
  return tests.deletingLastPathComponent().appendingPathComponent("worker-fixture").path
}()

/// The same numbers in every run.
struct SplitMixGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A folder for one test, removed with it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "taskrun-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file.
  /// - Returns: its path.
  @discardableResult
  func write(_ name: String, _ text: String, permissions: Int = 0o644) throws -> String {
    let file = path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: file)
    return file
  }

  func read(_ name: String) -> String {
    (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? ""
  }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

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

/// Looks until something is so, for what other processes do on their own. The limit tells "never" from "late" on a
/// machine that has much else to do.
func eventually(_ condition: () -> Bool) async -> Bool {
  let end = ContinuousClock.now + .seconds(120)
  while !condition() {
    guard ContinuousClock.now < end else { return false }
    try? await Task.sleep(for: .milliseconds(2))
  }
  return true
}

/// Whether a process is there and runs.
func isAlive(_ pid: Int) -> Bool {
  guard kill(pid_t(pid), 0) == 0 else { return false }
  guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
    let end = stat.lastIndex(of: ")")
  else { return true }
  return stat[end...].dropFirst(2).first != "Z"
}
