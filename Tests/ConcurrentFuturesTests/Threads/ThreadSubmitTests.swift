import Testing

@testable import ConcurrentFutures

/// Rows D1 to D4 of docs/conformance.md, and what is said of threads alone in others.
@Suite struct ThreadSubmitTests {
  @Test("B1: submitBlocking inside of a body of a full executor does not hang")
  func blockingSubmitInside() throws {
    try withThreadExecutor(maxWorkers: 1, queueLimit: 1) { executor in
      let sum = try executor.trySubmit {
        try (0..<20).map { number in try executor.submitBlocking { number } }.reduce(0) { try $0 + $1.wait() }
      }
      #expect(try sum.wait() == 190)
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

  @Test("D2: the thread that became idle last is used first")
  func mostRecentlyIdle() async throws {
    try await withThreadExecutor(maxWorkers: 3, idleTimeout: .seconds(600)) { executor in
      var held: [HeldTask] = []
      for number in 0..<3 { held.append(try await HeldTask(on: executor, value: number)) }
      for (count, number) in [1, 2, 0].enumerated() {
        held[number].gate.open()
        while executor.snapshot().idle == count { await Task.yield() }
      }
      var numbers: [Int?] = []
      for _ in 0..<6 {
        numbers.append(try await executor.submit { PoolWorker.current?.number }.value)
        while executor.snapshot().idle < 3 { await Task.yield() }
      }
      #expect(numbers == Array(repeating: 0, count: 6))
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

  @Test("settings that no executor can work with are refused", arguments: [Int.min, -1, 0, 32_768, Int.max])
  func impossibleSize(workers: Int) throws {
    let refusal = ConfigurationError.outOfRange(
      setting: "maxWorkers", value: "\(workers)", accepted: "1...32767")
    #expect(throws: refusal) { try ThreadExecutor(maxWorkers: workers) }
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
