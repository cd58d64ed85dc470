import CSystem
import Testing

@testable import ConcurrentFutures

/// What bodies find on their threads.
@Suite struct BodyThreadTests {
  @Test("bodies block the signals that the main thread blocks, and so do the programs that they start")
  func signalMask() async throws {
    // The main thread of the tests blocks none, whatever this thread of Swift's does.
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let blocked = try await executor.submit { blockedSignals(Array(1...31)) }.value
      #expect(blocked == [])
    }
  }

  @Test("callbacks take the signals that the program takes")
  func signalsOfCallbacks() async throws {
    let blocked = Promise<[Int32]>()
    let promise = Promise<Void>()
    promise.future.onCompletion { _ in blocked.complete(.success(blockedSignals(Array(1...31)))) }
    promise.complete(.success(()))
    #expect(try await blocked.future.value == [])
  }

  @Test("threads that run no code of the program leave its signals to it")
  func signalsOfOwnThreads() async throws {
    let blocked = Promise<[Int32]>()
    try PlatformThread.start(name: "own") {
      blocked.complete(.success(blockedSignals([2, 15, 17, 11])))
    }.detach()
    #expect(try await blocked.future.value == [2, 15, 17])
  }

  @Test("an error that many tasks have passed on is still one phrase") func deepError() async throws {
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let text = try await executor.submit {
        "\((0..<20_000).reduce(TaskFailure.thrown(Oops())) { inner, _ in .thrown(inner) })"
      }.value
      #expect(text == "oops")
    }
  }

  @Test("a body may call as deep as the main thread") func stackSize() async throws {
    let size = 7 << 20
    try await withThreadExecutor(maxWorkers: 1) { executor in
      let used = try await executor.submit { useStack(size, from: csystem_stack_position()) }.value
      #expect(used >= size)
    }
  }
}

/// Calls itself until it has used so much of the stack, and says how much.
private func useStack(_ size: Int, from start: UInt) -> Int {
  let used = Int(start - csystem_stack_position())
  return used >= size ? used : max(used, useStack(size, from: start))
}
