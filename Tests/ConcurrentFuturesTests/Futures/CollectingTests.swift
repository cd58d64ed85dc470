import TestSupport
import Testing

@testable import ConcurrentFutures

/// Rows C1 to C10 of docs/conformance.md.
@Suite(.onOwnThread) struct CollectingTests {
  private func promises(_ count: Int) -> [Promise<Int>] { (0..<count).map { _ in Promise<Int>() } }

  @Test("C1: asCompleted gives each future once, duplicates too")
  func duplicates() async {
    let all = promises(3)
    for promise in all { promise.complete(.success(1)) }
    let futures = all.map(\.future)
    var seen: [Future<Int>] = []
    for await future in asCompleted(futures + futures) { seen.append(future) }
    #expect(seen == futures)
    for await _ in asCompleted([Future<Int>]()) { Issue.record("there is none") }
  }

  @Test("C2: futures come in the order they finished, also those that were finished before")
  func finishingOrder() async {
    let all = promises(40)
    let order = Array(0..<40).shuffled()
    for index in order.prefix(20) { all[index].complete(.success(index)) }
    var iterator = asCompleted(all.map(\.future)).makeAsyncIterator()
    var seen: [Int?] = []
    for _ in 0..<20 { seen.append(try? await iterator.next(isolation: nil)?.value) }
    for index in order.suffix(20) { all[index].complete(.success(index)) }
    while let future = await iterator.next(isolation: nil) { seen.append(try? await future.value) }
    #expect(seen == order)
  }

  @Test("C2: the blocking form gives the same")
  func blocking() throws {
    let all = promises(3)
    for index in [2, 0, 1] { all[index].complete(.success(index)) }
    #expect(try asCompleted(all.map(\.future)).blocking.map { try $0.wait() } == [2, 0, 1])
  }

  @Test("C3: a timeout counts the futures that are left")
  func timeout() async {
    let all = promises(4)
    all[1].complete(.success(1))
    all[3].complete(.success(1))
    var seen = 0
    do {
      for try await _ in asCompleted(all.map(\.future), timeout: .milliseconds(20)) { seen += 1 }
      Issue.record("no timeout")
    } catch {
      #expect(error == AsCompletedTimeout(unfinished: 2, of: 4))
      #expect("\(error)" == "2 (of 4) futures unfinished")
    }
    #expect(seen == 2)
  }

  @Test(
    "C4: wait returns both lists in input order, and a timeout is no error", arguments: WaitCondition.allCases
  )
  func waitTimeout(condition: WaitCondition) async {
    let all = promises(3)
    if condition != .firstCompleted { all[2].complete(.success(1)) }
    let (done, pending) = await wait(all.map(\.future), until: condition, timeout: .milliseconds(5))
    #expect(done == (condition == .firstCompleted ? [] : [all[2].future]))
    #expect(pending == all.map(\.future).filter { !done.contains($0) })
  }

  @Test("C5: firstCompleted returns when one is done")
  func firstCompleted() async {
    let all = promises(3)
    async let result = wait(all.map(\.future), until: .firstCompleted)
    all[1].complete(.success(1))
    #expect(await result.done == [all[1].future])
  }

  @Test("C6: a cancelled future counts as done and wakes the waiter")
  func cancelledIsDone() async {
    let all = promises(2)
    async let result = wait(all.map(\.future), until: .firstCompleted)
    all[0].future.cancel()
    #expect(await result.done == [all[0].future])
  }

  @Test("C7: firstFailure ignores a cancellation, and without a failure waits for all")
  func firstFailure() async {
    let all = promises(3)
    all[0].future.cancel()
    let early = await wait(all.map(\.future), until: .firstFailure, timeout: .milliseconds(5))
    #expect(early.pending.count == 2)
    all[1].complete(.failure(.executorShutDown))
    let failed = await wait(all.map(\.future), until: .firstFailure)
    #expect(failed.pending == [all[2].future])
    let successes = promises(2)
    for promise in successes { promise.complete(.success(1)) }
    #expect(await wait(successes.map(\.future), until: .firstFailure).pending.isEmpty)
  }

  @Test("C8: all returns when every one is done, whoever completes it; duplicates count once")
  func all() async throws {
    try await withThreadExecutor(maxWorkers: 4) { executor in
      for _ in 0..<50 {
        var futures: [Future<Int>] = []
        for number in 0..<8 { futures.append(try await executor.submit { number }) }
        let (done, pending) = await wait(futures + futures)
        #expect(done == futures && pending.isEmpty)
      }
    }
  }

  @Test("C8: the blocking form gives the same")
  func allBlocking() {
    let all = promises(2)
    all[0].complete(.success(1))
    #expect(waitBlocking(all.map(\.future), until: .firstCompleted).done == [all[0].future])
    #expect(waitBlocking(all.map(\.future), timeout: .zero).pending == [all[1].future])
  }

  @Test("C10: a group takes futures at any time and gives them as they finish")
  func group() async throws {
    let all = promises(4)
    let group = FutureGroup([all[0].future])
    async let first = group.next()
    all[0].complete(.success(0))
    #expect(await first == all[0].future)
    #expect(await group.next() == nil)
    for promise in all.dropFirst() { group.add(promise.future) }
    #expect(group.count == 3)
    all[3].complete(.success(3))
    #expect(await group.next() == all[3].future)
    all[1].future.cancel()
    #expect(await group.next() == all[1].future)
    let waiting = Task { await group.next() }
    waiting.cancel()
    #expect(await waiting.value == nil)
    #expect(group.count == 1)
  }

  @Test("C10: dropping a group leaves no observer behind")
  func droppedGroup() async {
    let promise = Promise<Int>()
    weak var collector: CompletionCollector<Future<Int>>?
    do {
      let group = FutureGroup([promise.future])
      collector = group.collector
      #expect(collector != nil && group.count == 1)
    }
    #expect(collector == nil)
    promise.complete(.success(1))
  }
}
