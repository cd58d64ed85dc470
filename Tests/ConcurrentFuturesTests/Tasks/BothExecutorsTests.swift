import ConcurrentFutures
import SampleTasks
import Testing

/// What both executors promise, tested on both.
@Suite(.timeLimit(.minutes(20))) struct BothExecutorsTests {
  typealias Kind = TestedExecutor.Kind

  @Test("A1: a task is queued, runs and ends, and a cancelled one is final at once", arguments: Kind.allCases)
  func states(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor, number: 3)
      let queued = try await executor.submit(.number(1))
      let cancelled = try await executor.submit(.number(2))
      #expect(await eventually { held.future.state == .running })
      #expect(queued.state == .queued)
      #expect(cancelled.cancel())
      #expect(cancelled.state == .cancelled)
      try await held.release()
      #expect(try await held.future.value == 3)
      #expect(try await queued.value == 1)
      #expect(queued.state == .succeeded)
    }
  }

  @Test(
    "A2: cancel is true for queued and cancelled futures, false for running and done ones",
    arguments: Kind.allCases)
  func cancel(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor)
      #expect(await eventually { held.future.state == .running })
      let folder = try TemporaryFolder()
      let queued = try await executor.submit(.mark(file: folder.path + "/mark"))
      #expect(queued.cancel())
      #expect(queued.cancel())
      #expect(!held.future.cancel())
      try await held.release()
      _ = try await held.future.value
      #expect(!held.future.cancel())
      _ = try await executor.submit(.number(1)).value
      #expect(folder.names == [])
    }
  }

  @Test("A2: a running body that is asked to stop may end as cancelled", arguments: Kind.allCases)
  func requestStop(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let folder = try TemporaryFolder()
      let future = try await executor.submit(.obedient(begun: folder.path + "/begun"))
      try await folder.wait(for: "begun")
      #expect(await eventually { future.state == .running })
      #expect(future.requestStop(.other("enough")))
      guard case .cancelled(.other("enough"))? = await future.failure else {
        return wrong("\(future)")
      }
    }
  }

  @Test("B1: a full queue turns trySubmit away, and submit waits for room", arguments: Kind.allCases)
  func boundedQueue(kind: Kind) async throws {
    try await TestedExecutor.with(kind, queueLimit: 2) { executor in
      let held = try await HeldSample(on: executor)
      #expect(await eventually { held.future.state == .running })
      let first = try executor.trySubmit(.number(1))
      _ = try executor.trySubmit(.number(2))
      #expect(throws: SubmitError.queueFull(limit: 2)) { try executor.trySubmit(.number(3)) }
      async let waiting = executor.submit(.number(4))
      first.cancel()
      #expect(try await waiting.state == .queued)
      try await held.release()
      #expect(try await waiting.value == 4)
    }
  }

  @Test("B4: map gives results in the order of the inputs, whatever finishes first", arguments: Kind.allCases)
  func map(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let inputs = (0..<60).map { Sample.Input.pause(milliseconds: $0 % 7 == 0 ? 10 : 0, number: $0) }
      var numbers: [Int] = []
      for await result in try executor.map(inputs) { numbers.append(try result.get()) }
      #expect(numbers == Array(0..<60))
      var indices: Set<Int> = []
      for await (index, result) in try executor.mapUnordered(inputs) {
        #expect(try result.get() == index)
        indices.insert(index)
      }
      #expect(indices.count == 60)
    }
  }

  @Test("B5: a failing input takes nothing from the others", arguments: Kind.allCases)
  func failingInput(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let inputs = (0..<20).map { $0 == 7 ? Sample.Input.fail("seven") : .number($0) }
      var position = 0
      for await result in try executor.map(inputs) {
        if position == 7 {
          guard case .failure(.thrown(let error)) = result else { return wrong("\(result)") }
          #expect(error as? SampleError == SampleError(text: "seven"))
        } else {
          #expect(try result.get() == position)
        }
        position += 1
      }
      #expect(position == 20)
    }
  }

  @Test("C1: asCompleted mixes futures, each once, and the slow one last", arguments: Kind.allCases)
  func completed(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let held = try await HeldSample(on: executor, number: 99)
      var futures = [held.future, held.future]
      for number in 0..<5 { futures.append(try await executor.submit(.number(number))) }
      var numbers: [Int] = []
      for try await future in asCompleted(futures) {
        numbers.append(try await future.value)
        if numbers.count == 5 { try await held.release() }
      }
      #expect(numbers.count == 6)
      #expect(numbers.last == 99)
    }
  }

  @Test(
    "F1: after a shutdown nothing is taken; F2: everything submitted before is done", arguments: Kind.allCases
  )
  func shutdown(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let futures = try (0..<20).map { try executor.trySubmit(.number($0)) }
      async let first: Void = executor.shutdown()
      async let second: Void = executor.shutdown()
      _ = await (first, second)
      for (number, future) in futures.enumerated() { #expect(try future.finished?.get() == number) }
      #expect(throws: SubmitError.shutDown) { try executor.trySubmit(.number(1)) }
      await #expect(throws: SubmitError.shutDown) { try await executor.submit(.number(1)) }
    }
  }

  @Test("F4: a shutdown may cancel what is queued", arguments: Kind.allCases)
  func cancellingShutdown(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor)
      #expect(await eventually { held.future.state == .running })
      let queued = try (0..<5).map { try executor.trySubmit(.number($0)) }
      async let end: Void = executor.shutdown(cancelQueued: true)
      for future in queued {
        guard case .cancelled(.shutdown)? = await future.failure else { return wrong("\(future)") }
      }
      try await held.release()
      await end
      #expect(held.future.state == .succeeded)
    }
  }

  @Test("F6: leaving the scope by an error cancels what is queued", arguments: Kind.allCases)
  func scope(kind: Kind) async throws {
    await #expect(throws: Oops.self) {
      try await TestedExecutor.with(kind) { executor in
        let held = try await HeldSample(on: executor)
        let queued = try executor.trySubmit(.number(1))
        // The running one can end only when the queued one has: so nothing queued was run.
        Task {
          guard case .cancelled(.scopeFailed)? = await queued.failure else { return wrong("\(queued)") }
          try await held.release()
        }
        throw Oops()
      }
    }
  }
}
