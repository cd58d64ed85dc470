import TestSupport
import Testing

@testable import ConcurrentFutures

/// Rows D6 and D7 of docs/conformance.md.
@Suite(.onOwnThread) struct NestedWaitTests {
  @Test("D6: a body may wait for queued tasks of its own pool, even with one thread", arguments: [1, 2, 5])
  func nestedWait(workers: Int) throws {
    try withThreadExecutor(maxWorkers: workers) { executor in
      let future = try executor.trySubmit { try fibonacci(12, on: executor) }
      #expect(try future.wait() == 144)
    }
  }

  @Test("D6: so may one that waits for sets, groups and maps")
  func nestedCollecting() throws {
    try withThreadExecutor(maxWorkers: 1) { executor in
      let sum = try executor.trySubmit {
        let futures = try (0..<5).map { number in try executor.trySubmit { number } }
        var sum = waitBlocking(futures).done.count
        let group = FutureGroup(try (0..<5).map { number in try executor.trySubmit { number } })
        while let future = try group.nextBlocking() { sum += try future.wait() }
        for result in try executor.map(0..<5, { $0 * 10 }).blocking { sum += try result.get() }
        for item in try executor.mapUnordered(0..<5, { $0 * 100 }).blocking { sum += try item.result.get() }
        return sum
      }
      #expect(try sum.wait() == 5 + 10 + 100 + 1000)
    }
  }

  @Test("D6: while a body waits for a running one, another thread runs the queue")
  func standIn() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let promise = Promise<Int>()
      let outside = promise.future
      let started = Promise<Void>()
      let waiting = try await executor.submit {
        started.complete(.success(()))
        return try outside.wait(timeout: .seconds(600))
      }
      try await started.future.value
      #expect(try await executor.submit { 1 }.value == 1)
      promise.complete(.success(2))
      #expect(try await waiting.value == 2)
      while executor.snapshot().workers > 1 { await Task.yield() }
    }
  }

  @Test("D6: tasks that wait for each other in a circle are told so", arguments: [1, 2, 4])
  func circle(length: Int) throws {
    try withThreadExecutor(maxWorkers: length) { executor in
      let links = (0..<length).map { _ in Promise<Future<Int>>() }
      let futures = try (0..<length).map { index in
        let link = links[index].future
        return try executor.trySubmit { try link.wait().wait() }
      }
      for index in 0..<length { links[index].complete(.success(futures[(index + 1) % length])) }
      // One is told, and its failure ends the others' waits.
      let failures = futures.map(deadlock(of:))
      #expect(failures.allSatisfy { $0 != nil && $0 == failures.first })
      #expect(threads(of: failures.first ?? nil).sorted() == (0..<length).map { "futures-\($0)" })
    }
  }

  @Test("D6: so are tasks of several executors", arguments: [2, 3])
  func circleOfExecutors(length: Int) throws {
    let executors = try (0..<length).map { try ThreadExecutor(maxWorkers: 1, name: "pool\($0)") }
    let links = (0..<length).map { _ in Promise<Future<Int>>() }
    let futures = try (0..<length).map { index in
      let link = links[index].future
      return try executors[index].trySubmit { try link.wait().wait() }
    }
    for index in 0..<length { links[index].complete(.success(futures[(index + 1) % length])) }
    let failures = futures.map(deadlock(of:))
    #expect(failures.allSatisfy { $0 != nil && $0 == failures.first })
    #expect(threads(of: failures.first ?? nil).sorted() == (0..<length).map { "pool\($0)-0" })
    for executor in executors { executor.shutdownBlocking() }
  }

  @Test("D6: a wait for a set of tasks that needs itself returns with what is pending")
  func circleOfSets() throws {
    try withThreadExecutor(maxWorkers: 1) { executor in
      let link = Promise<Future<[Int]>>()
      let future = try executor.trySubmit { () -> [Int] in
        let me = try link.future.wait()
        let other = try executor.trySubmit { [Int]() }
        let all = waitBlocking([me, other])
        let first = asCompleted([me]).blocking.map(\.isDone)
        return [all.done.count, all.pending.count, first.count, first.count { $0 }]
      }
      link.complete(.success(future))
      #expect(try future.wait() == [1, 1, 1, 0])
    }
  }

  @Test("a thread that stood in for a blocked one leaves no task behind") func standInsLeave() async throws {
    // On a thread of its own, for it blocks.
    let test = try ThreadExecutor(maxWorkers: 1)
    let sums = try await test.submit {
      try (0..<3000).map { _ in
        try withThreadExecutor(maxWorkers: 1) { executor in
          let gate = Promise<Void>()
          let held = try executor.trySubmit { try gate.future.wait(timeout: .seconds(600)) }
          let others = try (1...3).map { number in try executor.trySubmit { number } }
          gate.complete(.success(()))
          try held.wait()
          return try others.reduce(0) { try $0 + $1.wait() }
        }
      }
    }
    #expect(try await sums.value.allSatisfy { $0 == 6 })
    await test.shutdown()
  }
}

private func threads(of failure: WouldDeadlock?) -> [String] {
  if case .circle(let threads)? = failure { threads } else { [] }
}

private func fibonacci(_ number: Int, on executor: ThreadExecutor) throws -> Int {
  if number < 2 { return number }
  let first = try executor.submitBlocking { try fibonacci(number - 1, on: executor) }
  let second = try executor.submitBlocking { try fibonacci(number - 2, on: executor) }
  return try first.wait() + second.wait()
}
