import ConcurrentFutures
import Foundation
import SampleTasks
import TestSupport
import Testing

/// The rows of docs/conformance.md that are about worker processes.
@Suite(.timeLimit(.minutes(20))) struct ProcessConformanceTests {
  @Test("E1: the number of workers is that of the processors, unless it is said") func defaultWorkers()
    async throws
  {
    let executor = try ProcessExecutor()
    #expect(executor.maxWorkers == ProcessorCount.available)
    await executor.shutdown()
  }

  @Test("E4: workers start on demand, and the one that became idle last is used first") func onDemand()
    async throws
  {
    try await withTaskFixture(maxWorkers: 3) { executor in
      var pids: Set<Int> = []
      for _ in 0..<5 { pids.insert(try await executor.submit(Sample.self, .pid).value) }
      #expect(pids.count == 1)
      #expect(executor.snapshot().processes.map(\.pid) == Array(pids))
      // Three at once, which end one after another.
      let folder = TemporaryFolder()
      var held: [Future<Int>] = []
      for number in 0..<3 {
        held.append(
          try executor.trySubmit(Sample.self, .held(gate: folder["\(number)"], number: number)))
        try await folder.wait(for: "\(number).begun")
      }
      let workers = executor.snapshot().processes.map(\.pid)
      #expect(Set(workers).count == 3)
      for (count, number) in [1, 2, 0].enumerated() {
        try folder.write("\(number)", "")
        _ = try await held[number].value
        #expect(await eventually { executor.snapshot().idle == count + 1 })
      }
      for _ in 0..<6 {
        // The first worker began the first one.
        #expect(try await executor.submit(Sample.self, .pid).value == workers[0])
        #expect(await eventually { executor.snapshot().idle == 3 })
      }
    }
  }

  @Test("E5: the initializer runs once in each worker before its first task") func initializer() async throws
  {
    let folder = TemporaryFolder()
    try await withTaskFixture(maxWorkers: 3) {
      $0.environment["FIXTURE_STARTS"] = folder["starts"]
    } _: { executor in
      var held: [Future<Int>] = []
      for number in 0..<2 {
        held.append(
          try executor.trySubmit(Sample.self, .held(gate: folder["gate"], number: number)))
      }
      let futures = try (0..<20).map { try executor.trySubmit(Unknown.self, $0) }
      for future in futures { #expect(try await future.value == 1) }
      try folder.write("gate", "")
      for (number, future) in held.enumerated() { #expect(try await future.value == number) }
      #expect(try folder.text("starts").count == executor.snapshot().workers)
    }
  }

  @Test("E5: an initializer that fails breaks the executor, and every future says why") func badInitializer()
    async throws
  {
    let folder = TemporaryFolder()
    try await withTaskFixture(maxWorkers: 3) {
      $0.environment["FIXTURE_INITIALIZER"] = "no licence"
      $0.environment["FIXTURE_STARTS"] = folder["starts"]
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
    // It is not tried for ever: three times in a row, and twice more by workers that had been started meanwhile.
    #expect((1...5).contains(try folder.text("starts").count))
  }

  @Test("E6: a worker is replaced after its tasks, and none of them is lost") func recycling() async throws {
    try await withTaskFixture {
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
    try await withTaskFixture { executor in
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

  @Test("E12: a killed worker costs the task that it was running, and no task runs twice") func killing()
    async throws
  {
    try await withTaskFixture(maxWorkers: 2) { executor in
      let folder = TemporaryFolder()
      // Short ones first, so that the next are sent ahead.
      for await result in try executor.map(Sample.self, (0..<200).map { .number($0) }) {
        _ = try result.get()
      }
      let futures = try (0..<1000).map { index in
        try executor.trySubmit(
          Sample.self, index % 20 == 10 ? .die(9) : .mark(file: folder["\(index)"]))
      }
      for (index, future) in futures.enumerated() {
        if index % 20 == 10 {
          guard case .workerLost? = await future.failure else { return wrong("\(index): \(future)") }
        } else {
          #expect(try await future.value == 0)
          #expect(try folder.text("\(index)") == "x")
        }
      }
    }
  }

  @Test("E13: a lost worker's future says which process ended, how, and what it wrote last") func deaths()
    async throws
  {
    try await withTaskFixture { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      let text = "out of ink\n" + String(repeating: "more\n", count: 1000)
      let lost = try await executor.submit(Sample.self, .complainAndDie(text, 9))
      guard case .workerLost(let death, attempt: 1)? = await lost.failure else { return wrong(lost) }
      #expect(death.pid == Int32(pid))
      #expect(death.ending == .signalled(number: 9, coreDumped: false))
      #expect(death.lastStderr == text.suffix(4096))
    }
  }

  @Test("E14: a task that exits loses its worker and nothing else") func exiting() async throws {
    try await withTaskFixture { executor in
      let exiting = try executor.trySubmit(Sample.self, .exit(3))
      let next = try executor.trySubmit(Sample.self, .number(1))
      guard case .workerLost(let death, _)? = await exiting.failure else { return wrong("\(exiting)") }
      #expect(death.ending == .exited(code: 3))
      #expect(try await next.value == 1)
    }
  }

  @Test(
    "E15: workers that die while much is on its way hang nothing", arguments: [(200, 10_000), (8, 1_800_000)])
  func bigPayloads(count: Int, bytes: Int) async throws {
    try await withTaskFixture(maxWorkers: 2) { executor in
      let text = String(repeating: "ü\n", count: bytes / 3)
      let box = Echo.Box(text: text, numbers: [1, 2.5, -1e-9], nested: ["a": [1, nil]])
      var (big, dying): ([Future<Echo.Box>], [Future<Int>]) = ([], [])
      for index in 0..<count {
        big.append(try executor.trySubmit(Echo.self, box))
        if index % (count / 4) == 1 { dying.append(try executor.trySubmit(Sample.self, .die(9))) }
      }
      for future in big { #expect(try await future.value == box) }
      #expect(dying.count == 4)
      for future in dying {
        guard case .workerLost? = await future.failure else { return wrong(future) }
      }
    }
  }

  @Test("E16: any number of threads may submit at once") func burst() async throws {
    try await withTaskFixture(maxWorkers: 2) {
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
      let folder = TemporaryFolder()
      let running = try (0..<2).map {
        try executor.trySubmit(Sample.self, .stubborn(begun: folder["\($0)"]))
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

  @Test("a worker has none of this process's descriptors, and none of its siblings'") func descriptors()
    async throws
  {
    let open = (0..<20).map { _ in dup(STDIN_FILENO) }
    defer { for descriptor in open { close(descriptor) } }
    try await withTaskFixture(maxWorkers: 3) { executor in
      let folder = TemporaryFolder()
      var counts: [Int] = []
      var held: [Future<Int>] = []
      for number in 0..<3 {
        // Asked of the newest worker, for the others are held.
        counts.append(try await executor.submit(Sample.self, .descriptors).value)
        held.append(
          try executor.trySubmit(Sample.self, .held(gate: folder["gate"], number: number)))
        try await folder.wait(for: "gate.begun")
        try FileManager.default.removeItem(atPath: folder["gate.begun"])
      }
      try folder.write("gate", "")
      for future in held { _ = try await future.value }
      #expect(counts == Array(repeating: counts[0], count: 3))
      #expect((3..<20).contains(counts[0]))
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
