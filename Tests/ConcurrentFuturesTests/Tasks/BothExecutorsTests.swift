import ConcurrentFutures
import SampleTasks
import TestSupport
import Testing

/// What both executors promise, tested on both: every row of docs/conformance.md that is about both.
@Suite(.onOwnThread, .timeLimit(.minutes(20))) struct BothExecutorsTests {
  typealias Kind = TestedExecutor.Kind

  @Test("A1: a task is queued, runs and ends, and a cancelled one is final at once", arguments: Kind.allCases)
  func states(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor, number: 3)
      let queued = try await executor.submit(.number(1))
      let cancelled = try await executor.submit(.number(2))
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
      let folder = TemporaryFolder()
      let queued = try await executor.submit(.mark(file: folder["mark"]))
      #expect(queued.cancel())
      #expect(queued.cancel())
      guard case .cancelled(.requested)? = await queued.failure else { return wrong(queued) }
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
      let folder = TemporaryFolder()
      let future = try await executor.submit(.obedient(begun: folder["begun"]))
      try await folder.wait(for: "begun")
      #expect(await eventually { future.state == .running })
      #expect(future.requestStop(.other("enough")))
      guard case .cancelled(.other("enough"))? = await future.failure else { return wrong(future) }
      #expect(future.state == .cancelled)
      #expect(!future.requestStop())
    }
  }

  @Test(
    "A4, A14: a future is done when it succeeded, failed or was cancelled, and then has its outcome at hand",
    arguments: Kind.allCases)
  func done(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor, number: 3)
      let failing = try executor.trySubmit(.fail("no"))
      let cancelled = try executor.trySubmit(.number(1))
      cancelled.cancel()
      #expect([held.future, failing, cancelled].map(\.isDone) == [false, false, true])
      #expect(held.future.finished == nil && failing.finished == nil && cancelled.finished != nil)
      try await held.release()
      #expect(held.future.isDone)
      #expect(try held.future.finished?.get() == 3)
      _ = await failing.outcome
      #expect(failing.isDone)
      #expect(throws: TaskFailure.self) { try failing.finished?.get() }
    }
  }

  @Test(
    "A5: a blocking wait gives the value, throws the failure, or throws WaitTimeout and leaves the task alone",
    arguments: Kind.allCases)
  func blockingWait(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor, number: 3)
      for timeout in [Duration.zero, .milliseconds(5)] {
        #expect(throws: WaitTimeout(timeout: timeout)) { try held.future.waited(timeout) }
      }
      #expect(held.future.state == .running)
      try await held.release()
      #expect(try held.future.waited() == 3)
      #expect(try held.future.waited(.zero) == 3)
      let failing = try executor.trySubmit(.fail("no"))
      #expect(throws: TaskFailure.self) { try failing.waited() }
    }
  }

  @Test(
    "A6: a task that throws WaitTimeout fails with it, and never looks like an expired wait",
    arguments: Kind.allCases)
  func taskThrowsWaitTimeout(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let future = try executor.trySubmit(.failAsWait)
      let error = #expect(throws: TaskFailure.self) { try future.waited(.seconds(600)) }
      switch (kind, error) {
      case (.threads, .thrown(let error)?):
        #expect(error as? WaitTimeout == WaitTimeout(timeout: .seconds(9)))
      case (.processes, .remote(let error)?): #expect(error.typeName == "WaitTimeout")
      default: wrong(future)
      }
    }
  }

  @Test("A7, A15: outcome gives the error, also one without a description", arguments: Kind.allCases)
  func outcome(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      #expect(try await executor.submit(.number(1)).outcome.get() == 1)
      let future = try await executor.submit(.fail("no"))
      guard case .failure(.thrown(let error)) = await future.outcome else { return wrong(future) }
      #expect(error as? SampleError == SampleError(text: "no"))
      #expect(future.state == .failed)
      let silent = try await executor.submit(.failPlainly(""))
      #expect(await silent.failure?.description == "PlainError")
      #expect(silent.state == .failed)
    }
  }

  @Test(
    "A8: callbacks are called once each, in order of registration, also when the future is done",
    arguments: Kind.allCases)
  func callbacks(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor)
      let (log, last) = (Log<Int>(), Promise<Void>())
      for number in 0..<50 { held.future.onCompletion { _ in log.add(number) } }
      try await held.release()
      for number in 50..<100 { held.future.onCompletion { _ in log.add(number) } }
      held.future.onCompletion { _ in last.complete(.success(())) }
      _ = await last.future.outcome
      #expect(log.all == Array(0..<100))
    }
  }

  @Test(
    "A9, A10: a callback runs on a thread of its own, and while it blocks tasks go on",
    arguments: Kind.allCases)
  func slowCallback(kind: Kind) async throws {
    try await TestedExecutor.with(kind, maxWorkers: 2) { executor in
      let (gate, entered) = (Gate(), Promise<String>())
      try await executor.submit(.number(0)).onCompletion { _ in
        entered.complete(.success(currentThreadName()))
        gate.wait()
      }
      #expect(try await entered.future.value == "cf-callbacks")
      for number in 0..<20 { #expect(try await executor.submit(.number(number)).value == number) }
      gate.open()
    }
  }

  @Test("A16: futures of both executors mix, and are equal by identity", arguments: Kind.allCases)
  func mixing(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { one in
      try await TestedExecutor.with(kind.other) { other in
        let held = try await HeldSample(on: one)
        let done = try await other.submit(.number(2))
        let set: Set<Future<Int>> = [held.future, done, held.future]
        #expect(set.count == 2)
        let first = await wait([held.future, done], until: .firstCompleted)
        #expect(first.done == [done] && first.pending == [held.future])
        try await held.release()
        var order: [Future<Int>] = []
        for await future in asCompleted([held.future, done]) { order.append(future) }
        #expect(order == [done, held.future])
      }
    }
  }

  @Test(
    "A17: cancelling the Swift task that awaits ends the wait at once; the work goes on unless it is to end too",
    arguments: Kind.allCases)
  func cancelledAwait(kind: Kind) async throws {
    try await TestedExecutor.with(kind) { executor in
      let held = try await HeldSample(on: executor, number: 5)
      let waiting = Task { await held.future.outcome }
      waiting.cancel()
      guard case .failure(.cancelled(.waitCancelled)) = await waiting.value else { return wrong(held.future) }
      #expect(held.future.state == .running)
      let queued = try executor.trySubmit(.number(1))
      let taking = Task { try await queued.valueCancellingOnCancel }
      taking.cancel()
      _ = await taking.result
      #expect(queued.state == .cancelled)
      try await held.release()
      #expect(try await held.future.value == 5)
    }
  }
}

extension Future {
  /// ``wait(timeout:)`` in async code: the tests that call it have a thread of their own.
  func waited(_ timeout: Duration? = nil) throws -> Value { try wait(timeout: timeout) }
}
