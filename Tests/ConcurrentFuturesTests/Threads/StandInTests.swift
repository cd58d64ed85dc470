import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import ConcurrentFutures

/// Rows D6 and B1 of docs/conformance.md: what a body waits for is run by others, or on its own stack.
@Suite(.onOwnThread) struct StandInTests {
  // MARK: What is not needed does not run in between

  @Test(
    "D6: a body that waits for the first future runs no other one meanwhile", arguments: FirstWait.allCases)
  func firstIsNotHeldUp(wait: FirstWait) throws {
    try withThreadExecutor(maxWorkers: 2) { executor in
      let open = Gate()
      let quick = try executor.trySubmit { () -> String in
        open.wait()
        return "quick"
      }
      let first = try executor.trySubmit { () throws -> String? in
        let over = Promise<Void>()
        defer { over.complete(.success(())) }
        // Ends after this body only.
        let slow = try executor.trySubmit { () -> String in
          open.open()
          try over.future.wait()
          return "slow"
        }
        return try wait.first(of: [slow, quick])?.wait()
      }
      #expect(try first.wait() == "quick")
    }
  }

  enum FirstWait: CaseIterable {
    case waitBlocking, asCompleted, group, failure

    func first(of futures: [Future<String>]) throws -> Future<String>? {
      switch self {
      case .waitBlocking: return ConcurrentFutures.waitBlocking(futures, until: .firstCompleted).done.first
      case .asCompleted: return ConcurrentFutures.asCompleted(futures).blocking.first { _ in true }
      case .group: return try FutureGroup(futures).nextBlocking()
      case .failure:
        let failing = futures[1].failingCopy()
        let done = ConcurrentFutures.waitBlocking([futures[0], failing], until: .firstFailure).done
        return done == [failing] ? futures[1] : nil
      }
    }
  }

  // MARK: Many waits inside one another

  @Test("D6: tasks may wait for tasks of their own pool to any depth that has threads or stack")
  func chain() throws {
    try withThreadExecutor(maxWorkers: 2) { executor in
      let future = try executor.trySubmit { try descend(1200, on: executor) }
      #expect(try future.wait() == 1200)
    }
  }

  @Test("D6: beyond that the wait says so, and the pool goes on", arguments: [0, 3])
  func chainTooLong(standIns: Int) throws {
    let executor = ThreadExecutor(pool: ThreadPool(settings(standIns: standIns)))
    let future = try executor.submitBlocking { try descend(1_000_000, on: executor) }
    #expect(deadlock(of: future) == .outOfThreads(threads: 2 + standIns))
    #expect(try executor.submitBlocking { 1 }.wait() == 1)
    executor.shutdownBlocking()
  }

  @Test("D6: so do waits for the first of several") func setsTooLong() throws {
    let executor = ThreadExecutor(pool: ThreadPool(settings(standIns: 3)))
    @Sendable func descend(_ depth: Int) throws -> Int {
      let futures = try (0..<2).map { index in
        try executor.trySubmit { index == 0 ? try descend(depth + 1) : try descend(depth + 2) }
      }
      for future in asCompleted(futures).blocking { return try future.wait() }
      return 0
    }
    let future = try executor.submitBlocking { try descend(0) }
    let failure = deadlock(of: future)
    executor.shutdownBlocking(cancelQueued: true)
    #expect(failure == .outOfThreads(threads: 5))
  }

  @Test("D6: a tree of tasks that wait for their branches gets done by few threads", arguments: [0, 3])
  func tree(standIns: Int) throws {
    let executor = ThreadExecutor(pool: ThreadPool(settings(standIns: standIns)))
    let leaves = try [false, true].map { inOrder in
      let future = try executor.submitBlocking { try countLeaves(depth: 5, inOrder: inOrder, on: executor) }
      return try future.wait()
    }
    #expect(leaves == [1024, 1024])
    executor.shutdownBlocking()
  }

  @Test("D6: many tasks may wait for one that is queued behind them") func manyWait() throws {
    try withThreadExecutor(maxWorkers: 1) { executor in
      let gate = Promise<Int>()
      let waiting = try (0..<200).map { _ in try executor.trySubmit { try gate.future.wait() } }
      let opener = try executor.trySubmit { gate.complete(.success(7)) }
      #expect(try opener.wait())
      #expect(try waiting.allSatisfy { try $0.wait() == 7 })
    }
  }

  @Test("D6: a pool whose system refuses more threads gets on with those that it has")
  func refusedThreads() throws {
    for isLong in [false, true] {
      // One each: threads that are about to end still count with the system.
      let executor = ThreadExecutor(pool: ThreadPool(settings(threads: 3)))
      let future = try executor.submitBlocking { try descend(isLong ? 1_000_000 : 200, on: executor) }
      #expect(deadlock(of: future) == (isLong ? .outOfThreads(threads: 3) : nil))
      #expect(isLong || future.finished.map { try? $0.get() } == 200)
      executor.shutdownBlocking()
    }
  }

