import Foundation
import Testing

@testable import ConcurrentFutures

/// Many threads that do everything at once. Run with the thread sanitizer too; see docs/conformance.md.
@Suite struct ThreadStressTests {
  private static let threads = 64
  private static let steps = 150

  @Test("64 threads submit, cancel, complete and wait: every future ends once, every callback is called once")
  func everythingAtOnce() async throws {
    // On a thread of its own: it blocks for long, also for the callbacks, which another test may hold up until it
    // gets one of the few threads of the cooperative pool.
    let promise = Promise<Void>()
    Thread.detachNewThread {
      do {
        promise.complete(.success(try everythingAtOnceBlocking()))
      } catch {
        promise.complete(.failure(.thrown(error)))
      }
    }
    try await promise.future.value
  }

  private func everythingAtOnceBlocking() throws {
    let ended = Log<Int>()
    let futures = Log<(number: Int, future: Future<Int>)>()
    let executor = try ThreadExecutor(maxWorkers: 8, idleTimeout: .milliseconds(1), queueLimit: 100)
    let users = try ThreadExecutor(maxWorkers: Self.threads)
    let runs = try (0..<Self.threads).map { user in
      try users.trySubmit { try use(executor, as: user, futures, ended) }
    }
    for run in runs { try run.wait() }
    executor.shutdownBlocking()
    users.shutdownBlocking()

    let all = futures.all
    #expect(all.allSatisfy { $0.future.isDone })
    let cancelled = all.count { $0.future.state == .cancelled }
    let succeeded = all.count { $0.future.state == .succeeded }
    let failed = all.count { $0.future.state == .failed }
    #expect(cancelled + succeeded + failed == all.count)
    #expect(succeeded > 0 && failed > 0)
    // Callbacks run one after another, so this one comes after all that were added.
    let last = Promise<Void>()
    last.complete(.success(()))
    let flushed = Promise<Void>()
    last.future.onCompletion { _ in flushed.complete(.success(())) }
    try flushed.future.wait()
    #expect(ended.all.sorted() == all.map(\.number).sorted())
    let rest = executor.snapshot()
    #expect(rest.workers == 0 && rest.queued == 0 && rest.running == 0 && rest.abandoned == 0)
  }

  private func use(
    _ executor: ThreadExecutor, as user: Int, _ futures: Log<(number: Int, future: Future<Int>)>,
    _ ended: Log<Int>
  ) throws {
    var own: [Future<Int>] = []
    for step in 0..<Self.steps {
      let number = user * Self.steps + step
      let future: Future<Int>
      switch Int.random(in: 0..<4) {
      case 0:
        let promise = Promise<Int>()
        future = promise.future
        // Two try to end it, and somebody may cancel it meanwhile.
        _ = try? executor.trySubmit { promise.complete(.success(number)) }
        _ = promise.claim()
        promise.complete(.failure(.timedOut(after: .zero)))
      case 1: future = try executor.submitBlocking { if number % 5 == 0 { throw Oops() } else { number } }
      case 2: future = try executor.submitBlocking { token in token.isCancelled ? -1 : number }
      default:
        future = try executor.submitBlocking {
          try executor.submitBlocking { number }.wait() + (try executor.submitBlocking { 1 }.wait())
        }
      }
      future.onCompletion { _ in ended.add(number) }
      own.append(future)
      futures.add((number, future))
      disturb(own, on: executor)
    }
    _ = waitBlocking(own)
  }

  private func disturb(_ futures: [Future<Int>], on executor: ThreadExecutor) {
    guard let future = futures.randomElement() else { return }
    switch Int.random(in: 0..<8) {
    case 0: future.cancel()
    case 1: future.requestStop()
    case 2: _ = try? future.wait(timeout: .microseconds(50))
    case 3: _ = waitBlocking(futures.suffix(5), until: .firstCompleted)
    case 4: for _ in asCompleted(futures.suffix(3)).blocking {}
    case 5: _ = executor.snapshot()
    case 6: executor.abandon(future, failing: .executorShutDown)
    default: _ = try? future.wait()
    }
  }
}
