import Testing

@testable import ConcurrentFutures

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite struct CallbackQueueTests {
  @Test("a queue that is finished has no thread, but for as long as something comes late")
  func finish() async throws {
    weak var queue: CallbackQueue?
    do {
      // Its thread holds it.
      let held = CallbackQueue(idleTimeout: .seconds(600), name: "cf-test")
      queue = held
      try await call(held)
      held.finish()
      try await call(held)
      #expect(queue != nil)
    }
    while queue != nil { await Task.yield() }
  }

  private func call(_ queue: CallbackQueue) async throws {
    let called = Promise<Void>()
    queue.add { called.complete(.success(())) }?()
    try await called.future.value
  }

  #if os(Linux)
    @Test("an executor of processes leaves no thread that reads results", arguments: [true, false])
    func endOfResults(shutsDown: Bool) async throws {
      let reader = Promise<String>()
      do {
        let executor = try ProcessExecutor.ofFixture(maxWorkers: 1)
        executor.desk.deliver { reader.complete(.success(currentThreadFolder())) }
        _ = try await reader.future.value
        if shutsDown { await executor.shutdown() }
      }
      let folder = try await reader.future.value
      while access(folder, F_OK) == 0 { await Task.yield() }
    }
  #endif
}

#if os(Linux)
  /// What the system shows of the calling thread as long as it lives.
  private func currentThreadFolder() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink("/proc/thread-self", &buffer, buffer.count)
    return "/proc/"
      + String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
#endif
