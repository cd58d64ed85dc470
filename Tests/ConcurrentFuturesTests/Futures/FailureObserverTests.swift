import Testing

@testable import ConcurrentFutures

/// Who hears at once that a future has no value.
@Suite struct FailureObserverTests {
  @Test(
    "a failure is told on the thread that ends the future, before that goes on", arguments: [false, true])
  func failure(isCancelled: Bool) {
    let (promise, heard) = (Promise<Int>(), Log<String>())
    promise.future.onFailure { heard.add("\($0)") }
    #expect(heard.all == [])
    if isCancelled {
      promise.future.cancel()
      #expect(heard.all == ["cancelled"])
    } else {
      promise.complete(.failure(.executorBroken("no thread")))
      #expect(heard.all == ["the executor is broken: no thread"])
    }
    promise.complete(.failure(.executorShutDown))
    #expect(heard.all.count == 1)
  }

  @Test("a future that has failed tells so at once") func late() {
    let (promise, heard) = (Promise<Int>(), Log<String>())
    promise.complete(.failure(.executorShutDown))
    promise.future.onFailure { heard.add("\($0)") }
    #expect(heard.all == ["the executor is shut down"])
  }

  @Test("a value is no failure, and keeps nobody") func value() {
    let (promise, heard) = (Promise<Int>(), Log<String>())
    weak var kept: Promise<Int>?
    do {
      let probe = Promise<Int>()
      kept = probe
      promise.future.onFailure { _ in heard.add("\(probe.future)") }
    }
    #expect(kept != nil)
    promise.complete(.success(1))
    #expect(kept == nil)
    promise.future.onFailure { heard.add("\($0)") }
    #expect(heard.all == [])
  }
}
