import Synchronization
import Testing

@testable import ConcurrentFutures

/// Rows B3 to B13 of docs/conformance.md.
@Suite(.onOwnThread) struct ThreadMapTests {
  @Test("B3: map submits its first inputs at the call, and no more than the buffer")
  func submitsAtOnce() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let held = try await HeldTask(on: executor)
      let results = try executor.map(0..., buffer: 3) { $0 }
      #expect(executor.snapshot().queued == 3)
      held.gate.open()
      var iterator = results.makeAsyncIterator()
      #expect(try await iterator.next()?.get() == 0)
    }
  }

  @Test("B4: results come in input order, whatever the order they finish in", arguments: [1, 4])
  func order(workers: Int) async throws {
    try await withThreadExecutor(maxWorkers: workers) { executor in
      var values: [Int] = []
      for await result in try executor.map(0..<200, { $0 * $0 }) { values.append(try result.get()) }
      #expect(values == (0..<200).map { $0 * $0 })
    }
  }

  @Test("B4: while the first input is late, mapUnordered gives the others with their positions")
  func unordered() async throws {
    try await withThreadExecutor(maxWorkers: 2) { executor in
      let gate = Gate()
      let results = try executor.mapUnordered(0..<8, buffer: 8) { number in
        if number == 0 { gate.wait() }
        return number * 10
      }
      var seen: [Int] = []
      for await (index, result) in results {
        #expect(try result.get() == index * 10)
        seen.append(index)
        if seen.count == 7 { gate.open() }
      }
      #expect(seen.sorted() == Array(0..<8))
      #expect(seen.last == 0)
    }
  }

  @Test("B5: a failure stands at its position and takes nothing from the others")
  func failures() async throws {
    try await withThreadExecutor(maxWorkers: 2) { executor in
      var failed: [Int] = []
      var index = 0
      for await result in try executor.map(0..<20, { if $0 % 7 == 3 { throw Oops() } }) {
        if case .failure = result { failed.append(index) }
        index += 1
      }
      #expect(failed == [3, 10, 17])
      #expect(index == 20)
    }
  }

  @Test("B5: mapThrowing throws the first failure and cancels the rest")
  func throwing() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let held = try await HeldTask(on: executor)
      let ran = Log<Int>()
      let values = try executor.mapThrowing(0..<100, buffer: 50) { number in
        ran.add(number)
        if number == 0 { throw Oops() }
        return number
      }
      held.gate.open()
      await #expect(throws: TaskFailure.self) {
        for try await _ in values { Issue.record("no value comes first") }
      }
      await executor.shutdown()
      #expect(ran.all.count <= 50)
    }
  }

  @Test("B6: a timeout cancels what is left, and the last element says so")
  func timeout() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let held = try await HeldTask(on: executor)
      var last: Result<Int, TaskFailure>?
      var count = 0
      for await result in try executor.map(0..<9, timeout: .milliseconds(10), { $0 }) {
        last = result
        count += 1
      }
      guard count == 1, case .failure(.cancelled(.iterationTimedOut))? = last else {
        Issue.record("\(String(describing: last))")
        return
      }
      #expect(executor.snapshot().queued == 0)
      held.gate.open()
    }
  }

  @Test("B7: leaving the loop cancels what has not started")
  func leaving() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let gate = Gate()
      let ran = Log<Int>()
      for await _ in try executor.map(
        0..<1000, buffer: 20,
        { number in
          ran.add(number)
          if number == 1 { gate.wait() }
        })
      { break }
      #expect(executor.snapshot().queued == 0)
      gate.open()
      await executor.shutdown()
      #expect(ran.all.count <= 3)
    }
  }

  @Test(
    "B10: at most `buffer` inputs are submitted and not given out; inputs may be endless",
    arguments: [1, 2, 7])
  func buffer(size: Int) async throws {
    try await withThreadExecutor(maxWorkers: 3) { executor in
      let taken = Tally()
      let inputs = (0...).lazy.map { number in
        taken.add(1)
        return number
      }
      var given = 0
      for await result in try executor.map(inputs, buffer: size, { $0 }) {
        #expect(try result.get() == given)
        given += 1
        #expect(taken.count - given <= size)
        if given == 300 { break }
      }
    }
  }

  @Test("B10: a buffer of nothing is refused, no input gives no result")
  func edges() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    let error = #expect(throws: ConfigurationError.self) { try executor.map(0..<3, buffer: 0) { $0 } }
    #expect(error?.description == "'buffer' cannot be '0'; accepted is 1 or more")
    for await _ in try executor.map([Int](), { $0 }) { Issue.record("there is none") }
    #expect(executor.snapshot().workers == 0)
    await executor.shutdown()
  }

  @Test("B11: after a shutdown what was submitted is given, and then the reason")
  func shutdown() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    let results = try executor.map(0..<100, buffer: 4) { $0 }
    await executor.shutdown()
    var values: [Int] = []
    var failures: [String] = []
    for await result in results {
      switch result {
      case .success(let value): values.append(value)
      case .failure(let failure): failures.append(failure.description)
      }
    }
    #expect(values == [0, 1, 2, 3])
    #expect(failures == ["the executor is shut down"])
  }

  @Test("B12: of two sequences the shorter one decides")
  func zipped() throws {
    try withThreadExecutor(maxWorkers: 2) { executor in
      let sums = try executor.map(zip(1...3, [10, 20]), { $0.0 + $0.1 }).blocking.map { try $0.get() }
      #expect(sums == [11, 22])
    }
  }

  @Test("B13: results that were given out are not kept")
  func resultsDie() async throws {
    let alive = Tally()
    try await withThreadExecutor(maxWorkers: 2) { executor in
      var most = 0
      for await result in try executor.map(0..<2000, buffer: 8, { _ in Counted(alive) }) {
        _ = try result.get()
        most = max(most, alive.count)
      }
      #expect(most <= 8 + 2 + 1)
    }
    #expect(alive.count == 0)
  }
}

/// A number that many threads change.
private final class Tally: Sendable {
  private let number = Atomic(0)

  var count: Int { number.load(ordering: .relaxed) }

  func add(_ difference: Int) { number.wrappingAdd(difference, ordering: .relaxed) }
}

/// Counts how many of it there are.
private final class Counted: Sendable {
  private let tally: Tally

  init(_ tally: Tally) {
    self.tally = tally
    tally.add(1)
  }

  deinit { tally.add(-1) }
}
