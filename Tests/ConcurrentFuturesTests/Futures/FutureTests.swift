import Synchronization
import TestSupport
import Testing

@testable import ConcurrentFutures

/// Rows A1 to A17 of docs/conformance.md.
@Suite(.onOwnThread) struct FutureTests {
  @Test("A1: a future goes from queued over dispatched and running to one final state")
  func states() {
    let promise = Promise<Int>()
    #expect(promise.future.state == .queued)
    #expect(promise.dispatch())
    #expect(promise.future.state == .dispatched)
    #expect(promise.requeue())
    #expect(promise.future.state == .queued)
    #expect(promise.claim())
    #expect(promise.future.state == .running)
    #expect(promise.complete(.success(1)))
    #expect(promise.future.state == .succeeded)
    #expect(!promise.claim() && !promise.dispatch() && !promise.requeue())
  }

  @Test("A1: a cancelled future is final at once for every observer")
  func cancelledIsFinal() async {
    let promise = Promise<Int>()
    #expect(promise.future.cancel())
    #expect(promise.future.state == .cancelled && promise.future.isDone)
    let (done, pending) = await wait([promise.future])
    #expect(done == [promise.future] && pending.isEmpty)
  }

  @Test("A3: a dispatched future is cancellable, and its owner hears of it once")
  func cancelDispatched() {
    let reasons = Log<CancelReason>()
    let promise = Promise<Int>(onCancel: { reasons.add($0) })
    #expect(promise.dispatch())
    #expect(promise.future.cancel())
    #expect(promise.future.cancel())
    #expect(reasons.all == [.requested])
    #expect(!promise.claim())
  }

  @Test("A4: done means succeeded, failed or cancelled", arguments: FutureState.allCases)
  func done(state: FutureState) {
    let promise = Promise<Int>()
    switch state {
    case .queued: break
    case .dispatched: _ = promise.dispatch()
    case .running: _ = promise.claim()
    case .succeeded: promise.complete(.success(1))
    case .failed: promise.complete(.failure(.timedOut(after: .seconds(1))))
    case .cancelled: promise.future.cancel()
    }
    #expect(promise.future.state == state)
    #expect(promise.future.isDone == [.succeeded, .failed, .cancelled].contains(state))
  }

  @Test(
    "A5: a blocking wait gives the value, throws the failure, or throws WaitTimeout and leaves the task alone"
  )
  func blockingWait() throws {
    let promise = Promise<Int>()
    #expect(throws: WaitTimeout(timeout: .zero)) { try promise.future.wait(timeout: .zero) }
    #expect(throws: WaitTimeout(timeout: .milliseconds(5))) {
      try promise.future.wait(timeout: .milliseconds(5))
    }
    #expect(promise.future.state == .queued)
    promise.complete(.success(7))
    #expect(try promise.future.wait() == 7)
    #expect(try promise.future.wait(timeout: .zero) == 7)
    let failed = Promise<Int>()
    failed.complete(.failure(.executorShutDown))
    #expect(throws: TaskFailure.self) { try failed.future.wait() }
  }

  @Test("A8: callbacks are called once each, in order of registration, also when the future is done")
  func callbacks() async {
    let promise = Promise<Int>()
    let log = Log<Int>()
    let last = Promise<Void>()
    for number in 0..<50 { promise.future.onCompletion { _ in log.add(number) } }
    promise.complete(.success(1))
    for number in 50..<100 { promise.future.onCompletion { _ in log.add(number) } }
    promise.future.onCompletion { _ in last.complete(.success(())) }
    _ = await last.future.outcome
    #expect(log.all == Array(0..<100))
  }

  @Test("A11: only one claim succeeds, and none after a cancellation")
  func claim() {
    let promise = Promise<Int>()
    #expect(promise.claim())
    #expect(!promise.claim())
    let cancelled = Promise<Int>()
    cancelled.future.cancel()
    #expect(!cancelled.claim())
  }

  @Test("A12: the first completion wins")
  func firstCompletion() async throws {
    let promise = Promise<Int>()
    #expect(promise.complete(.success(1)))
    #expect(!promise.complete(.success(2)))
    #expect(!promise.complete(.failure(.executorShutDown)))
    #expect(!promise.future.cancel())
    #expect(try await promise.future.value == 1)
  }

  @Test("A12: a promise that is dropped cancels its future")
  func droppedPromise() async {
    let future = Promise<Int>().future
    guard case .cancelled(.dropped)? = await future.failure else {
      Issue.record("\(future)")
      return
    }
  }

  @Test("A13: the description tells type, state and failure")
  func description() {
    let promise = Promise<Int>()
    #expect("\(promise.future)" == "Future<Int> queued")
    promise.complete(.failure(.timedOut(after: .seconds(2))))
    #expect("\(promise.future)" == "Future<Int> failed: timed out after 2.0 seconds")
    #expect("\(promise.future.erased)" == "\(promise.future)")
  }

  @Test("A14: the outcome can be read without waiting")
  func finished() throws {
    let promise = Promise<Int>()
    #expect(promise.future.finished == nil)
    promise.complete(.success(3))
    #expect(try promise.future.finished?.get() == 3)
  }

  @Test("A16: futures are equal by identity, and sets may mix types and executors")
  func identity() async throws {
    let (first, second) = (Promise<Int>(), Promise<String>())
    let set: Set<AnyFuture> = [first.future.erased, second.future.erased, first.future.erased]
    #expect(set.count == 2)
    second.complete(.success("x"))
    let (done, pending) = await wait(
      [first.future.erased, second.future.erased], until: .firstCompleted)
    #expect(done == [second.future.erased] && pending == [first.future.erased])
  }

  @Test("A17: cancelling the Swift task that awaits ends the wait at once and leaves the work alone")
  func cancelledAwait() async throws {
    let promise = Promise<Int>()
    let waiting = Task { await promise.future.outcome }
    waiting.cancel()
    guard case .failure(.cancelled(.waitCancelled)) = await waiting.value else {
      Issue.record("not cancelled")
      return
    }
    #expect(promise.future.state == .queued)
    promise.complete(.success(5))
    #expect(try await promise.future.value == 5)
  }

  @Test("A17: valueCancellingOnCancel takes the work with it")
  func cancellingAwait() async {
    let promise = Promise<Int>()
    let waiting = Task { try await promise.future.valueCancellingOnCancel }
    waiting.cancel()
    _ = await waiting.result
    #expect(promise.future.state == .cancelled)
  }

  @Test(
    "failures say in words what happened",
    arguments: [
      (
        TaskFailure.remote(RemoteError(typeName: "ValueError", message: "no good: 7", pid: 3)),
        "ValueError: no good: 7"
      ),
      (.remote(RemoteError(typeName: "E", message: "", pid: 3)), "E"),
      (.workerLost(WorkerDeath(.exited(code: 3), pid: 17), attempt: 1), "worker 17 exited with status 3"),
      (
        .workerLost(WorkerDeath(.signalled(number: 9, coreDumped: false), pid: 17), attempt: 2),
        "worker 17 was killed by signal 9 (SIGKILL), in attempt 2"
      ),
      (.limitExceeded(.memory(limitBytes: 4096)), "used more than 4096 bytes of memory"),
      (.cancelled(.other("fail-fast")), "cancelled: fail-fast"),
      (.thrown(Oops()), "oops"),
    ])
  func words(failure: TaskFailure, text: String) {
    #expect(failure.description == text)
  }
}
