import Dispatch
import Synchronization

@testable import ConcurrentFutures

#if THREAD_SANITIZER
  // The one that the sanitizer sees; see SanitizedMutex.swift.
  private typealias Mutex = ConcurrentFutures.Mutex
#endif

/// Holds bodies until it is opened. Not made of futures: a wait for a future gives the worker's place away.
final class Gate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)

  func wait() {
    semaphore.wait()
    semaphore.signal()
  }

  func open() { semaphore.signal() }
}

/// A task whose body has started and is held: `gate.open()` lets it end.
struct HeldTask: Sendable {
  let gate = Gate()
  let future: Future<Int>

  init(on executor: ThreadExecutor, value: Int = 0) async throws {
    let (gate, started) = (gate, Promise<Void>())
    future = try await executor.submit {
      started.complete(.success(()))
      gate.wait()
      return value
    }
    try await started.future.value
  }
}

/// What many threads write down.
final class Log<Element: Sendable>: Sendable {
  private let state = Mutex<[Element]>([])

  func add(_ element: Element) { state.withLock { $0.append(element) } }

  var all: [Element] { state.withLock { $0 } }
}

/// A number that many threads change.
final class Tally: Sendable {
  private let number = Atomic(0)

  var count: Int { number.load(ordering: .relaxed) }

  func add(_ difference: Int) { number.wrappingAdd(difference, ordering: .relaxed) }
}

struct Oops: Error, Equatable, CustomStringConvertible {
  var description = "oops"
}

/// What a task failed with that waited for itself in the end, or for others that did. Blocks.
func deadlock<Value>(of future: Future<Value>) -> WouldDeadlock? {
  _ = waitBlocking([future])
  guard case .failure(.thrown(let error))? = future.finished else { return nil }
  return error as? WouldDeadlock
}

/// Tells when it dies.
final class Probe: Sendable {
  private let died: Promise<Void>

  init(_ died: Promise<Void>) { self.died = died }

  func touch() {}

  deinit { died.complete(.success(())) }
}

extension Future {
  /// The failure, once it is there; `nil` for a value.
  var failure: TaskFailure? {
    get async {
      guard case .failure(let failure) = await outcome else { return nil }
      return failure
    }
  }
}
