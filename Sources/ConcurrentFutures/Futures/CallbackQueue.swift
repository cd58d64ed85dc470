import Synchronization

/// The one thread of the process that calls `onCompletion` closures, in the order they were added.
///
/// It starts with the first closure and ends when there has been none for a while. Neither workers nor waiters
/// ever run a closure of somebody else, so a closure that is slow, or never returns, hurts only other closures.
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

  private func startThread() {
    do throws(PlatformThread.StartFailure) {
      try PlatformThread.start(name: name, stackSizeBytes: 1 << 19) { self.run() }.detach()
    } catch {
      // Out of threads: late and on the wrong thread is better than never.
      drain()
      state.withLock { $0.phase = .absent }
    }
  }

  private func run() {
    let parker = Parker()
    while true {
      drain()
      let goesIdle = state.withLock { state in
        guard state.closures.isEmpty else { return false }
        state.phase = .idle(parker)
        return true
      }
      if goesIdle, !parker.park(until: .now + idleTimeout), leaves() { return }
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
      let batch = state.withLock { state in
        defer { state.closures = [] }
        return state.closures
      }
      if batch.isEmpty { return }
      for closure in batch { closure() }
    }
  }
}
