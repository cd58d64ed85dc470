import Synchronization

/// The one thread of the process that calls `onCompletion` closures, in the order they were added.
///
/// It starts with the first closure and ends when there has been none for a while, or after ``finish()``. Neither
/// workers nor waiters ever run a closure of somebody else, so a closure that is slow, or never returns, hurts only
/// other closures.
final class CallbackQueue: Sendable {
  /// What is left to do once no lock is held; `nil` in most cases.
  typealias Start = @Sendable () -> Void

  private enum Phase {
    case absent
    case busy
    case idle(Parker)
  }

  private struct State {
    var phase = Phase.absent
    var closures: [@Sendable () -> Void] = []
    var isFinished = false
  }

  static let shared = CallbackQueue(idleTimeout: .seconds(10), name: "cf-callbacks")

  private let state = Mutex(State())
  private let idleTimeout: Duration
  private let name: String

  /// - Parameter name: of the thread; systems show the first 15 bytes.
  init(idleTimeout: Duration, name: String) {
    self.idleTimeout = idleTimeout
    self.name = name
  }

  /// Adds a closure. May be called under the lock of a future; takes only a lock of its own.
  /// - Returns: what the caller must call when it holds no lock.
  func add(_ closure: @escaping @Sendable () -> Void) -> Start? {
    state.withLock { state in
      state.closures.append(closure)
      defer { state.phase = .busy }
      switch state.phase {
      case .busy: return nil
      case .idle(let parker): return { parker.unpark() }
      case .absent: return { self.startThread() }
      }
    }
  }

  /// Lets the thread end as soon as it has nothing to do, now and whenever it is needed again.
  func finish() {
    let parker = state.withLock { state -> Parker? in
      state.isFinished = true
      guard case .idle(let parker) = state.phase else { return nil }
      return parker
    }
    parker?.unpark()
  }

  private func startThread() {
    do throws(PlatformThread.StartFailure) {
      // What runs here is the program's: its callbacks, and the reading of its values.
      try PlatformThread.start(
        name: name, stackSizeBytes: PlatformThread.programStackSizeBytes, blocking: .program
      ) { self.run() }.detach()
    } catch {
      // Out of threads: late and on the wrong thread is better than never.
      repeat { drain() } while !leavesEmpty()
    }
  }

  /// Whether nothing was added since the queue was drained.
  private func leavesEmpty() -> Bool {
    state.withLock { state in
      guard state.closures.isEmpty else { return false }
      state.phase = .absent
      return true
    }
  }

  private func run() {
    let parker = Parker()
    while true {
      drain()
      let phase = state.withLock { state in
        if state.closures.isEmpty { state.phase = state.isFinished ? .absent : .idle(parker) }
        return state.phase
      }
      switch phase {
      case .busy: continue
      case .absent: return
      case .idle: if !parker.park(until: .now + idleTimeout), leaves() { return }
      }
    }
  }

  /// Whether nothing was added at the very end of the idle time.
  private func leaves() -> Bool {
    state.withLock { state in
      guard case .idle = state.phase else { return false }
      state.phase = .absent
      return true
    }
  }

  private func drain() {
    while true {
      var batch = state.withLock { state in
        defer { state.closures = [] }
        return state.closures
      }
      if batch.isEmpty { return }
      batch.reverse()
      // Each dies before the next one is called: it may hold a large value, and the next one may take long.
      while let closure = batch.popLast() { closure() }
    }
  }
}
