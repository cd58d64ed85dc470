import Synchronization

/// What other threads tell the manager thread of a ``ProcessExecutor``, and what it tells them.
final class ProcessInbox: Sendable {
  /// What other threads tell the manager.
  enum Message: Sendable {
    case submit(WorkerCall)
    /// Asks whoever has it to stop it, whether it has begun or not.
    case cancel(WorkerCall, CancelReason)
    /// Asks for it unless it has begun.
    case askBack(WorkerCall, CancelReason)
    case kill(WorkerCall)
    case giveUp(WorkerCall)
    /// With the reason for which what is queued is cancelled; `nil` to let it run.
    case shutDown(CancelReason?)
    /// Ends what workers have, for this reason: by asking, or by killing them.
    case stopAll(CancelReason, kills: Bool)
  }

  private struct State {
    var messages: [Message] = []
    var isOpen = true
    /// Whether the manager has to be woken.
    var isAsleep = false
    var isOver = false
    /// Whoever waits for the end.
    var enders: [Waiter] = []
    /// What the manager tells others.
    var snapshot = ProcessExecutor.Snapshot()
    var brokenReason: String?
  }

  private let state = Mutex(State())
  private let wakeup: Wakeup

  init() throws(SpawnFailure) {
    wakeup = try Wakeup()
  }

  // MARK: For other threads

  /// Tells the manager something.
  /// - Returns: whether it is told; false for a submission after the shutdown.
  @discardableResult
  func post(_ message: Message) -> Bool {
    let (isTaken, wakes) = state.withLock { state -> (Bool, Bool) in
      switch message {
      case .submit: if !state.isOpen { return (false, false) }
      case .shutDown: state.isOpen = false
      case .cancel, .askBack, .kill, .giveUp, .stopAll: break
      }
      state.messages.append(message)
      // Once for a burst: the manager takes all there is.
      defer { state.isAsleep = false }
      return (true, state.isAsleep)
    }
    if wakes { wakeup.wake() }
    return isTaken
  }

  /// Lets the manager look around again.
  func poke() {
    let wakes = state.withLock { state in
      defer { state.isAsleep = false }
      return state.isAsleep
    }
    if wakes { wakeup.wake() }
  }

  /// How the executor stood a moment ago.
  var snapshot: ProcessExecutor.Snapshot { state.withLock { $0.snapshot } }

  /// Why nothing can be run any more.
  var brokenReason: String? { state.withLock { $0.brokenReason } }

  /// A wait for the manager's end; `nil` if it has ended.
  func ender() -> Waiter? {
    state.withLock { state in
      if state.isOver { return nil }
      let ender = Waiter()
      state.enders.append(ender)
      return ender
    }
  }

  // MARK: For the manager

  /// Readable once a message has come since ``fallAsleep()``.
  var descriptor: Int32 { wakeup.readEnd }

  /// The manager is about to wait for ``descriptor`` until ``wakeUp(isSignalled:)``.
  /// - Returns: false if there are messages already.
  func fallAsleep() -> Bool {
    state.withLock { state in
      state.isAsleep = state.messages.isEmpty
      return state.isAsleep
    }
  }

  /// The manager waits no more.
  /// - Parameter isSignalled: whether the descriptor was readable.
  func wakeUp(isSignalled: Bool) {
    state.withLock { $0.isAsleep = false }
    if isSignalled { wakeup.clear() }
  }

  /// Tells how the manager stands, and takes what it has been told.
  /// - Parameter isOver: whether it ends if it has been told nothing new.
  func exchange(
    _ snapshot: ProcessExecutor.Snapshot, brokenReason: String?, isOver: Bool
  ) -> [Message] {
    state.withLock { state in
      state.snapshot = snapshot
      state.brokenReason = brokenReason
      state.isOver = isOver && state.messages.isEmpty
      defer { state.messages = [] }
      return state.messages
    }
  }

  /// Wakes whoever waits for the end.
  func wakeEnders() {
    let enders = state.withLock { state in
      defer { state.enders = [] }
      return state.enders
    }
    for ender in enders { ender.signal() }
  }
}
