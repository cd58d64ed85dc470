#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One worker as the manager thread sees it: what it is doing, and the bytes on their way to and from it.
final class WorkerConnection {
  typealias Instant = ContinuousClock.Instant

  /// What a worker is doing.
  enum Phase {
    /// Started; it has until then to answer `initialize`.
    case starting(deadline: Instant)
    /// Ready for a request.
    case idle(since: Instant)
    /// Has requests.
    case busy
    /// Told to go; it has until then.
    case leaving(deadline: Instant)
    /// Killed, and still there: the kernel does not let it go. Nobody waits for it.
    case lost
  }

  /// What the executor should know when a worker is gone.
  struct End {
    var death: WorkerDeath
    var phase: Phase
    /// Why the executor killed it, if it did.
    var violation: String?
    /// The requests it had, and whether it had begun them.
    var calls: [(call: WorkerCall, hasBegun: Bool)]
  }

  /// A request that the worker has.
  struct Held {
    let call: WorkerCall
    /// How many bytes had been sent after it.
    let endOffset: Int
  }

  /// How many requests may be in a worker's pipe.
  static let maximumInflight = 64
  /// How much of a worker's log is kept to explain its death.
  private static let logLimitBytes = 4096
  /// How long a killed worker may take to be gone.
  static let killLimit = Duration.seconds(5)

  let link: any WorkerLink
  let cookie: String
  var phase: Phase
  /// Whether it has not answered the handshake in time.
  var isLate = false
  /// Whether it has refused the handshake.
  var hasRefused = false
  /// Whether it tells when it begins a request.
  var announcesStarts = false
  /// Whether it begins the next request as soon as it can, and may tell so a little later.
  var beginsAtOnce = false
  /// Whether it gives requests back that it has not begun.
  var givesBack = false
  /// Whether it may have requests that it has not begun and was not asked for.
  var mayGiveBack = false
  /// Why what it has is ended, if the executor ends it.
  var dismissal: CancelReason?
  let startTime = Instant.now
  /// Whether it takes nothing new.
  var isRetiring = false
  /// Whether that was its own wish.
  var hasSaidBye = false
  /// How many requests it has finished.
  var finishedCalls = 0
  /// The protocol violation it is being killed for.
  var violation: String?
  /// Until when a worker whose output is closed may take to end.
  var closedOutputDeadline: Instant?
  /// When to look whether it reads its requests.
  private(set) var stall: (deadline: Instant, readBytes: Int)?
  /// How many requests it takes at once.
  var inflight = 1
  /// Since when the request that it runs has been running, as far as is known.
  var runningSince: Instant
  /// The request whose time is over, and when the worker is killed for it.
  var overdue: (call: WorkerCall, killDeadline: Instant)?
  /// The request that has used too much, and of what.
  var exceeded: (call: WorkerCall, limit: ResourceLimit)?
  /// What the worker had used when the request that it runs began, and when to look again; if there are limits.
  var watch: (usedBefore: Duration, nextLook: Instant)?
  /// Until when a killed worker may take to be gone.
  var killDeadline: Instant?

  /// In the order in which it runs them.
  private(set) var held: [Held] = []
  private var outgoing: [UInt8] = []
  private var closesWhenFlushed = false
  /// Whether it has closed the other end of its pipe.
  private var isDeaf = false
  private var sentBytes = 0
  private var lines = LineBuffer(limitBytes: HostMessage.lineLimitBytes)
  private(set) var logTail: [UInt8] = []
  /// Whether the last ``receive(_:)`` found something.
  private(set) var hasReceived = false

  init(_ link: any WorkerLink, cookie: String, handshakeDeadline: Instant) {
    self.link = link
    self.cookie = cookie
    phase = .starting(deadline: handshakeDeadline)
    runningSince = handshakeDeadline
  }

  /// Whether it can be given a request now.
  var isReady: Bool {
    guard case .idle = phase else { return false }
    return isAlive
  }

  /// Whether nothing is known against it.
  var isAlive: Bool { violation == nil && closedOutputDeadline == nil && killDeadline == nil }

  /// Whether it has been told to go.
  var isLeaving: Bool {
    if case .leaving = phase { true } else { false }
  }

  /// The request that it runs, or will first.
  var call: WorkerCall? { held.first?.call }

  /// The requests it has, in the order in which it runs them.
  var calls: [WorkerCall] { held.map(\.call) }

  /// How many requests it has.
  var callCount: Int { held.count }

  /// The requests that it has and has not begun, in order.
  var unstarted: [WorkerCall] { held.lazy.map(\.call).filter { !$0.progress.hasStarted } }

  /// Those of them that stand behind another one.
  var waiting: [WorkerCall] {
    let isHeadUnstarted = call?.progress.hasStarted == false
    return Array(unstarted.dropFirst(isHeadUnstarted ? 1 : 0))
  }

  /// The request with this id, if it has it.
  func call(_ id: String) -> WorkerCall? { held.first { $0.call.id == id }?.call }

