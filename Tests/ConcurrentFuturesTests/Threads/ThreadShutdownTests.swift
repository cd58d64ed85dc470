import Synchronization
import Testing

@testable import ConcurrentFutures

/// Rows F1 to F7 of docs/conformance.md.
@Suite struct ThreadShutdownTests {
  @Test("F1: after a shutdown every way to submit throws")
  func submitAfter() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    await executor.shutdown()
    #expect(throws: SubmitError.shutDown) { try executor.trySubmit { 1 } }
    await #expect(throws: SubmitError.shutDown) { try await executor.submit { 1 } }
    await #expect(throws: SubmitError.shutDown) { try await executor.submit { _ in 1 } }
  }

  @Test("F2: shutdown returns when all is done, from several tasks and again and again")
  func repeatable() async throws {
    let executor = try ThreadExecutor(maxWorkers: 2)
    var futures: [Future<Int>] = []
    for number in 0..<50 { futures.append(try await executor.submit { number }) }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { await executor.shutdown() } }
    }
    await executor.shutdown()
    #expect(futures.allSatisfy { $0.state == .succeeded })
    #expect(executor.snapshot().workers == 0)
  }

  @Test("F3: beginShutdown returns at once, the work goes on, and its end can be awaited")
  func begin() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    let held = try await HeldTask(on: executor, value: 1)
    let queued = try await executor.submit { 2 }
    executor.beginShutdown()
    #expect(throws: SubmitError.shutDown) { try executor.trySubmit { 1 } }
    #expect(held.future.state == .running && queued.state == .queued)
    held.gate.open()
    await executor.shutdown()
    #expect(try await queued.value == 2)
  }

  @Test("F3: a submit that waits for room is turned away by a shutdown")
  func waitingSubmit() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1, queueLimit: 1)
    let held = try await HeldTask(on: executor)
    _ = try executor.trySubmit { 1 }
    let waiting = Task { try await executor.submit { 2 } }
    while executor.pool.state.withLock({ $0.submissions.isEmpty }) { await Task.yield() }
    executor.beginShutdown()
    await #expect(throws: SubmitError.shutDown) { try await waiting.value }
    held.gate.open()
    await executor.shutdown()
  }

  @Test("F4: cancelQueued cancels what has not started and lets the running end")
  func cancelQueued() async throws {
    let executor = try ThreadExecutor(maxWorkers: 5)
    var held: [HeldTask] = []
    for _ in 0..<5 { held.append(try await HeldTask(on: executor)) }
    var queued: [Future<Int>] = []
    for number in 0..<45 { queued.append(try await executor.submit { number }) }
    executor.beginShutdown(cancelQueued: true)
    #expect(queued.allSatisfy { $0.state == .cancelled })
    for task in held { task.gate.open() }
    await executor.shutdown(cancelQueued: true)
    #expect(held.allSatisfy { $0.future.state == .succeeded })
    guard case .cancelled(.shutdown)? = await queued[0].failure else {
      Issue.record("\(queued[0])")
      return
    }
  }

  @Test("F5: cancelling just before a shutdown does not hang it")
  func cancelThenShutdown() async throws {
    for _ in 0..<100 {
      let executor = try ThreadExecutor(maxWorkers: 2)
      var futures: [Future<Int>] = []
      for number in 0..<8 { futures.append(try await executor.submit { number }) }
      for future in futures { future.cancel() }
      await executor.shutdown()
      #expect(futures.allSatisfy { $0.isDone })
    }
  }

  @Test("F6: leaving the scope by an error cancels what is queued; leaving it normally does not")
  func scope() async throws {
    let log = Log<Future<Int>>()
    let gate = Gate()
    await #expect(throws: Oops.self) {
      try await withThreadExecutor(maxWorkers: 1) { executor in
        let held = try await HeldTask(on: executor)
        log.add(try await executor.submit { 1 })
        log.add(held.future)
        log.all[0].onCompletion { _ in held.gate.open() }
        throw Oops()
      }
    }
    guard case .cancelled(.scopeFailed)? = await log.all[0].failure else {
      Issue.record("\(log.all[0])")
      return
    }
    #expect(log.all[1].state == .succeeded)
    gate.open()
    let future = try await withThreadExecutor(maxWorkers: 1) { try await $0.submit { 1 } }
    #expect(future.state == .succeeded)
  }

  @Test("F7: a shutdown with a deadline returns what still runs, and asks it to stop")
  func deadline() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    let held = try await HeldTask(on: executor)
    let queued = try await executor.submit { 1 }
    #expect(await executor.shutdown(deadline: .milliseconds(10)) == [held.future.erased])
    #expect(queued.state == .cancelled)
    held.gate.open()
    #expect(await executor.shutdown(deadline: .seconds(600)).isEmpty)

    let polite = try ThreadExecutor(maxWorkers: 1)
    let started = Promise<Void>()
    let future = try await polite.submit { token in
      started.complete(.success(()))
      return token.wait(for: .seconds(600))
    }
    try await started.future.value
    await polite.shutdown(deadline: .zero)
    #expect(try await future.value)
    await polite.shutdown()
  }

  @Test("F7: a shutdown in time returns nothing")
  func inTime() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    _ = try await executor.submit { 1 }
    #expect(await executor.shutdown(deadline: .seconds(600)).isEmpty)
    #expect(executor.snapshot().workers == 0)
  }
}
