#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Stops one running command from another thread: first with a signal that it may handle, then for good.
///
/// Signals go to the command's whole process group, and only while its leader has not been reaped, so that
/// none can reach a stranger whose pid is the same. All members may be called at any time, from any thread.
public final class ProcessControl: Sendable {
  enum Phase: Sendable {
    case notStarted
    case running(pid_t)
    case ended
  }

  /// How far stopping has gone.
  public enum Stop: Sendable, Comparable {
    case none
    case terminated
    case killed
  }

  fileprivate struct State {
    var phase = Phase.notStarted
    var stop = Stop.none
    var signal = SIGTERM
  }

  private let state = Monitor(State())

  /// Makes a control for one command.
  public init() {}

  /// How far stopping has gone.
  public var stop: Stop { state.withLock { $0.stop } }

  /// Sends a signal such as SIGTERM, and wakes the group if it is stopped.
  ///
  /// A command that has not started yet will not start.
  public func terminate(_ signal: Int32) {
    state.withLock { state in
      state.stop = max(state.stop, .terminated)
      state.signal = signal
      state.deliver(signal)
    }
    state.broadcast()
  }

  /// Sends SIGKILL.
  public func kill() {
    state.withLock { state in
      state.stop = .killed
      state.deliver(SIGKILL)
    }
    state.broadcast()
  }

  /// Waits until somebody stops the command, or until the time is over.
  /// - Returns: whether the command is being stopped.
  func waitForStop(atMost duration: Duration) -> Bool {
    state.wait(until: .now + duration) { $0.stop > .none ? true : nil } ?? false
  }

  /// Waits until the command is to be killed, or until the time is over.
  func waitForKill(atMost duration: Duration) {
    _ = state.wait(until: .now + duration) { $0.stop == .killed ? true : nil }
  }

  /// The child is there. A stop that came while it was being made takes effect now.
  func began(_ pid: pid_t) {
    state.withLock { state in
      state.phase = .running(pid)
      switch state.stop {
      case .none: break
      case .terminated: state.deliver(state.signal)
      case .killed: state.deliver(SIGKILL)
      }
    }
  }

  /// The leader has ended after a stop. What is left of its group is asked once more, by SIGTERM: shells make
  /// background processes ignore SIGINT.
  func terminateRest() {
    state.withLock { state in
      if state.signal != SIGTERM { state.deliver(SIGTERM) }
    }
  }

  /// Kills what is left of the group.
  func killGroup() {
    state.withLock { $0.deliver(SIGKILL) }
  }

  /// Kills what is left of the group, and sends no more signals: the leader is about to be reaped.
  func end() {
    state.withLock { state in
      state.deliver(SIGKILL)
      state.phase = .ended
    }
  }
}

extension ProcessControl.State {
  fileprivate func deliver(_ signal: Int32) {
    switch phase {
    case .running(let pid):
      kill(-pid, signal)
      if signal != SIGKILL { kill(-pid, SIGCONT) }
    case .notStarted, .ended: break
    }
  }
}
