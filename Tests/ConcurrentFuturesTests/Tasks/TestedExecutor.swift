import ConcurrentFutures
import SampleTasks
import TestSupport
import Testing

/// Either executor, running ``Sample``: what both promise is tested with this on both.
struct TestedExecutor: Sendable {
  /// Which executor.
  enum Kind: CaseIterable, Sendable, CustomTestStringConvertible {
    case threads
    case processes

    var testDescription: String { self == .threads ? "threads" : "processes" }

    var other: Self { self == .threads ? .processes : .threads }
  }

  private enum Base: Sendable {
    case threads(ThreadExecutor)
    case processes(ProcessExecutor)
  }

  private let base: Base

  /// Makes an executor that somebody else shuts down.
  init(_ kind: Kind, maxWorkers: Int = 1, queueLimit: Int? = nil) throws {
    base =
      switch kind {
      case .threads: .threads(try ThreadExecutor(maxWorkers: maxWorkers, queueLimit: queueLimit))
      case .processes:
        .processes(try ProcessExecutor(.ofTaskFixture(maxWorkers: maxWorkers, queueLimit: queueLimit)))
      }
  }

  private init(_ base: Base) { self.base = base }

  /// Makes an executor for a scope.
  static func with(
    _ kind: Kind, maxWorkers: Int = 1, queueLimit: Int? = nil, _ body: (TestedExecutor) async throws -> Void
  ) async throws {
    switch kind {
    case .threads:
      try await withThreadExecutor(maxWorkers: maxWorkers, queueLimit: queueLimit) { executor in
        try await body(TestedExecutor(.threads(executor)))
      }
    case .processes:
      try await withProcessExecutor(.ofTaskFixture(maxWorkers: maxWorkers, queueLimit: queueLimit)) {
        executor in
        try await body(TestedExecutor(.processes(executor)))
      }
    }
  }

  // MARK: submit

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

  @available(*, noasync)
  func submitBlocking(_ input: Sample.Input) throws(SubmitError) -> Future<Int> {
    switch base {
    case .threads(let executor): try executor.submitBlocking { token in try Sample.run(input, token) }
    case .processes(let executor): try executor.submitBlocking(Sample.self, input)
    }
  }

  // MARK: map

  func map<Inputs: Sequence<Sample.Input>>(
    _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil
  ) throws(ConfigurationError) -> MapResults<Inputs, Int> {
    switch base {
    case .threads(let executor):
      try executor.map(inputs, buffer: buffer, timeout: timeout) { try Sample.run($0, CancellationToken()) }
    case .processes(let executor):
      try executor.map(Sample.self, inputs, buffer: buffer, timeout: timeout)
    }
  }

  func mapThrowing<Inputs: Sequence<Sample.Input>>(
    _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil
  ) throws(ConfigurationError) -> MapValues<Inputs, Int> {
    switch base {
    case .threads(let executor):
      try executor.mapThrowing(inputs, buffer: buffer, timeout: timeout) {
        try Sample.run($0, CancellationToken())
      }
    case .processes(let executor):
      try executor.mapThrowing(Sample.self, inputs, buffer: buffer, timeout: timeout)
    }
  }

  func mapUnordered<Inputs: Sequence<Sample.Input>>(
    _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil
  ) throws(ConfigurationError) -> UnorderedMapResults<Inputs, Int> {
    switch base {
    case .threads(let executor):
      try executor.mapUnordered(inputs, buffer: buffer, timeout: timeout) {
        try Sample.run($0, CancellationToken())
      }
    case .processes(let executor):
      try executor.mapUnordered(Sample.self, inputs, buffer: buffer, timeout: timeout)
    }
  }

  /// Makes objects of numbers.
  func mapTokens(_ numbers: Range<Int>, buffer: Int) throws -> MapResults<Range<Int>, Token> {
    switch base {
    case .threads(let executor): try executor.map(numbers, buffer: buffer) { Token($0) }
    case .processes(let executor): try executor.map(MakeToken.self, numbers, buffer: buffer)
    }
  }

  // MARK: shutdown

  func shutdown(cancelQueued: Bool = false) async {
    switch base {
    case .threads(let executor): await executor.shutdown(cancelQueued: cancelQueued)
    case .processes(let executor): await executor.shutdown(cancelQueued: cancelQueued)
    }
  }

  func beginShutdown(cancelQueued: Bool = false) {
    switch base {
    case .threads(let executor): executor.beginShutdown(cancelQueued: cancelQueued)
    case .processes(let executor): executor.beginShutdown(cancelQueued: cancelQueued)
    }
  }

  func shutdown(deadline: Duration) async {
    switch base {
    case .threads(let executor): await executor.shutdown(deadline: deadline)
    // Nobody is killed who would stop by himself.
    case .processes(let executor): await executor.shutdown(deadline: deadline, grace: .seconds(60))
    }
  }

  // MARK: snapshot

  /// Tasks that have not begun, whoever has them. For a process executor, as its manager saw it a moment ago.
  var unstarted: Int {
    switch base {
    case .threads(let executor): executor.snapshot().queued
    case .processes(let executor): executor.snapshot().queued + executor.snapshot().dispatched
    }
  }

  /// Threads or processes.
  var workers: Int {
    switch base {
    case .threads(let executor): executor.snapshot().workers
    case .processes(let executor): executor.snapshot().workers
    }
  }

  /// The worker processes; none for threads.
  var pids: [Int] {
    switch base {
    case .threads: []
    case .processes(let executor): executor.snapshot().processes.map(\.pid)
    }
  }
}

extension ProcessExecutor.Configuration {
  /// Workers of the program in `Tests/Fixtures/task-fixture`.
  static func ofTaskFixture(maxWorkers: Int = 1, queueLimit: Int? = nil) -> Self {
    var configuration = Self(maxWorkers: maxWorkers, arguments: [BuiltPrograms.path(of: "task-fixture")])
    if let queueLimit { configuration.queueLimit = queueLimit }
    // Tasks that crash on purpose need no backtrace, which takes the runtime half a minute on a busy machine.
    configuration.environment["SWIFT_BACKTRACE"] = "enable=no"
    return configuration
  }
}

/// Gives the body an executor with workers of the program in `Tests/Fixtures/task-fixture`.
func withTaskFixture(
  maxWorkers: Int = 1, _ configure: (inout ProcessExecutor.Configuration) -> Void = { _ in },
  _ body: (ProcessExecutor) async throws -> Void
) async throws {
  var configuration = ProcessExecutor.Configuration.ofTaskFixture(maxWorkers: maxWorkers)
  configure(&configuration)
  try await withProcessExecutor(configuration, body)
}
