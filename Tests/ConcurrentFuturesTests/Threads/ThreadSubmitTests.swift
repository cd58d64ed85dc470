import Testing

@testable import ConcurrentFutures

/// Rows B1, B2, B13, B14 and D1 to D9 of docs/conformance.md.
@Suite struct ThreadSubmitTests {
  @Test("B1: trySubmit throws when the queue is full, submit waits for room")
  func backpressure() async throws {
    try await withThreadExecutor(maxWorkers: 1, queueLimit: 2) { executor in
      let held = try await HeldTask(on: executor)
      let queued = [try executor.trySubmit { 1 }, try executor.trySubmit { 2 }]
      #expect(throws: SubmitError.queueFull(limit: 2)) { try executor.trySubmit { 3 } }
      let waiting = Task { try await executor.submit { 4 } }
      held.gate.open()
      #expect(try await waiting.value.value == 4)
      #expect(try await queued[0].value == 1)
      #expect(try await queued[1].value == 2)
    }
  }

  @Test("B1: a cancelled submit takes no room")
  func cancelledSubmit() async throws {
    try await withThreadExecutor(maxWorkers: 1, queueLimit: 1) { executor in
      let held = try await HeldTask(on: executor)
      let queued = try executor.trySubmit { 1 }
      let ran = Log<Int>()
      let waiting = Task { try await executor.submit { ran.add(1) } }
      waiting.cancel()
      await #expect(throws: SubmitError.waitCancelled) { try await waiting.value }
      held.gate.open()
      #expect(try await queued.value == 1)
      try await executor.submit {}.value
      #expect(ran.all.isEmpty)
    }
  }

  @Test("B1: cancelling a queued task makes room for one that waits")
  func cancellingMakesRoom() async throws {
    try await withThreadExecutor(maxWorkers: 1, queueLimit: 1) { executor in
      let held = try await HeldTask(on: executor)
      let queued = try executor.trySubmit { 1 }
      let waiting = Task { try await executor.submit { 2 } }
      #expect(queued.cancel())
      let future = try await waiting.value
      #expect(executor.snapshot().queued == 1)
      held.gate.open()
      #expect(try await future.value == 2)
    }
  }

  @Test("B1: submitBlocking inside of a body of a full executor does not hang")
  func blockingSubmitInside() throws {
    try withThreadExecutor(maxWorkers: 1, queueLimit: 1) { executor in
      let sum = try executor.trySubmit {
        try (0..<20).map { number in try executor.submitBlocking { number } }.reduce(0) { try $0 + $1.wait() }
      }
      #expect(try sum.wait() == 190)
    }
  }

