import ConcurrentFutures
import SampleTasks
import TestSupport
import Testing

/// Rows C1 to C10: many futures at once.
extension BothExecutorsTests {
  @Test("C1: asCompleted mixes futures, each once, and the slow one last", arguments: Kind.allCases)
  func completed(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let held = try await HeldSample(on: executor, number: 99)
      var futures = [held.future, held.future]
      for number in 0..<7 { futures.append(try await executor.submit(.number(number))) }
      var numbers: [Int] = []
      for try await future in asCompleted(futures + futures) {
        numbers.append(try await future.value)
        if numbers.count == 7 { try await held.release() }
      }
      #expect(numbers.sorted() == [0, 1, 2, 3, 4, 5, 6, 99])
      #expect(numbers.last == 99)
    }
  }

  @Test(
    "C2: futures come in the order they finished, also those that were finished before",
    arguments: Kind.allCases)
  func finishingOrder(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 4) { executor in
      let held = try await hold(4, on: executor)
      for index in [2, 0] { try await held[index].release() }
      var iterator = asCompleted(held.map(\.future)).makeAsyncIterator()
      var order: [Future<Int>?] = []
      for _ in 0..<2 { order.append(await iterator.next(isolation: nil)) }
      for index in [3, 1] { try await held[index].release() }
      for _ in 0..<2 { order.append(await iterator.next(isolation: nil)) }
      #expect(order == [2, 0, 3, 1].map { held[$0].future })
      #expect(await iterator.next(isolation: nil) == nil)
    }
  }

  @Test("C3: a timeout counts the futures that are left", arguments: Kind.allCases)
  func completedTimeout(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let held = try await hold(2, on: executor)
      let queued = try executor.trySubmit(.number(1))
      queued.cancel()
      try await held[1].release()
      var seen: [Future<Int>] = []
      let error = await #expect(throws: AsCompletedTimeout.self) {
        for try await future in asCompleted(
          [held[0].future, queued, held[1].future], timeout: .milliseconds(20))
        {
          seen.append(future)
        }
      }
      #expect(error == AsCompletedTimeout(unfinished: 1, of: 3))
      #expect(seen == [queued, held[1].future])
      try await held[0].release()
    }
  }

  @Test(
    "C4, C5, C6: wait gives both lists in input order, each once; a cancelled future is done, a timeout no error",
    arguments: Kind.allCases, WaitCondition.allCases)
  func waitModes(kind: Kind, condition: WaitCondition) async throws {
    try await TestedExecutor.with(kind) { executor in
      let done = try await executor.submit(.number(1))
      _ = try await done.value
      let held = try await HeldSample(on: executor)
      let cancelled = try executor.trySubmit(.number(2))
      cancelled.cancel()
      let all = [cancelled, held.future, done, cancelled, held.future]
      let early = await wait(
        all, until: condition, timeout: condition == .firstCompleted ? nil : .milliseconds(5))
      #expect(early.done == [cancelled, done] && early.pending == [held.future])
      try await held.release()
      let late = await wait(all, until: condition)
      #expect(late.done == [cancelled, held.future, done] && late.pending == [])
    }
  }

  @Test(
    "C5, C6: firstCompleted returns when the first one ends, also by a cancellation",
    arguments: Kind.allCases, [true, false])
  func firstCompleted(kind: Kind, cancels: Bool) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor)
      let queued = try executor.trySubmit(.number(1))
      let swift = ManualExecutor()
      let waiting = Task(executorPreference: swift) {
        await wait([held.future, queued], until: .firstCompleted)
      }
      // It has begun to wait when this returns.
      swift.runAll()
      if cancels { queued.cancel() } else { try await held.release() }
      swift.letGo()
      let first = cancels ? queued : held.future
      #expect(await waiting.value.done.contains(first))
      if cancels { #expect(await waiting.value.pending == [held.future]) }
      try await held.release()
    }
  }

  @Test(
    "C7: firstFailure ignores a cancellation, and without a failure waits for all", arguments: Kind.allCases)
  func firstFailure(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let held = try await HeldSample(on: executor)
      let failing = try await executor.submit(.fail("no"))
      _ = await failing.outcome
      let other = try await HeldSample(on: executor)
      let cancelled = try executor.trySubmit(.number(1))
      cancelled.cancel()
      let ignoring = await wait(
        [cancelled, held.future], until: .firstFailure, timeout: .milliseconds(5))
      #expect(ignoring.done == [cancelled] && ignoring.pending == [held.future])
      let failed = await wait(
        [held.future, failing, other.future], until: .firstFailure)
      #expect(failed.done == [failing] && failed.pending == [held.future, other.future])
      try await held.release()
      try await other.release()
      let all = await wait([held.future, other.future], until: .firstFailure)
      #expect(all.pending == [])
    }
  }

  @Test(
    "C8: all returns when every one is done, whoever completes it; duplicates count once",
    arguments: Kind.allCases)
  func all(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 4) { executor in
      for round in 0..<50 {
        let futures = try (0..<8).map { try executor.trySubmit($0 == round % 8 ? .fail("no") : .number($0)) }
        futures[7].cancel()
        let (done, pending) = await wait(futures + futures)
        #expect(done == futures && pending.isEmpty)
        #expect(futures.allSatisfy { $0.isDone })
      }
    }
  }

  @Test("C10: a group takes futures at any time and gives them as they finish", arguments: Kind.allCases)
  func group(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let held = try await hold(2, on: executor)
      let group = FutureGroup([held[0].future])
      try await held[0].release()
      #expect(await group.next() == held[0].future)
      #expect(await group.next() == nil)
      let queued = try executor.trySubmit(.number(1))
      group.add(held[1].future)
      group.add(queued)
      #expect(await group.next() == queued)
      #expect(group.count == 1)
      try await held[1].release()
      #expect(await group.next() == held[1].future)
      #expect(group.count == 0)
    }
  }

  /// So many at once.
  private func hold(_ count: Int, on executor: TestedExecutor) async throws -> [HeldSample] {
    var held: [HeldSample] = []
    for number in 0..<count { held.append(try await HeldSample(on: executor, number: number)) }
    return held
  }
}