  @Test("a pool that gets no thread at all fails its tasks, and whoever waits for room")
  func noThread() async throws {
    var settings = settings(threads: 1)
    (settings.maxWorkers, settings.queueLimit) = (1, 1)
    let executor = ThreadExecutor(pool: ThreadPool(settings))
    let held = try await HeldTask(on: executor)
    let queued = try executor.trySubmit { 1 }
    let submissions = (0..<3).map { _ in Task { try await executor.submit { 2 }.value } }
    while executor.pool.state.withLock({ $0.submissions.count < 3 }) { await Task.yield() }
    executor.abandon(held.future, failing: .executorShutDown)
    let failure = await queued.failure
    #expect(failure?.description.hasPrefix("the executor is broken: cannot start a thread: ") == true)
    for submission in submissions {
      guard case .failure(let error) = await submission.result else { return #expect(Bool(false)) }
      #expect("\(error)" == failure?.description)
    }
    held.gate.open()
    await executor.shutdown()
  }

  // MARK: Full queues

  @Test("B1: a body that submits to its own full pool neither waits for ever nor runs out of stack")
  func nestedSubmitting() throws {
    try withThreadExecutor(maxWorkers: 1, queueLimit: 1) { executor in
      let bottom = Promise<Int>()
      @Sendable func descend(_ depth: Int) throws {
        if depth == 20_000 {
          _ = bottom.complete(.success(depth))
          return
        }
        _ = try executor.submitBlocking {}
        _ = try executor.submitBlocking { try descend(depth + 1) }
      }
      _ = try executor.submitBlocking { try descend(0) }
      #expect(try bottom.future.wait() == 20_000)
    }
  }

  @Test("B1: who waits for room gets it when a stand-in takes the queue") func standInAdmits() async throws {
    try await withThreadExecutor(maxWorkers: 1, queueLimit: 1) { executor in
      let (gate, promise) = (Gate(), Promise<Int>())
      let started = Promise<Void>()
      let holding = try await executor.submit {
        started.complete(.success(()))
        gate.wait()
        return try promise.future.wait()
      }
      try await started.future.value
      let queued = try await executor.submit { 1 }
      let submission = Task { try await executor.submit { 2 } }
      while executor.pool.state.withLock({ $0.submissions.isEmpty }) { await Task.yield() }
      gate.open()
      #expect(try await queued.value == 1)
      #expect(try await submission.value.value == 2)
      promise.complete(.success(3))
      #expect(try await holding.value == 3)
    }
  }

  @Test("B1: two pools whose bodies submit to the other one's full queue hold up neither")
  func crossSubmitting() throws {
    let executors = try (0..<2).map { _ in try ThreadExecutor(maxWorkers: 1, queueLimit: 1) }
    let (both, gate) = (DispatchSemaphore(value: 0), Gate())
    let futures = try (0..<2).map { index in
      try executors[index].submitBlocking {
        both.signal()
        gate.wait()
        return try (0..<4).map { number in try executors[1 - index].submitBlocking { number } }
      }
    }
    for _ in 0..<2 { both.wait() }
    gate.open()
    for future in futures {
      let numbers = try future.wait().map { try $0.wait() }
      #expect(numbers == [0, 1, 2, 3])
    }
    for executor in executors { executor.shutdownBlocking() }
  }

  /// - Parameter threads: how many the system has.
  private func settings(standIns: Int = 1024, threads: Int = .max) -> ThreadPool.Settings {
    let alive = Atomic(0)
    return ThreadPool.Settings(
      name: "futures", maxWorkers: 2, minWorkers: 0, idleTimeout: .seconds(600), queueLimit: 1_000_000,
      initializer: nil, maximumStandIns: standIns,
      startThread: { name, size, mask, body throws(PlatformThread.StartFailure) in
        guard alive.add(1, ordering: .relaxed).newValue <= threads else {
          alive.subtract(1, ordering: .relaxed)
          throw PlatformThread.StartFailure(errorNumber: 11)
        }
        return try PlatformThread.start(name: name, stackSizeBytes: size, blocking: mask) {
          body()
          alive.subtract(1, ordering: .relaxed)
        }
      })
  }
}

private func descend(_ depth: Int, on executor: ThreadExecutor) throws -> Int {
  if depth == 0 { return 0 }
  return try executor.trySubmit { try descend(depth - 1, on: executor) }.wait() + 1
}

/// Each branch has four.
private func countLeaves(depth: Int, inOrder: Bool, on executor: ThreadExecutor) throws -> Int {
  if depth == 0 { return 1 }
  let branches = try (0..<4).map { _ in
    try executor.submitBlocking { try countLeaves(depth: depth - 1, inOrder: inOrder, on: executor) }
  }
  if inOrder { return try branches.reduce(0) { try $0 + $1.wait() } }
  return try asCompleted(branches).blocking.reduce(0) { try $0 + $1.wait() }
}

extension Future where Value == String {
  /// Fails when this one is done.
  fileprivate func failingCopy() -> Future {
    let promise = Promise<String>()
    onCompletion { _ in promise.complete(.failure(.executorShutDown)) }
    return promise.future
  }
}
