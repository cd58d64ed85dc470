import ConcurrentFutures
import Foundation
import SampleTasks
import Testing

/// Either executor, running ``Sample``: what both promise is tested with this on both.
struct TestedExecutor: Sendable {
  /// Which executor.
  enum Kind: CaseIterable, Sendable, CustomTestStringConvertible {
    case threads
    case processes

    var testDescription: String { self == .threads ? "threads" : "processes" }
  }

  private enum Base: Sendable {
    case threads(ThreadExecutor)
    case processes(ProcessExecutor)
  }

  private let base: Base

  /// Makes an executor for a scope.
  static func with(
    _ kind: Kind, maxWorkers: Int = 1, queueLimit: Int? = nil, _ body: (TestedExecutor) async throws -> Void
  ) async throws {
    switch kind {
    case .threads:
      try await withThreadExecutor(maxWorkers: maxWorkers, queueLimit: queueLimit) { executor in
        try await body(TestedExecutor(base: .threads(executor)))
      }
    case .processes:
      try await withProcessExecutor(.ofTaskFixture(maxWorkers: maxWorkers, queueLimit: queueLimit)) {
        executor in
        try await body(TestedExecutor(base: .processes(executor)))
      }
    }
  }

  func submit(_ input: Sample.Input) async throws(SubmitError) -> Future<Int> {
    switch base {
    case .threads(let executor): try await executor.submit { token in try Sample.run(input, token) }
    case .processes(let executor): try await executor.submit(Sample.self, input)
    }
  }

  func trySubmit(_ input: Sample.Input) throws(SubmitError) -> Future<Int> {
    switch base {
    case .threads(let executor): try executor.trySubmit { token in try Sample.run(input, token) }
    case .processes(let executor): try executor.trySubmit(Sample.self, input)
    }
  }

  func map(_ inputs: [Sample.Input], buffer: Int? = nil) throws -> MapResults<[Sample.Input], Int> {
    switch base {
    case .threads(let executor):
      try executor.map(inputs, buffer: buffer) { try Sample.run($0, CancellationToken()) }
    case .processes(let executor): try executor.map(Sample.self, inputs, buffer: buffer)
    }
  }

  func mapUnordered(_ inputs: [Sample.Input]) throws -> UnorderedMapResults<[Sample.Input], Int> {
    switch base {
    case .threads(let executor): try executor.mapUnordered(inputs) { try Sample.run($0, CancellationToken()) }
    case .processes(let executor): try executor.mapUnordered(Sample.self, inputs)
    }
  }

  func shutdown(cancelQueued: Bool = false) async {
    switch base {
    case .threads(let executor): await executor.shutdown(cancelQueued: cancelQueued)
    case .processes(let executor): await executor.shutdown(cancelQueued: cancelQueued)
    }
  }
}

extension ProcessExecutor.Configuration {
  /// Workers of the program in `Tests/Fixtures/task-fixture`.
  static func ofTaskFixture(maxWorkers: Int = 1, queueLimit: Int? = nil) -> Self {
    let program = URL(fileURLWithPath: fixtureProgram).deletingLastPathComponent().path + "/task-fixture"
    var configuration = Self(maxWorkers: maxWorkers, arguments: [program])
    if let queueLimit { configuration.queueLimit = queueLimit }
    // Tasks that crash on purpose need no backtrace, which takes the runtime half a minute on a busy machine.
    configuration.environment["SWIFT_BACKTRACE"] = "enable=no"
    return configuration
  }
}

/// A task that is held by a file.
struct HeldSample: Sendable {
  let folder: TemporaryFolder
  let future: Future<Int>

  init(on executor: TestedExecutor, number: Int = 0) async throws {
    folder = try TemporaryFolder()
    future = try await executor.submit(.held(gate: folder.path + "/gate", number: number))
    try await folder.wait(for: "gate.begun")
  }

  /// Lets it end, and waits until it has: until then the folder must be there.
  func release() async throws {
    try folder.write("gate", "")
    _ = await future.outcome
    withExtendedLifetime(folder) {}
  }
}

extension TemporaryFolder {
  /// Waits until a file is there.
  func wait(for name: String) async throws {
    #expect(await eventually { self.names.contains(name) })
  }
}

/// Records what is not as it should be.
func wrong(_ what: Any) { Issue.record("\(what)") }
