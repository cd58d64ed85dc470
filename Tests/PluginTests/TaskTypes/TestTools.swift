import Foundation
import Synchronization

/// Counts from 1, from any thread.
final class TestCounter: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Runs a function on a new thread and waits for the thread to be gone, so that what belongs to the thread is
/// gone too.
func onNewThread(_ body: @escaping @Sendable () throws -> Void) throws {
  let reference = Unmanaged.passRetained(ThreadBody(body))
  defer { reference.release() }
  #if os(Linux)
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, { $0.map(ThreadBody.run) ?? nil }, reference.toOpaque())
    guard code == 0 else { throw POSIXError(.EAGAIN) }
    pthread_join(thread, nil)
  #else
    var thread: pthread_t?
    let code = pthread_create(&thread, nil, { ThreadBody.run($0) }, reference.toOpaque())
    guard code == 0, let thread else { throw POSIXError(.EAGAIN) }
    pthread_join(thread, nil)
  #endif
  try reference.takeUnretainedValue().outcome.get()
}

/// A function for a thread; one thread writes the outcome, the other reads it after joining the first.
private final class ThreadBody {
  private let body: @Sendable () throws -> Void
  private(set) var outcome = Result<Void, any Error>.success(())

  init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

  static func run(_ reference: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let thread = Unmanaged<ThreadBody>.fromOpaque(reference).takeUnretainedValue()
    thread.outcome = Result { try thread.body() }
    return nil
  }
}
