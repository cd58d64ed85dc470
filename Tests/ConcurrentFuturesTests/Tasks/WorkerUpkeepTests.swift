import ConcurrentFutures
import SampleTasks
import TestSupport
import Testing

/// How many workers there are, when they are replaced, and what they may use.
@Suite(.timeLimit(.minutes(2))) struct WorkerUpkeepTests {
  private func pids(_ count: Int, _ executor: ProcessExecutor) async throws -> Set<Int> {
    var pids: Set<Int> = []
    for _ in 0..<count { pids.insert(try await executor.submit(Sample.self, .pid).value) }
    return pids
  }

  // MARK: How many

  @Test("the least number of workers is there before the first task, stays, and is made up when one is lost")
  func minWorkers() async throws {
    try await withTaskFixture(maxWorkers: 3) {
      $0.minWorkers = 2
      $0.idleTimeout = .zero
    } _: { executor in
      #expect(await eventually { executor.snapshot().idle == 2 })
      let before = Set(executor.snapshot().processes.map(\.pid))
      guard case .workerLost(let death, _)? = try await executor.submit(Sample.self, .die(9)).failure else {
        return wrong("not lost")
      }
      #expect(await eventually { executor.snapshot().idle == 2 })
      let after = Set(executor.snapshot().processes.map(\.pid))
      #expect(after.intersection(before) == before.subtracting([Int(death.pid)]))
    }
  }

  @Test("a program that cannot be a worker is found out before the first task, if there is a least number")
  func badProgram() async throws {
    var configuration = ProcessExecutor.Configuration(maxWorkers: 2, arguments: ["/no/such/program"])
    configuration.minWorkers = 1
    try await withProcessExecutor(configuration) { executor in
      let isBroken = await eventually {
        do throws(SubmitError) {
          return try executor.trySubmit(Sample.self, .number(1)).isDone
        } catch {
          return error == .broken("no such program: '/no/such/program'")
        }
      }
      #expect(isBroken)
    }
  }

  // MARK: Replacing

  @Test("a worker that is too old is replaced after its task") func age() async throws {
    try await withTaskFixture {
      $0.maxWorkerAge = .zero
    } _: { executor in
      let pids = try await pids(4, executor)
      #expect(pids.count == 4)
    }
  }

  @Test(
    "a worker that is too large after a task is replaced; any other one is not", arguments: [true, false])
  func memory(isTooLarge: Bool) async throws {
    try await withTaskFixture {
      $0.maxWorkerMemoryBytes = isTooLarge ? 1 : 1 << 40
    } _: { executor in
      let pids = try await pids(4, executor)
      #expect(pids.count == (isTooLarge ? 4 : 1))
    }
  }

  // MARK: Limits

  @Test("a task that takes too much memory fails for that, and takes nothing from others")
  func memoryLimit() async throws {
    let limit = 256 << 20
    try await withTaskFixture(maxWorkers: 2) {
      $0.memoryLimitBytes = limit
    } _: { executor in
      try await expectOneFailure(on: executor, of: .memory(bytes: 1 << 30), .memory(limitBytes: limit))
    }
  }

  @Test("a task that computes for too long fails for that, and takes nothing from others")
  func processorTimeLimit() async throws {
    let limit = Duration.milliseconds(300)
    try await withTaskFixture(maxWorkers: 2) {
      $0.cpuTimeLimit = limit
    } _: { executor in
      try await expectOneFailure(on: executor, of: .processorTime, .cpuTime(limit: limit))
    }
  }

  private func expectOneFailure(
    on executor: ProcessExecutor, of input: Excess.Input, _ limit: ResourceLimit
  ) async throws {
    let before = try (0..<5).map { try executor.trySubmit(Sample.self, .number($0)) }
    let excess = try executor.trySubmit(Excess.self, input)
    let after = try (5..<10).map { try executor.trySubmit(Sample.self, .number($0)) }
    for (number, future) in (before + after).enumerated() { #expect(try await future.value == number) }
    guard case .limitExceeded(let exceeded)? = await excess.failure else { return wrong("\(excess)") }
    #expect(exceeded == limit)
  }

  @Test("what a worker has computed for earlier tasks does not count") func limitOfEachTask() async throws {
    try await withTaskFixture {
      $0.cpuTimeLimit = .seconds(30)
      $0.memoryLimitBytes = 1 << 40
    } _: { executor in
      let pids = try await pids(50, executor)
      #expect(pids.count == 1)
    }
  }

  @Test("a task that ends its worker at once was begun, and is not run again") func notTwice() async throws {
    try await withTaskFixture(maxWorkers: 2) { _ in
    } _: { executor in
      let folder = TemporaryFolder()
      let futures = try (0..<30).map {
        try executor.trySubmit(Excess.self, .markAndDie(file: folder["\($0)"]))
      }
      for (number, future) in futures.enumerated() {
        guard case .workerLost? = await future.failure else { return wrong("\(future)") }
        #expect(try folder.text("\(number)") == "x")
      }
    }
  }

  // MARK: Threads of libraries

  @Test("libraries are told how many threads to use, unless the environment says it", arguments: [nil, 7])
  func threads(set: Int?) async throws {
    try await withTaskFixture(maxWorkers: 2) {
      $0.environment["OMP_NUM_THREADS"] = set.map { "\($0)" }
      $0.threadsPerWorker = 3
    } _: { executor in
      let ours = try await executor.submit(Sample.self, .variable("OMP_NUM_THREADS")).value
      #expect(ours == set ?? 3)
      let other = try await executor.submit(Sample.self, .variable("MKL_NUM_THREADS")).value
      #expect(other == 3)
    }
    let many = ProcessExecutor.Configuration(maxWorkers: 1024, arguments: ["true"])
    #expect(many.threadsPerWorker == 1)
    let one = ProcessExecutor.Configuration(maxWorkers: 1, arguments: ["true"])
    #expect(one.threadsPerWorker == ProcessorCount.available)
  }

  // MARK: Settings

  /// A change of a configuration with two workers, and what is said of it.
  struct WrongSetting: Sendable {
    let text: String
    let change: @Sendable (inout ProcessExecutor.Configuration) -> Void

    init(_ text: String, _ change: @escaping @Sendable (inout ProcessExecutor.Configuration) -> Void) {
      (self.text, self.change) = (text, change)
    }
  }

  @Test("a worker that may not be idle does its task before it is let go")
  func noIdling() async throws {
    try await withTaskFixture(maxWorkers: 2) {
      $0.idleTimeout = .zero
    } _: { executor in
      for number in 0..<20 {
        let value = try await executor.submit(Sample.self, .number(number)).value
        #expect(value == number)
      }
      #expect(await eventually { executor.snapshot().workers == 0 })
    }
  }

  private static let wrongSettings = [
    WrongSetting("'maxWorkers' cannot be '0'; accepted is 1...1024") { $0.maxWorkers = 0 },
    WrongSetting("'minWorkers' cannot be '3'; accepted is 0...2") { $0.minWorkers = 3 },
    WrongSetting("'minWorkers' cannot be '-1'; accepted is 0...2") { $0.minWorkers = -1 },
    WrongSetting("'queueLimit' cannot be '0'; accepted is 1 or more") { $0.queueLimit = 0 },
    WrongSetting("'threadsPerWorker' cannot be '0'; accepted is 1 or more") { $0.threadsPerWorker = 0 },
    WrongSetting("'maxTasksPerWorker' cannot be '0'; accepted is 1 or more") { $0.maxTasksPerWorker = 0 },
    WrongSetting("'maxWorkerMemoryBytes' cannot be '0'; accepted is 1 or more") {
      $0.maxWorkerMemoryBytes = 0
    },
    WrongSetting("'memoryLimitBytes' cannot be '-5'; accepted is 1 or more") { $0.memoryLimitBytes = -5 },
    WrongSetting("'maxWorkerAge' cannot be '-1.0 seconds'; accepted is 0 seconds or more") {
      $0.maxWorkerAge = .seconds(-1)
    },
    WrongSetting("'cpuTimeLimit' cannot be '0.0 seconds'; accepted is more than 0 seconds") {
      $0.cpuTimeLimit = .zero
    },
    WrongSetting("'handshakeTimeout' cannot be '0.0 seconds'; accepted is more than 0 seconds") {
      $0.handshakeTimeout = .zero
    },
    WrongSetting("'stallTimeout' cannot be '-1.0 seconds'; accepted is more than 0 seconds") {
      $0.stallTimeout = .seconds(-1)
    },
    WrongSetting("'idleTimeout' cannot be '-1.0 seconds'; accepted is 0 seconds or more") {
      $0.idleTimeout = .seconds(-1)
    },
    WrongSetting("'leaveTimeout' cannot be '-1.0 seconds'; accepted is 0 seconds or more") {
      $0.leaveTimeout = .seconds(-1)
    },
  ]

  @Test(
    "a setting that no executor can work with is named, with the value and what is accepted",
    arguments: wrongSettings)
  func settings(wrong: WrongSetting) {
    var configuration = ProcessExecutor.Configuration.ofTaskFixture(maxWorkers: 2)
    wrong.change(&configuration)
    let error = #expect(throws: ConfigurationError.self) { try ProcessExecutor(configuration) }
    #expect(error?.description == wrong.text)
  }
}
