import ConcurrentFutures
import SampleTasks
import TestSupport
import Testing

/// Rows B3 to B12: maps.
extension BothExecutorsTests {
  @Test(
    "B3: map submits its first inputs at the call, no more than the buffer, and they run unasked",
    arguments: Kind.allCases)
  func submitsAtOnce(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let (folder, taken) = (TemporaryFolder(), Tally())
      let held = try await HeldSample(on: executor)
      let inputs = (0...).lazy.map { number -> Sample.Input in
        taken.add(1)
        return .mark(file: folder["\(number)"])
      }
      let results = try executor.map(inputs, buffer: 3)
      #expect(taken.count == 3)
      #expect(await eventually { executor.unstarted == 3 })
      #expect(folder.names == [])
      try await held.release()
      #expect(await eventually { folder.names == ["0", "1", "2"] })
      #expect(taken.count == 3)
      var iterator = results.makeAsyncIterator()
      #expect(try await iterator.next()?.get() == 0)
      #expect(taken.count == 4)
    }
  }

  @Test("B4: map gives results in the order of the inputs, whatever finishes first", arguments: Kind.allCases)
  func map(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 4) { executor in
      var random = SplitMix(seed: 1)
      let inputs = (0..<200).map { number in
        Sample.Input.pause(milliseconds: Int.random(in: 0...20, using: &random), number: number * number)
      }
      var numbers: [Int] = []
      for await result in try executor.map(inputs) { numbers.append(try result.get()) }
      #expect(numbers == (0..<200).map { $0 * $0 })
    }
  }

  @Test(
    "B4: while the first input is late, mapUnordered gives the others, each once, with their positions",
    arguments: Kind.allCases)
  func unordered(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let folder = TemporaryFolder()
      let inputs = (0..<20).map {
        $0 == 0 ? Sample.Input.held(gate: folder["gate"], number: 0) : .number($0 * 10)
      }
      var seen: [Int] = []
      for await (index, result) in try executor.mapUnordered(inputs, buffer: 4) {
        #expect(try result.get() == index * 10)
        seen.append(index)
        if seen.count == 19 { try folder.write("gate", "") }
      }
      #expect(seen.sorted() == Array(0..<20))
      #expect(seen.last == 0)
    }
  }

  @Test("B5: a failure stands at its position and takes nothing from the others", arguments: Kind.allCases)
  func failingInput(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let inputs = (0..<20).map { $0 % 7 == 3 ? Sample.Input.fail("\($0)") : .number($0) }
      var texts: [String] = []
      for await result in try executor.map(inputs) {
        switch result {
        case .success(let number): texts.append("\(number)")
        case .failure(.thrown(let error as SampleError)): texts.append("failed \(error.text)")
        case .failure(let failure): wrong(failure)
        }
      }
      #expect(texts == (0..<20).map { $0 % 7 == 3 ? "failed \($0)" : "\($0)" })
    }
  }

  @Test("B5: mapThrowing throws the first failure and cancels the rest", arguments: Kind.allCases)
  func throwing(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = HeldInputs()
      let values = try executor.mapThrowing(held.inputs(first: .fail("first")), buffer: 20)
      try await held.waitUntilHeld(on: executor, unstarted: 18)
      let error = await #expect(throws: TaskFailure.self) {
        for try await _ in values { Issue.record("no value comes first") }
      }
      #expect(error?.description == "SampleError(text: \"first\")")
      // What would take the place of the failure is not submitted.
      #expect(held.taken.count == 20)
      try await held.expectNothingElseRuns(on: executor)
    }
  }

  @Test(
    "B5: mapThrowing gives the values before the first failure, and nothing after it",
    arguments: Kind.allCases)
  func throwingLater(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let inputs = (0..<50).map { $0 == 30 ? Sample.Input.fail("30") : .number($0) }
      var iterator = try executor.mapThrowing(inputs).makeAsyncIterator()
      for number in 0..<30 { #expect(try await iterator.next(isolation: nil) == number) }
      await #expect(throws: TaskFailure.self) { try await iterator.next(isolation: nil) }
      #expect(try await iterator.next(isolation: nil) == nil)
    }
  }

  @Test(
    "B6: a timeout cancels what is left, and the last element says so", arguments: Kind.allCases,
    [true, false])
  func timeout(kind: Kind, isOrdered: Bool) async throws {
    try await TestedExecutor.with(kind) { executor in
      let (held, folder) = (try await HeldSample(on: executor), TemporaryFolder())
      let inputs = (0..<9).map { Sample.Input.mark(file: folder["\($0)"]) }
      var results: [Result<Int, TaskFailure>] = []
      if isOrdered {
        for await result in try executor.map(inputs, timeout: .milliseconds(10)) { results.append(result) }
      } else {
        for await (_, result) in try executor.mapUnordered(inputs, timeout: .milliseconds(10)) {
          results.append(result)
        }
      }
      guard results.count == 1, case .failure(.cancelled(.iterationTimedOut)) = results[0] else {
        return wrong(results)
      }
      #expect(await eventually { executor.unstarted == 0 })
      try await held.release()
      await executor.shutdown()
      #expect(folder.names == [])
    }
  }

  @Test("B6: the timeout is for all results together", arguments: Kind.allCases)
  func timeoutForAll(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      // Each is over long before the timeout, all together long after it. A result that is there is given out also when
      // the time is over, so they take long enough for whoever waits to be back before.
      let inputs = (0..<100).map { Sample.Input.pause(milliseconds: 500, number: $0) }
      var results: [Result<Int, TaskFailure>] = []
      for await result in try executor.map(inputs, timeout: .seconds(1)) { results.append(result) }
      #expect(results.count < 100)
      guard case .failure(.cancelled(.iterationTimedOut))? = results.last else { return wrong(results) }
    }
  }

  @Test("B7: leaving the loop cancels what has not started", arguments: Kind.allCases, [true, false])
  func leaving(kind: Kind, isOrdered: Bool) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = HeldInputs()
      let inputs = held.inputs(first: .number(0))
      if isOrdered {
        let results = try executor.map(inputs, buffer: 20)
        try await held.waitUntilHeld(on: executor, unstarted: 18)
        for await _ in results { break }
      } else {
        let results = try executor.mapUnordered(inputs, buffer: 20)
        try await held.waitUntilHeld(on: executor, unstarted: 18)
        for await _ in results { break }
      }
      #expect(held.taken.count == 21)
      try await held.expectNothingElseRuns(on: executor)
    }
  }

  @Test(
    "B7: results that nobody iterates over are cancelled when they are dropped", arguments: Kind.allCases,
    [true, false])
  func dropping(kind: Kind, isOrdered: Bool) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = HeldInputs()
      let inputs = held.inputs(first: .number(0))
      if isOrdered {
        let results = try executor.map(inputs, buffer: 20)
        try await held.waitUntilHeld(on: executor, unstarted: 18)
        withExtendedLifetime(results) {}
      } else {
        let results = try executor.mapUnordered(inputs, buffer: 20)
        try await held.waitUntilHeld(on: executor, unstarted: 18)
        withExtendedLifetime(results) {}
      }
      try await held.expectNothingElseRuns(on: executor)
    }
  }

  @Test(
    "B10: as many inputs as the buffer are submitted and not given out, never more; inputs may be endless",
    arguments: Kind.allCases, [1, 2, 7])
  func buffer(kind: Kind, size: Int) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 3) { executor in
      let taken = Tally()
      let inputs = (0...).lazy.map { number -> Sample.Input in
        taken.add(1)
        return .number(number)
      }
      var given = 0
      for await result in try executor.map(inputs, buffer: size) {
        #expect(try result.get() == given)
        given += 1
        #expect(taken.count == given + size)
        if given == 200 { break }
      }
      #expect(given == 200)
      let before = taken.count
      given = 0
      for await _ in try executor.mapUnordered(inputs, buffer: size) {
        given += 1
        #expect(taken.count == before + given + size)
        if given == 200 { break }
      }
    }
  }

  @Test(
    "B10: a map submits no more than the queue takes, and gives everything all the same",
    arguments: Kind.allCases)
  func shortQueue(kind: Kind) async throws {
    try await TestedExecutor.with(kind, queueLimit: 2) { executor in
      let held = try await HeldSample(on: executor)
      let taken = Tally()
      let results = try executor.map(
        (0..<50).lazy.map { number -> Sample.Input in
          taken.add(1)
          return .number(number)
        }, buffer: 10)
      // Two are queued; one was taken, and did not fit.
      #expect(taken.count == 3)
      try await held.release()
      var numbers: [Int] = []
      for await result in results { numbers.append(try result.get()) }
      #expect(numbers == Array(0..<50))
    }
  }

  @Test("B10: a buffer of nothing is refused, no input gives no result", arguments: Kind.allCases)
  func edges(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let error = #expect(throws: ConfigurationError.self) { try executor.map([.number(1)], buffer: 0) }
      #expect(error?.description == "'buffer' cannot be '0'; accepted is 1 or more")
      for await _ in try executor.map([]) { Issue.record("there is none") }
      for await _ in try executor.mapUnordered([]) { Issue.record("there is none") }
      #expect(executor.workers == 0)
    }
  }

  @Test(
    "B11: after a shutdown what was submitted is given, and then the reason", arguments: Kind.allCases,
    [true, false])
  func mapAfterShutdown(kind: Kind, isOrdered: Bool) async throws {
    try await TestedExecutor.with(kind) { executor in
      let inputs = (0..<100).map { Sample.Input.number($0) }
      var results: [Result<Int, TaskFailure>] = []
      if isOrdered {
        let map = try executor.map(inputs, buffer: 4)
        await executor.shutdown()
        for await result in map { results.append(result) }
      } else {
        let map = try executor.mapUnordered(inputs, buffer: 4)
        await executor.shutdown()
        for await (index, result) in map {
          #expect(index == results.count)
          results.append(result)
        }
      }
      #expect(results.dropLast().compactMap { try? $0.get() } == [0, 1, 2, 3])
      guard results.count == 5, case .failure(.executorShutDown)? = results.last else {
        return wrong(results)
      }
    }
  }

  @Test("B12: of two sequences the shorter one decides", arguments: Kind.allCases)
  func zipped(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let inputs = zip(1..., [10, 20]).lazy.map { Sample.Input.number($0 + $1) }
      var sums: [Int] = []
      for await result in try executor.map(inputs) { sums.append(try result.get()) }
      #expect(sums == [11, 22])
    }
  }
}
