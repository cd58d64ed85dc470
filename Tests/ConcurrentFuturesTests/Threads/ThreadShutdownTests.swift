import Synchronization
import TestSupport
import Testing

@testable import ConcurrentFutures

/// The end of a thread executor, as far as it is not that of any executor.
@Suite(.onOwnThread) struct ThreadShutdownTests {
  @Test("F4: cancelQueued has cancelled what has not started when beginShutdown returns")
  func cancelQueued() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let held = try await HeldTask(on: executor)
      let queued = try (0..<45).map { number in try executor.trySubmit { number } }
      executor.beginShutdown(cancelQueued: true)
      #expect(queued.allSatisfy { $0.state == .cancelled })
      held.gate.open()
    }
  }

  @Test("F6: leaving the blocking scope by an error cancels what is queued, too")
  func blockingScope() throws {
    let log = Log<Future<Int>>()
    #expect(throws: Oops.self) {
      try withThreadExecutor(maxWorkers: 1) { executor in
        let gate = Gate()
        log.add(
          try executor.trySubmit {
            gate.wait()
            return 1
          })
        log.add(try executor.trySubmit { 2 })
        // The running one can end only when the queued one has.
        log.all[1].onCompletion { _ in gate.open() }
        throw Oops()
      }
    }
    #expect(log.all.map(\.state) == [.succeeded, .cancelled])
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