  @Test("B2: bodies start in the order they were submitted")
  func firstInFirstOut() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let held = try await HeldTask(on: executor)
      let log = Log<Int>()
      var futures: [Future<Void>] = []
      for number in 0..<100 { futures.append(try await executor.submit { log.add(number) }) }
      for number in stride(from: 1, to: 100, by: 2) { futures[number].cancel() }
      held.gate.open()
      _ = await wait(futures)
      #expect(log.all == Array(stride(from: 0, to: 100, by: 2)))
    }
  }

  @Test("B13: what a body captured dies when it has run, and when it is cancelled", arguments: [true, false])
  func closuresDie(cancels: Bool) async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let died = Promise<Void>()
      let held = try await HeldTask(on: executor)
      let future = try await submit(Probe(died), to: executor)
      if cancels { #expect(future.cancel()) }
      held.gate.open()
      // Neither the future, which is kept, nor the idle thread keeps it alive: this would never return.
      try await died.future.value
      #expect(future.isDone)
    }
  }

  private func submit(_ probe: Probe, to executor: ThreadExecutor) async throws -> Future<Void> {
    try await executor.submit { probe.touch() }
  }

  @Test("B13: a task that is turned away leaves nothing behind")
  func rejectedClosuresDie() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    await executor.shutdown()
    let died = Promise<Void>()
    _ = try? await submit(Probe(died), to: executor)
    try await died.future.value
  }

  @Test(
    "B14: settings that nothing can work with are refused",
    arguments: [
      (0, 0, 0, 1, "'maxWorkers' cannot be '0'; accepted is 1...32767"),
      (-3, 0, 0, 1, "'maxWorkers' cannot be '-3'; accepted is 1...32767"),
      (2, 3, 0, 1, "'minWorkers' cannot be '3'; accepted is 0...2"),
      (2, 0, -1, 1, "'idleTimeout' cannot be '-1.0 seconds'; accepted is 0 seconds or more"),
      (2, 0, 0, 0, "'queueLimit' cannot be '0'; accepted is 1 or more"),
    ])
  func configuration(workers: Int, minimum: Int, idle: Int, limit: Int, text: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try ThreadExecutor(
        maxWorkers: workers, minWorkers: minimum, idleTimeout: .seconds(idle), queueLimit: limit)
    }
    #expect(error?.description == text)
  }

  @Test("D1: by default there are as many workers as Python has")
  func defaultWorkers() throws {
    #expect(try ThreadExecutor().maxWorkers == min(32, ProcessorCount.available + 4))
  }

  @Test("D2: one thread serves tasks that come one after another, three serve three at once")
  func onDemand() async throws {
    // No worker may leave while a slow machine gets round to looking at it.
    try await withThreadExecutor(maxWorkers: 8, idleTimeout: .seconds(600)) { executor in
      #expect(executor.snapshot().workers == 0)
      // Blocks until the worker is idle again, which is a moment after the future is done.
      for _ in 0..<5 {
        try await executor.submit {}.value
        while executor.snapshot().idle == 0 { await Task.yield() }
      }
      #expect(executor.snapshot().workers == 1)
      var held: [HeldTask] = []
      for number in 0..<3 { held.append(try await HeldTask(on: executor, value: number)) }
      #expect(executor.snapshot().workers == 3)
      #expect(executor.snapshot().running == 3)
      for task in held { task.gate.open() }
      for (number, task) in held.enumerated() {
        let value = try await task.future.value
        #expect(value == number)
      }
      #expect(executor.snapshot().peak == 3)
    }
  }

  @Test("D2: idle threads leave, and a task submitted at that very moment is not lost")
  func idleTimeout() async throws {
    try await withThreadExecutor(maxWorkers: 2, idleTimeout: .microseconds(200)) { executor in
      for number in 0..<300 {
        let value = try await executor.submit { number }.value
        #expect(value == number)
      }
      while executor.snapshot().workers > 0 { await Task.yield() }
    }
    try await withThreadExecutor(maxWorkers: 3, minWorkers: 1, idleTimeout: .zero) { executor in
      let held = [try await HeldTask(on: executor), try await HeldTask(on: executor)]
      for task in held { task.gate.open() }
      while executor.snapshot().workers > 1 { await Task.yield() }
      let value = try await executor.submit { 1 }.value
      #expect(value == 1)
    }
  }

  @Test(
    "D3: threads are called after the executor, in at most 15 bytes of whole characters",
    arguments: [("pool", "pool-0"), ("a-rather-long-name", "a-rather-long-n"), ("ääääääää", "äääääää")])
  func names(name: String, expected: String) async throws {
    try await withThreadExecutor(maxWorkers: 1, name: name) { executor in
      let shown = try await executor.submit { currentThreadName() }.value
      #expect(shown == expected)
    }
  }

  @Test("D4: the initializer runs once on each thread before its first task")
  func initializer() async throws {
    let calls = Log<Int>()
    let initializer: @Sendable () -> Void = { calls.add(PoolWorker.current?.number ?? -1) }
    try await withThreadExecutor(maxWorkers: 3, initializer: initializer) { executor in
      var held: [HeldTask] = []
      for _ in 0..<3 { held.append(try await HeldTask(on: executor)) }
      #expect(calls.all.sorted() == [0, 1, 2])
      for task in held { task.gate.open() }
      for _ in 0..<20 { try await executor.submit {}.value }
      #expect(calls.all.count == 3)
    }
  }

  @Test("D4: an initializer that throws breaks the executor: queued tasks fail, submitting throws")
  func failingInitializer() async throws {
    let gate = Gate()
    let executor = try ThreadExecutor(
      maxWorkers: 1,
      initializer: {
        gate.wait()
        throw Oops()
      })
    var futures: [Future<Int>] = []
    for number in 0..<5 { futures.append(try await executor.submit { number }) }
    gate.open()
    for future in futures {
      #expect(await future.failure?.description == "the executor is broken: its initializer failed: oops")
    }
    #expect(throws: SubmitError.broken("its initializer failed: oops")) { try executor.trySubmit { 1 } }
    await executor.shutdown()
    #expect(executor.snapshot().workers == 0)
  }

  @Test("D5: any error stays in its future, and the thread lives on")
  func errorsStay() async throws {
    try await withThreadExecutor(maxWorkers: 1, idleTimeout: .seconds(600)) { executor in
      var futures: [Future<Int>] = []
      for number in 0..<100 {
        futures.append(try await executor.submit { if number == 37 { throw Oops() } else { number } })
      }
      for (number, future) in futures.enumerated() {
        #expect(await (future.failure == nil) == (number != 37))
      }
      #expect(executor.snapshot().workers == 1)
    }
  }

  @Test("D9: dropping an executor cancels what is queued and lets the running body end")
  func dropping() async throws {
    var executor: ThreadExecutor? = try ThreadExecutor(maxWorkers: 1)
    let held = try await HeldTask(on: #require(executor), value: 3)
    let queued = try await #require(executor).submit { 1 }
    executor = nil
    guard case .cancelled(.dropped)? = await queued.failure else {
      Issue.record("\(queued)")
      return
    }
    held.gate.open()
    #expect(try await held.future.value == 3)
  }

  @Test("a body that is abandoned fails its future now, and another thread takes its place")
  func abandon() async throws {
    let executor = try ThreadExecutor(maxWorkers: 1)
    let held = try await HeldTask(on: executor)
    let next = try await executor.submit { 2 }
    #expect(executor.abandon(held.future, failing: .timedOut(after: .seconds(1))))
    #expect(await held.future.failure?.description == "timed out after 1.0 seconds")
    #expect(try await next.value == 2)
    #expect(executor.snapshot().abandoned == 1)
    #expect(!executor.abandon(held.future, failing: .executorShutDown))
    await executor.shutdown()
    #expect(executor.snapshot().workers == 0)
    held.gate.open()
    while executor.snapshot().abandoned > 0 { await Task.yield() }
  }

  @Test("threads leave the signals of the program to the program")
  func signalMask() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let blocked = try await executor.submit { blockedSignals([2, 15, 17, 11]) }.value
      #expect(blocked == [2, 15, 17])
    }
  }

  @Test("bodies that block hold up no Swift task, however many there are") func cooperativePool() async throws
  {
    try await withThreadExecutor(maxWorkers: 32) { executor in
      var held: [HeldTask] = []
      for number in 0..<32 { held.append(try await HeldTask(on: executor, value: number)) }
      // Unrelated work gets done on Swift's own threads while all 32 wait.
      let sum = await withTaskGroup(of: Int.self) { group in
        for number in 0..<100 {
          group.addTask {
            await Task.yield()
            return number
          }
        }
        return await group.reduce(0, +)
      }
      #expect(sum == 4950)
      #expect(executor.snapshot().running == 32)
      for task in held { task.gate.open() }
      for (number, task) in held.enumerated() { #expect(try await task.future.value == number) }
    }
  }
}
