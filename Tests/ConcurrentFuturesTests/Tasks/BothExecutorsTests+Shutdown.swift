import ConcurrentFutures
import Foundation
import SampleTasks
import TestSupport
import Testing

/// Rows D9 and F1 to F10: the end of an executor.
extension BothExecutorsTests {
  @Test("F1: after a shutdown every way to submit throws", arguments: Kind.allCases)
  func submitAfter(kind: Kind) async throws {
    let executor = try TestedExecutor(kind)
    await executor.shutdown()
    let folder = TemporaryFolder()
    let input = Sample.Input.mark(file: folder["mark"])
    #expect(throws: SubmitError.shutDown) { try executor.trySubmit(input) }
    await #expect(throws: SubmitError.shutDown) { try await executor.submit(input) }
    let threads = try ThreadExecutor(maxWorkers: 1)
    let blocking = try await threads.submit { () throws -> SubmitError? in
      do throws(SubmitError) {
        _ = try executor.submitBlocking(input)
        return nil
      } catch {
        return error
      }
    }
    #expect(try await blocking.value == .shutDown)
    await threads.shutdown()
    #expect(folder.names == [])
  }

  @Test(
    "F2: a shutdown returns when everything submitted before is done and no worker is left, from several tasks and again",
    arguments: Kind.allCases)
  func shutdown(kind: Kind) async throws {
    let executor = try TestedExecutor(kind, maxWorkers: 2)
    _ = try await executor.submit(.number(0)).value
    let pids = executor.pids
    #expect(pids.count == (kind == .threads ? 0 : 1))
    let futures = try (0..<50).map { try executor.trySubmit(.number($0)) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          await executor.shutdown()
          return futures.allSatisfy { $0.state == .succeeded } && executor.workers == 0
        }
      }
      for await isOver in group { #expect(isOver) }
    }
    await executor.shutdown()
    for (number, future) in futures.enumerated() { #expect(try future.finished?.get() == number) }
    // Reaped as well: a zombie would still have its pid.
    for pid in pids { #expect(kill(pid_t(pid), 0) != 0) }
  }

  @Test(
    "F3: beginShutdown returns at once, the work goes on, and its end can be awaited",
    arguments: Kind.allCases)
  func begin(kind: Kind) async throws {
    try await TestedExecutor.with(kind, queueLimit: 1) { executor in
      let held = try await HeldSample(on: executor, number: 1)
      let queued = try await executor.submit(.number(2))
      let swift = ManualExecutor()
      let waiting = Task(executorPreference: swift) { try await executor.submit(.number(3)) }
      swift.runAll()
      executor.beginShutdown()
      swift.letGo()
      await #expect(throws: SubmitError.shutDown) { try await waiting.value }
      #expect(throws: SubmitError.shutDown) { try executor.trySubmit(.number(1)) }
      #expect(held.future.state == .running && queued.state == .queued)
      try await held.release()
      await executor.shutdown()
      #expect(try held.future.finished?.get() == 1)
      #expect(try queued.finished?.get() == 2)
    }
  }

  @Test("F4: a shutdown may cancel what is queued, and lets the running end", arguments: Kind.allCases)
  func cancellingShutdown(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 5) { executor in
      var held: [HeldSample] = []
      for number in 0..<5 { held.append(try await HeldSample(on: executor, number: number)) }
      let queued = try (0..<45).map { try executor.trySubmit(.number($0)) }
      executor.beginShutdown(cancelQueued: true)
      for future in queued {
        guard case .cancelled(.shutdown)? = await future.failure else { return wrong(future) }
      }
      #expect(held.allSatisfy { $0.future.state == .running })
      for sample in held { try await sample.release() }
      await executor.shutdown(cancelQueued: true)
      for (number, sample) in held.enumerated() { #expect(try sample.future.finished?.get() == number) }
    }
  }

  @Test("F5: cancelling just before a shutdown does not hang it", arguments: Kind.allCases)
  func cancelThenShutdown(kind: Kind) async throws {
    for round in 0..<20 {
      let executor = try TestedExecutor(kind, maxWorkers: 2)
      let futures = try (0..<8).map { try executor.trySubmit(.number($0)) }
      if round % 2 == 0 { _ = await futures[0].outcome }
      for future in futures { future.cancel() }
      await executor.shutdown()
      #expect(futures.allSatisfy { $0.isDone })
    }
  }

  @Test(
    "F6: leaving the scope by an error cancels what is queued; leaving it normally does not",
    arguments: Kind.allCases)
  func scope(kind: Kind) async throws {
    await #expect(throws: Oops.self) {
      try await TestedExecutor.with(kind) { executor in
        let held = try await HeldSample(on: executor)
        let queued = try (0..<50).map { try executor.trySubmit(.number($0)) }
        // The running one can end only when the queued ones have: so nothing queued was run.
        Task {
          for future in queued {
            guard case .cancelled(.scopeFailed)? = await future.failure else {
              wrong(future)
              continue
            }
          }
          try await held.release()
        }
        throw Oops()
      }
    }
    var futures: [Future<Int>] = []
    try await TestedExecutor.with(kind) { executor in
      futures = try (0..<20).map { try executor.trySubmit(.number($0)) }
    }
    #expect(futures.allSatisfy { $0.state == .succeeded })
  }

  @Test(
    "F7: when the time of a shutdown is over, what is queued is cancelled and what runs is asked to stop",
    arguments: Kind.allCases)
  func deadline(kind: Kind) async throws {
    let executor = try TestedExecutor(kind)
    let folder = TemporaryFolder()
    let running = try await executor.submit(.obedient(begun: folder["begun"]))
    try await folder.wait(for: "begun")
    #expect(await eventually { running.state == .running })
    let queued = try executor.trySubmit(.number(1))
    await executor.shutdown(deadline: .milliseconds(10))
    guard case .failure(.cancelled(.shutdown))? = queued.finished else { return wrong(queued) }
    guard case .cancelled(.shutdown)? = await running.failure else { return wrong(running) }
    await executor.shutdown()
    #expect(executor.workers == 0)
  }

  @Test("F7: a shutdown that is in time lets everything be done", arguments: Kind.allCases)
  func inTime(kind: Kind) async throws {
    let executor = try TestedExecutor(kind)
    let futures = try (0..<20).map { try executor.trySubmit(.number($0)) }
    await executor.shutdown(deadline: .seconds(600))
    #expect(futures.allSatisfy { $0.state == .succeeded })
    #expect(executor.workers == 0)
  }

  @Test(
    "D9, F10: dropping an executor cancels what is queued and lets what runs end", arguments: Kind.allCases)
  func dropped(kind: Kind) async throws {
    var executor: TestedExecutor? = try TestedExecutor(kind)
    let held = try await HeldSample(on: #require(executor), number: 3)
    let queued = try (0..<20).map { try #require(executor).trySubmit(.number($0)) }
    executor = nil
    for future in queued {
      guard case .cancelled(.dropped)? = await future.failure else { return wrong(future) }
    }
    try await held.release()
    #expect(try await held.future.value == 3)
  }
}
