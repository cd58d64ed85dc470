import ConcurrentFutures
import Foundation
import SampleTasks
import Testing

/// The rows of docs/conformance.md that are about worker processes.
@Suite(.timeLimit(.minutes(20))) struct ProcessConformanceTests {
  private func with(
    maxWorkers: Int = 1, _ configure: (inout ProcessExecutor.Configuration) -> Void = { _ in },
    _ body: (ProcessExecutor) async throws -> Void
  ) async throws {
    var configuration = ProcessExecutor.Configuration.ofTaskFixture(maxWorkers: maxWorkers)
    configure(&configuration)
    return try await withProcessExecutor(configuration, body)
  }

  @Test("E1: the number of workers is that of the processors, unless it is said") func defaultWorkers()
    async throws
  {
    let executor = try ProcessExecutor()
    #expect(executor.maxWorkers == ProcessorCount.available)
    await executor.shutdown()
  }

  @Test("E4: workers start on demand, and an idle one is used again") func onDemand() async throws {
    try await with(maxWorkers: 3) { executor in
      var pids: Set<Int> = []
      for _ in 0..<5 { pids.insert(try await executor.submit(Sample.self, .pid).value) }
      #expect(pids.count == 1)
      #expect(executor.snapshot().processes.map(\.pid) == Array(pids))
    }
  }

  @Test("E5: the initializer runs once in each worker before its first task") func initializer() async throws
  {
    try await with { executor in
      for _ in 0..<5 {
        let runs = try await executor.submit(Unknown.self, 0).value
        #expect(runs == 1)
      }
    }
  }

  @Test("E5: an initializer that fails breaks the executor, and every future says why") func badInitializer()
    async throws
  {
    try await with {
      $0.environment["FIXTURE_INITIALIZER"] = "no licence"
    } _: { executor in
      let futures = try (0..<5).map { try executor.trySubmit(Sample.self, .number($0)) }
      for future in futures {
        guard case .executorBroken(let reason)? = await future.failure else { return wrong("\(future)") }
        #expect(reason.contains("its initializer failed: no licence"))
      }
      #expect { try executor.trySubmit(Sample.self, .number(1)) } throws: { error in
        guard case SubmitError.broken(let reason) = error else { return false }
        return reason.contains("no licence")
      }
    }
  }

  @Test("E6: a worker is replaced after its tasks, and none of them is lost") func recycling() async throws {
    try await with {
      $0.maxTasksPerWorker = 2
    } _: { executor in
      var pids: [Int: Int] = [:]
      for await result in try executor.map(Sample.self, (0..<10).map { _ in .pid }) {
        pids[try result.get(), default: 0] += 1
      }
      #expect(pids.count == 5)
      #expect(pids.values.allSatisfy { $0 == 2 })
    }
  }

  @Test("E7: an error arrives with its type, message and process; a known one as itself") func errors()
    async throws
  {
    try await with { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      guard case .remote(let error)? = try await executor.submit(Sample.self, .failPlainly("")).failure,
        case .thrown(let known)? = try await executor.submit(Sample.self, .fail("no")).failure
      else { return wrong("not failed") }
      #expect(error.typeName == "PlainError")
      #expect(error.message == "")
      #expect(error.pid == Int32(pid))
      #expect(known as? SampleError == SampleError(text: "no"))
    }
  }

  @Test("E8: an input that cannot be encoded fails its own future") func encodingInput() async throws {
    try await with { executor in
      #expect(
        try await executor.submit(Picky.self, .init(5)).failure?.description
          == "cannot be encoded: 5 is not given")
      let infinite = try await executor.submit(Unreadable.self, .infinity).failure
      #expect(infinite?.description == "cannot be encoded: JSON has no word for 'inf'")
      #expect(try await executor.submit(Picky.self, .init(1)).value == .init(1))
    }
  }

  @Test(
    "E9: an input that the worker cannot decode fails its own future, and so do outputs that cannot be coded",
    arguments: [
      (7, "cannot be decoded: 7 is not taken"), (8, "cannot be encoded: 8 is not given"),
      (9, "cannot be decoded: 9 is not taken"),
    ])
  func coding(number: Int, description: String) async throws {
    try await with { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      let futures = try (0..<20).map { index in
        try executor.trySubmit(Picky.self, .init(index == 10 ? number : 1))
      }
      for (index, future) in futures.enumerated() where index != 10 {
        #expect(try await future.value == .init(1))
      }
      #expect(await futures[10].failure?.description == description)
      #expect(try await executor.submit(Sample.self, .pid).value == pid)
    }
  }

  @Test("E10: an output that the worker cannot encode costs no worker") func encodingOutput() async throws {
    try await with { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      guard case .encoding? = try await executor.submit(Picky.self, .init(8)).failure else {
        return wrong("not failed so")
      }
      #expect(try await executor.submit(Sample.self, .pid).value == pid)
    }
  }

  @Test("E11: an output that this side cannot decode costs no worker") func decodingOutput() async throws {
    try await with { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      guard case .decoding? = try await executor.submit(Picky.self, .init(9)).failure else {
        return wrong("not failed so")
      }
      #expect(try await executor.submit(Sample.self, .pid).value == pid)
    }
  }

  @Test("E12: a killed worker costs the task that it was running, and no task runs twice") func killing()
    async throws
  {
    try await with(maxWorkers: 2) { executor in
      let folder = try TemporaryFolder()
      // Short ones first, so that the next are sent ahead.
      for await result in try executor.map(Sample.self, (0..<200).map { .number($0) }) {
        _ = try result.get()
      }
      let futures = try (0..<200).map { index in
        try executor.trySubmit(
          Sample.self, index % 20 == 10 ? .die(9) : .mark(file: "\(folder.path)/\(index)"))
      }
      for (index, future) in futures.enumerated() {
        if index % 20 == 10 {
          guard case .workerLost? = await future.failure else { return wrong("\(index): \(future)") }
        } else {
          #expect(try await future.value == 0)
          #expect(folder.read("\(index)") == "x")
        }
      }
    }
  }

  @Test("E13: a lost worker's future says which process ended, and how") func deaths() async throws {
    try await with { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      guard case .workerLost(let death, attempt: 1)? = try await executor.submit(Sample.self, .die(9)).failure
      else {
        return wrong("not lost")
      }
      #expect(death.pid == Int32(pid))
      #expect(death.ending == .signalled(number: 9, coreDumped: false))
    }
  }

  @Test("E14: a task that exits loses its worker and nothing else") func exiting() async throws {
    try await with { executor in
      let exiting = try executor.trySubmit(Sample.self, .exit(3))
      let next = try executor.trySubmit(Sample.self, .number(1))
      guard case .workerLost(let death, _)? = await exiting.failure else { return wrong("\(exiting)") }
      #expect(death.ending == .exited(code: 3))
      #expect(try await next.value == 1)
    }
  }

  @Test("E15: a worker that dies while much is on its way hangs nothing") func bigPayloads() async throws {
    try await with(maxWorkers: 2) { executor in
      let text = String(repeating: "ü\n", count: 600_000)
      let box = Echo.Box(text: text, numbers: [1, 2.5, -1e-9], nested: ["a": [1, nil]])
      let big = try (0..<4).map { _ in try executor.trySubmit(Echo.self, box) }
      let dying = try executor.trySubmit(Sample.self, .die(11))
      for future in big { #expect(try await future.value == box) }
      guard case .workerLost? = await dying.failure else { return wrong("\(dying)") }
    }
  }

  @Test("E16: any number of threads may submit at once") func burst() async throws {
    try await with(maxWorkers: 2) {
      $0.queueLimit = 100_000
    } _: { executor in
      let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for thread in 0..<8 {
          group.addTask {
            let futures = try (0..<1000).map {
              try executor.trySubmit(Sample.self, .number(thread * 1000 + $0))
            }
            var sum = 0
            for future in futures { sum += try await future.value }
            return sum
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(sum == 7999 * 8000 / 2)
    }
  }

  @Test("E19: an executor can be ended at once, with all its workers; nothing is left") func ending()
    async throws
  {
    for grace in [Duration.zero, .milliseconds(50)] {
      let executor = try ProcessExecutor(.ofTaskFixture(maxWorkers: 2))
      let folder = try TemporaryFolder()
      let running = try (0..<2).map {
        try executor.trySubmit(Sample.self, .stubborn(begun: "\(folder.path)/\($0)"))
      }
      let queued = try executor.trySubmit(Sample.self, .number(1))
      try await folder.wait(for: "0")
      try await folder.wait(for: "1")
      let pids = executor.snapshot().processes.map(\.pid)
      #expect(pids.count == 2)
      await executor.shutdown(deadline: .zero, grace: grace)
      for future in running + [queued] {
        guard case .failure(.cancelled(.shutdown))? = future.finished else { return wrong("\(future)") }
      }
      for pid in pids { #expect(!isAlive(pid)) }
      await executor.shutdown(deadline: .zero)
      #expect(throws: SubmitError.shutDown) { try executor.trySubmit(Sample.self, .number(1)) }
    }
  }

  @Test("E23: a task's process is none of this one's") func pids() async throws {
    try await with(maxWorkers: 2) { executor in
      for await result in try executor.map(Sample.self, (0..<10).map { _ in .pid }) {
        #expect(try result.get() != Int(ProcessInfo.processInfo.processIdentifier))
      }
    }
  }

  @Test("F10: an executor that is dropped ends every future, also while its workers are being replaced")
  func dropping() async throws {
    var configuration = ProcessExecutor.Configuration.ofTaskFixture(maxWorkers: 2)
    configuration.maxTasksPerWorker = 1
    var executor: ProcessExecutor? = try ProcessExecutor(configuration)
    let futures = try (0..<20).map { try #require(executor).trySubmit(Sample.self, .number($0)) }
    _ = await futures[0].outcome
    executor = nil
    for (number, future) in futures.enumerated() {
      switch await future.outcome {
      case .success(let value): #expect(value == number)
      case .failure(.cancelled(.dropped)): break
      case .failure: wrong(future)
      }
    }
  }
}
