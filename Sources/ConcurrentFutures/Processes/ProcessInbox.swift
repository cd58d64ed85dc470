import CSystem
import Synchronization

/// What other threads tell the manager thread of a ``ProcessExecutor``, and what it tells them.
final class ProcessInbox: Sendable {
  /// What other threads tell the manager.
  enum Message: Sendable {
    case submit(WorkerCall)
    case cancel(WorkerCall)
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
      case .cancel, .kill, .giveUp, .stopAll: break
      }
      state.messages.append(message)
      // Once for a burst: whoever found the inbox empty has woken the manager, and it takes all there is.
      return (true, state.messages.count == 1)
    }
    if wakes { wakeup.wake() }
    return isTaken
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

  /// Readable while there are messages.
  var descriptor: Int32 { wakeup.readEnd }

  /// Waits for new messages from now on. Those that came before are there to be taken.
  func clear() { wakeup.clear() }

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

/// Something that one thread polls and others signal.
private final class Wakeup: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  init() throws(SpawnFailure) {
    var (readEnd, writeEnd): (Int32, Int32) = (-1, -1)
    let code = csystem_make_wakeup(&readEnd, &writeEnd)
    guard code == 0 else { throw .system(code: code) }
    self.readEnd = readEnd
    self.writeEnd = writeEnd
  }

  deinit {
    _ = Descriptor(readEnd)
    if writeEnd != readEnd { _ = Descriptor(writeEnd) }
  }

  func wake() { csystem_wake(writeEnd) }
  func clear() { csystem_clear_wakeup(readEnd) }
}
