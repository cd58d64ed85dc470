import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where tasks come in and results go out: the part of a ``ProcessExecutor`` that its tasks know, so that a pending
/// task does not keep the executor itself alive.
///
/// It bounds the queue, and owns the thread that reads results.
final class TaskDesk: Sendable {
  private struct State {
    /// Tasks that no worker has had yet.
    var queued = 0
    /// Submissions that wait for room.
    var waiting = SlotQueue<Ticket>()
    var refusal: SubmitError?
    var hasDeliveries = false
  }

  /// A submission that waits for room. Changed under the desk's lock only.
  private final class Ticket: Sendable {
    let waiter = Waiter()
    private let decided = Mutex<(slot: SlotQueue<Ticket>.Slot?, outcome: Result<Void, SubmitError>?)>(
      (nil, nil))

    var slot: SlotQueue<Ticket>.Slot? {
      get { decided.withLock { $0.slot } }
      set { decided.withLock { $0.slot = newValue } }
    }

    var outcome: Result<Void, SubmitError>? {
      get { decided.withLock { $0.outcome } }
      set { decided.withLock { $0.outcome = newValue } }
    }
  }

  let queueLimit: Int
  /// Where payloads go that are too long for a line.
  let temporaryFolder: String
  private let state = Mutex(State())
  private let inbox: ProcessInbox
  /// Results are read here, for reading them calls code of the program: never on the manager thread, which serves all
  /// workers. Not on the thread that awaits either: a future is succeeded or failed for everybody at one moment, and
  /// only whoever has read the bytes knows which.
  private let deliveries = CallbackQueue(idleTimeout: .seconds(10), name: "cf-results")
  /// Where what tasks print goes.
  let relay: OutputRelay

  init(_ inbox: ProcessInbox, queueLimit: Int, temporaryFolder: String) {
    self.inbox = inbox
    self.queueLimit = queueLimit
    self.temporaryFolder = temporaryFolder
    relay = OutputRelay(output: STDERR_FILENO) { inbox.poke() }
  }

  deinit { deliveries.finish() }

  /// Tells the manager thread something; false if it does not take it any more.
  @discardableResult
  func post(_ message: ProcessInbox.Message) -> Bool { inbox.post(message) }

  // MARK: Tasks in

  /// Takes a place in the queue.
  /// - Throws: ``SubmitError``; `queueFull` if there is none.
  func enter() throws(SubmitError) {
    if try enter(orWaitWith: nil) { return }
    throw .queueFull(limit: queueLimit)
  }

  /// Takes a place in the queue once there is one; who waits longest goes first.
  func enterSuspending() async throws(SubmitError) {
    let ticket = Ticket()
    if try enter(orWaitWith: ticket) { return }
    await ticket.waiter.wait()
    try settle(ticket)
  }

  /// The same on a thread, which it blocks.
  func enterBlocking() throws(SubmitError) {
    let ticket = Ticket()
    if try enter(orWaitWith: ticket) { return }
    ticket.waiter.block(until: nil)
    try settle(ticket)
  }

  private func enter(orWaitWith ticket: Ticket?) throws(SubmitError) -> Bool {
    if let reason = inbox.brokenReason { throw .broken(reason) }
    return try state.withLock { state throws(SubmitError) in
      if let refusal = state.refusal { throw refusal }
      guard state.queued >= queueLimit || !state.waiting.isEmpty else {
        state.queued += 1
        return true
      }
      if let ticket { ticket.slot = state.waiting.append(ticket) }
      return false
    }
  }

  private func settle(_ ticket: Ticket) throws(SubmitError) {
    let isStillWaiting = state.withLock { state in
      ticket.slot.flatMap { state.waiting.remove($0) } != nil
    }
    guard !isStillWaiting, let outcome = ticket.outcome else { throw .waitCancelled }
    try outcome.get()
  }

  /// A task has left the queue; whoever waits longest for room gets its place.
  func leave() {
    let next = state.withLock { state -> Ticket? in
      guard let next = state.waiting.popFirst() else {
        state.queued -= 1
        return nil
      }
      next.outcome = .success(())
      return next
    }
    next?.waiter.signal()
  }

  /// Takes no more tasks: those that wait for room are turned away.
  func close() {
    let waiting = state.withLock { state in
      state.refusal = .shutDown
      let waiting = state.waiting.removeAll()
      for ticket in waiting { ticket.outcome = .failure(.shutDown) }
      return waiting
    }
    for ticket in waiting { ticket.waiter.signal() }
  }

  // MARK: Results out

  /// Runs something on the thread that reads results, in order.
  func deliver(_ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.hasDeliveries = true }
    deliveries.add(body)?()
  }

  /// A wait until everything has been delivered that was to be delivered before; `nil` if nothing ever was.
  func pendingResults() -> Waiter? {
    guard state.withLock({ $0.hasDeliveries }) else { return nil }
    let waiter = Waiter()
    deliver { waiter.signal() }
    return waiter
  }

  /// No more is to be delivered or shown: the threads for that end.
  func finishDeliveries() {
    deliveries.finish()
    relay.finish()
  }
}
