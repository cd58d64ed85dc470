import Testing

@testable import ConcurrentFutures

@Suite struct CancellationTokenTests {
  @Test("a token is cancelled once and for good, and keeps the first reason")
  func once() {
    let token = CancellationToken()
    #expect(!token.isCancelled && token.reason == nil)
    token.cancel(.other("first"))
    token.cancel(.shutdown)
    #expect(token.isCancelled && token.reason == .other("first"))
  }

  @Test("a wait ends when the time is over, or when the token is cancelled")
  func waiting() throws {
    let token = CancellationToken()
    #expect(!token.wait(for: .milliseconds(1)))
    try withThreadExecutor(maxWorkers: 1) { executor in
      let future = try executor.trySubmit { token.wait(for: .seconds(600)) }
      token.cancel()
      #expect(try future.wait())
    }
    #expect(token.wait(for: .seconds(600)))
  }

  @Test("a handler is called once: by the one who cancels, or at once if that has happened")
  func handlers() {
    let token = CancellationToken()
    let log = Log<String>()
    token.onCancel { log.add("before") }
    #expect(log.all.isEmpty)
    token.cancel()
    #expect(log.all == ["before"])
    token.onCancel { log.add("after") }
    token.cancel()
    #expect(log.all == ["before", "after"])
  }

  @Test("no handler is called once the body has returned")
  func finished() {
    let token = CancellationToken()
    let log = Log<Int>()
    token.onCancel { log.add(1) }
    token.finish()
    token.cancel()
    token.onCancel { log.add(2) }
    #expect(log.all.isEmpty)
  }

  @Test("a body does not return while a handler of it is being called")
  func finishWaits() async throws {
    try await withThreadExecutor(maxWorkers: 2) { executor in
      let (entered, gate, log) = (Promise<Void>(), Gate(), Log<String>())
      let token = CancellationToken()
      token.onCancel {
        entered.complete(.success(()))
        gate.wait()
        log.add("handler")
      }
      let canceller = try await executor.submit { token.cancel() }
      try await entered.future.value
      let body = try await executor.submit {
        token.finish()
        log.add("body")
      }
      gate.open()
      try await body.value
      try await canceller.value
      #expect(log.all == ["handler", "body"])
    }
  }

  @Test("a body may cancel its own token")
  func cancelsItself() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let future = try await executor.submit { token in
        token.onCancel { token.finish() }
        token.cancel()
        return token.isCancelled
      }
      let isCancelled = try await future.value
      #expect(isCancelled)
    }
  }
}