  /// Whether it has a request.
  func has(_ call: WorkerCall) -> Bool { held.contains { $0.call === call } }

  // MARK: Sending

  /// Whether bytes wait for room in the pipe.
  var hasOutgoing: Bool { !outgoing.isEmpty && !isDeaf }

  /// Sends a line, now or as soon as the pipe has room.
  func send(_ line: [UInt8]) {
    append(line)
    flush()
  }

  private func append(_ line: [UInt8]) {
    outgoing += line
    sentBytes += line.count
  }

  /// Asks for requests that it may not have begun, the last one first: so they are put back in order.
  func askBack(_ calls: [WorkerCall]) {
    guard givesBack else { return }
    for call in calls.reversed() where !call.progress.isAskedBack && !call.progress.hasStarted {
      call.progress.isAskedBack = true
      append(HostMessage.giveBack(call.id))
    }
    flush()
  }

  /// Gives it a request, which it must have begun to read before the time is over. Sent with the next ``flush()``, so
  /// that many requests make one write.
  func give(_ call: WorkerCall, _ line: [UInt8], _ now: Instant, readBefore deadline: Instant) {
    if held.isEmpty { runningSince = now }
    phase = .busy
    append(line)
    held.append(Held(call: call, endOffset: sentBytes))
    if stall == nil { stall = (deadline, readBytes) }
  }

  /// Takes a request away that is over.
  /// - Returns: whether it had it.
  func remove(_ call: WorkerCall) -> Bool {
    guard let index = held.firstIndex(where: { $0.call === call }) else { return false }
    held.remove(at: index)
    if overdue?.call === call { overdue = nil }
    if held.isEmpty { stall = nil }
    return true
  }

  /// Takes all requests away that it has not begun, in order.
  func removeUnstarted() -> [WorkerCall] {
    let unstarted = unstarted
    held.removeAll { !$0.call.progress.hasStarted }
    if held.isEmpty { stall = nil }
    return unstarted
  }

  /// Takes all requests away.
  func removeAll() { (held, stall, overdue) = ([], nil, nil) }

  /// Sends nothing more after what is on its way.
  func closeOutput() {
    closesWhenFlushed = true
    flush()
  }

  /// Writes what the pipe takes without waiting. A worker that has closed its end is found by its exit.
  func flush() {
    var sent = 0
    outgoing.withUnsafeBytes { bytes in
      while sent < bytes.count, link.output >= 0 {
        let count = write(link.output, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
        if count > 0 {
          sent += count
        } else if count < 0, errno == EINTR {
          continue
        } else if errno == EAGAIN {
          return
        } else {
          // Nothing of it will be read: it counts as unread, and is not tried again. The pipe stays, for it alone
          // knows what was not read before.
          isDeaf = true
          return
        }
      }
    }
    if sent == outgoing.count {
      outgoing.removeAll(keepingCapacity: true)
    } else {
      outgoing.removeFirst(sent)
    }
    if closesWhenFlushed, outgoing.isEmpty { link.closeOutput() }
  }

  /// How much of all that was sent it has read.
  var readBytes: Int { sentBytes - outgoing.count - (link.unreadBytes ?? 0) }

  /// Looks whether the worker reads its requests.
  /// - Returns: whether it has read nothing since the last look, and still has something to read.
  func hasStalled(nextLook: Instant) -> Bool {
    guard let stall else { return false }
    let read = readBytes
    self.stall = (nextLook, read)
    return read < sentBytes && read <= stall.readBytes
  }

  // MARK: Receiving

  /// Reads what is there, at most one buffer: no worker keeps the others waiting.
  /// - Returns: the messages, in order. For what is none the worker is killed; what it says besides still counts, for it
  ///   tells what was begun and must not be run again.
  func receive(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> [WorkerMessage] {
    let count = systemRead(link.input, buffer)
    hasReceived = count > 0
    guard hasReceived else { return [] }
    lines.append(UnsafeBufferPointer(rebasing: buffer[..<count]))
    var messages: [WorkerMessage] = []
    while let message = nextMessage() { messages.append(message) }
    return messages
  }

  private func nextMessage() -> WorkerMessage? {
    while true {
      do throws(LineBuffer.TooLong) {
        guard let line = try lines.next() else { return nil }
        do throws(WorkerMessage.Violation) {
          return try WorkerMessage(line)
        } catch {
          violate("\(error): \(Self.quote(line))")
        }
      } catch {
        violate("a line longer than \(HostMessage.lineLimitBytes) bytes: \(Self.quote(error.beginning))")
      }
    }
  }

  /// Reads what the worker wrote to its log, at most one buffer.
  func receiveLog(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> [UInt8] {
    guard link.log >= 0 else { return [] }
    let count = systemRead(link.log, buffer)
    if count < 0, errno == EAGAIN { return [] }
    guard count > 0 else {
      link.closeLog()
      return []
    }
    let text = Array(buffer[..<count])
    logTail = Array((logTail + text.suffix(Self.logLimitBytes)).suffix(Self.logLimitBytes))
    return text
  }
}
