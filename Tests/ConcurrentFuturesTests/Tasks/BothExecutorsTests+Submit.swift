import ConcurrentFutures
import Foundation
import SampleTasks
import TestSupport
import Testing

/// Rows B1, B2, B13, B14 and D5: what happens to single tasks.
extension BothExecutorsTests {
  @Test("B1: a full queue turns trySubmit away, and submit waits for room", arguments: Kind.allCases)
  func boundedQueue(kind: Kind) async throws {
    try await TestedExecutor.with(kind, queueLimit: 2) { executor in
      let held = try await HeldSample(on: executor)
      let first = try executor.trySubmit(.number(1))
      _ = try executor.trySubmit(.number(2))
      #expect(throws: SubmitError.queueFull(limit: 2)) { try executor.trySubmit(.number(3)) }
      async let waiting = executor.submit(.number(4))
      first.cancel()
      #expect(try await waiting.state == .queued)
      #expect(throws: SubmitError.queueFull(limit: 2)) { try executor.trySubmit(.number(3)) }
      try await held.release()
      #expect(try await waiting.value == 4)
    }
  }

  @Test("B1: who waits longest for room gets it first; nobody overtakes", arguments: Kind.allCases)
  func waitingInLine(kind: Kind) async throws {
    try await TestedExecutor.with(kind, queueLimit: 1) { executor in
      let folder = TemporaryFolder()
      let file = folder["order"]
      let held = try await HeldSample(on: executor)
      _ = try executor.trySubmit(.append("0", file: file))
      let swift = ManualExecutor()
      let waiting = (1..<8).map { number in
        let task = Task(executorPreference: swift) {
          try await executor.submit(.append("\(number)", file: file))
        }
        swift.runAll()
        return task
      }
      waiting[2].cancel()
      swift.letGo()
      await #expect(throws: SubmitError.waitCancelled) { try await waiting[2].value }
      try await held.release()
      for (index, task) in waiting.enumerated() where index != 2 { _ = try await task.value.value }
      #expect(folder.textSoFar("order") == "0124567")
    }
  }

  @Test("B1: submitBlocking blocks the thread until there is room", arguments: Kind.allCases)
  func blockingSubmit(kind: Kind) async throws {
    try await TestedExecutor.with(kind, queueLimit: 1) { executor in
      let held = try await HeldSample(on: executor)
      let queued = try executor.trySubmit(.number(1))
      let threads = try ThreadExecutor(maxWorkers: 1)
      let blocked = try await threads.submit { try executor.submitBlocking(.number(2)) }
      #expect(await eventually { blocked.state == .running })
      #expect(throws: WaitTimeout.self) { try blocked.waited(.milliseconds(5)) }
      queued.cancel()
      let future = try await blocked.value
      #expect(future.state == .queued)
      try await held.release()
      #expect(try await future.value == 2)
      await threads.shutdown()
    }
  }

  @Test("B2: tasks start in the order they were submitted", arguments: Kind.allCases)
  func firstInFirstOut(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let folder = TemporaryFolder()
      // The first ones are over when the others come, so the executor may know that these tasks are short.
      for _ in 0..<10 { _ = try await executor.submit(.number(0)).value }
      let held = try await HeldSample(on: executor)
      let futures = try (0..<100).map {
        try executor.trySubmit(.append("\($0) ", file: folder["order"]))
      }
      // Those that a worker process has been sent are asked back from it first.
      for number in stride(from: 1, to: 100, by: 2) { futures[number].cancel() }
      for number in stride(from: 1, to: 100, by: 2) { _ = await futures[number].outcome }
      try await held.release()
      _ = await wait(futures)
      let expected = stride(from: 0, to: 100, by: 2).map { "\($0) " }.joined()
      #expect(folder.textSoFar("order") == expected)
    }
  }

  /// How the future of a test ends.
  enum Ending: CaseIterable, Sendable {
    case success, failure, cancellation
  }

  @Test(
    "B13: a future that is over and forgotten is gone, and so is its value", arguments: Kind.allCases,
    Ending.allCases)
  func futuresDie(kind: Kind, ending: Ending) async throws {
    try await TestedExecutor.with(kind) { executor in
      let future = try await end(ending, on: executor)
      #expect(await eventually { future.object == nil })
    }
  }

  private func end(_ ending: Ending, on executor: TestedExecutor) async throws -> Weak<Future<Int>> {
    let held = try await HeldSample(on: executor)
    let future = try await executor.submit(ending == .failure ? .fail("no") : .number(1))
    if ending == .cancellation { #expect(future.cancel()) }
    try await held.release()
    _ = await future.outcome
    return Weak(future)
  }

  @Test("B13: results that a map has given out are not kept", arguments: Kind.allCases)
  func resultsDie(kind: Kind) async throws {
    var all: [Weak<Token>] = []
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      var most = 0
      for await result in try executor.mapTokens(0..<1000, buffer: 8) {
        all.append(Weak(try result.get()))
        most = max(most, all.count { $0.object != nil })
      }
      // The last one, and two that a worker, or the threads that bring results, have just made and not let go.
      #expect(most <= 1 + 2)
    }
    #expect(all.count == 1000)
    #expect(await eventually { all.allSatisfy { $0.object == nil } })
  }

  @Test(
    "B14: settings that nothing can work with are refused", arguments: Kind.allCases,
    [
      (0, 1, "'maxWorkers' cannot be '0'; accepted is 1..."),
      (-3, 1, "'maxWorkers' cannot be '-3'; accepted is 1..."),
      (40_000, 1, "'maxWorkers' cannot be '40000'; accepted is 1..."),
      (1, 0, "'queueLimit' cannot be '0'; accepted is 1 or more"),
    ])
  func settings(kind: Kind, wrong: (workers: Int, limit: Int, text: String)) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try TestedExecutor(kind, maxWorkers: wrong.workers, queueLimit: wrong.limit)
    }
    #expect(error?.description.hasPrefix(wrong.text) == true)
  }

  @Test(
    "D5, E7: an error stays in its future: the worker lives on, and 99 others are done",
    arguments: Kind.allCases)
  func errorsStay(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let pid = try await executor.submit(.pid).value
      let futures = try (0..<100).map {
        try executor.trySubmit($0 == 37 ? .failPlainly("it is 37") : .number($0))
      }
      for (number, future) in futures.enumerated() where number != 37 {
        #expect(try await future.value == number)
      }
      switch (kind, await futures[37].failure) {
      case (.threads, .thrown(let error as PlainError)?): #expect(error.description == "it is 37")
      case (.processes, .remote(let error)?):
        #expect(error.typeName == "PlainError" && error.message == "it is 37" && Int(error.pid) == pid)
      default: wrong(futures[37])
      }
      #expect(try await executor.submit(.pid).value == pid)
    }
  }

  @Test(
    "E23: tasks run in this process on threads, in two to four others in processes", arguments: Kind.allCases)
  func pids(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 4) { executor in
      // Two at once make at least two workers.
      let held = [try await HeldSample(on: executor), try await HeldSample(on: executor)]
      var pids = Set(executor.pids)
      for await result in try executor.map((0..<40).map { _ in .pid }) { pids.insert(try result.get()) }
      for sample in held { try await sample.release() }
      let own = Int(ProcessInfo.processInfo.processIdentifier)
      switch kind {
      case .threads: #expect(pids == [own])
      case .processes: #expect((2...4).contains(pids.count) && !pids.contains(own))
      }
    }
  }
}
