import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A worker at work. One thread reads requests, runs their tasks in order and answers: a short task is over before
/// another thread could have been woken for it. While it is at work for longer than a moment, a second thread reads in
/// its place, so that `cancel` and `ping` are heard at any time:
///
///     task     read ─ run ─ answer ─ read ─ run ────────────────────── answer ─ read
///     relief     ·     ·      ·       ·      ·     ·  read ─ read ─ read ┘   ·
///
/// Each dot is a look at what the first one does; after one that saw no change the relief sleeps until there is work.
final class WorkerLoop: Sendable {
  /// What the two threads share.
  struct State {
    var requests: [(id: String, request: WorkerRequest, parametersFile: String?)] = []
    var current: (id: String, token: CancellationToken)?
    var isEnding = false
    /// Whether what comes now is left to other workers.
    var isDraining = false
    /// How often the task thread has gone from reading to work.
    var shift = 0
    /// Whether it is there.
    var isAtWork = false
    var relief = Relief.looking

    /// Takes a request out that has not begun.
    /// - Returns: whether there was one.
    mutating func drop(_ id: String) -> Bool {
      guard let position = requests.firstIndex(where: { $0.id == id }) else { return false }
      requests.remove(at: position)
      return true
    }
  }

  /// What the second thread does.
  enum Relief {
    /// It is not the one who reads.
    case asleep, looking
    /// It is, and waits for input, or has some in its hands.
    case waiting, handling
  }

  /// How long the task thread is at work until it is relieved, and until the host is told that a task runs.
  private static let momentMicroseconds: UInt32 = 1000

  let services: [String: Worker.Service]
  private let input: Int32
  private let output: Int32
  /// The process that started this one.
  private let parent = getppid()
  let cookie: String
  let temporaryFolder = ProcessEnvironment.current.temporaryFolder
  let writer: LineWriter
  let state = Monitor(State())
  /// Used by the thread that reads.
  private let lines = Mutex(LineBuffer(limitBytes: HostMessage.lineLimitBytes))
  /// Tells the relief that the task thread reads again.
  private let recall: Wakeup
  /// Why this worker is not to be used.
  let failure: Mutex<String?>

  init(_ services: [Worker.Service], input: Int32, output: Int32, cookie: String) throws(SpawnFailure) {
    self.services = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    // Requests name a service: with two of one name, one would do the other's work.
    let names = services.map(\.name)
    let twin = names.indices.first { names[..<$0].contains(names[$0]) }.map { names[$0] }
    failure = Mutex(
      twin.map { "two of its task types are named '\($0)': one of them needs its own 'static var name'" })
    self.input = input
    self.output = output
    self.cookie = cookie
    writer = LineWriter(output)
    recall = try Wakeup()
  }

  /// Serves, and exits the process when the channel ends.
  /// - Parameter initializer: called first. If it throws, the handshake is refused with what it threw.
  func run(after initializer: (() throws -> Void)? = nil) -> Never {
    if failure.withLock({ $0 == nil }) {
      do {
        try initializer?()
      } catch {
        failure.withLock { $0 = "its initializer failed: \(TaskFailure.thrown(error))" }
      }
    }
    do {
      try PlatformThread.start(
        name: "task", stackSizeBytes: PlatformThread.programStackSizeBytes, blocking: .program
      ) {
        self.work()
      }.detach()
    } catch {
      exit(71)
    }
    relieve()
  }

  // MARK: The task thread

  private func work() -> Never {
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 * 1024)
    while !state.withLock({ $0.isEnding }) {
      // A process that is killed while it waits in `read` still takes what comes then, and it counts as begun.
      waitFor(POLLIN, on: input)
      guard read(buffer) else { break }
      workOff()
    }
    // End of input or `shutdown`: what was taken is finished and answered.
    state.withLock { $0.isEnding = true }
    workOff()
    if hasLostHost { leaveNothing() }
    exit(0)
  }

  /// Runs what there is. Afterwards everything is answered, and this thread is the one who reads.
  private func workOff() {
    var isFirst = true
    while let (id, request, token) = next() {
      perform(id, request, token, wasIdle: isFirst)
      isFirst = false
    }
  }

  private func next() -> (String, WorkerRequest, CancellationToken)? {
    let token = CancellationToken()
    // An answer waits for the `started` of the next task, if there is one: then they are one write.
    if state.withLock({ $0.requests.isEmpty }) { writer.flush() }
    var isRelieved = false
    var finishedFile: String?
    let next = state.wait { state -> (String, WorkerRequest, CancellationToken)?? in
      state.current = nil
      guard state.requests.isEmpty else {
        let (id, request, file) = state.requests.removeFirst()
        state.current = (id, token)
        finishedFile = file
        return .some((id, request, token))
      }
      // What the relief has in its hands may be a request.
      if state.relief == .handling { return nil }
      isRelieved = state.relief == .waiting
      if isRelieved { state.relief = .looking }
      state.isAtWork = false
      return .some(nil)
    }
    if isRelieved { recall.wake() }
    // What has begun is not given to another worker. The host would remove it, too, but may be killed before.
    if let finishedFile { unlink(finishedFile) }
    return next ?? nil
  }

  /// The task thread has a task in its hands, and all that is to be said of its start is with the writer.
  func goToWork() {
    let wakes = state.withLock { state in
      guard !state.isAtWork else { return false }
      state.isAtWork = true
      state.shift += 1
      return state.relief == .asleep
    }
    if wakes { state.signal() }
  }

  // MARK: The relief

  private func relieve() -> Never {
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 * 1024)
    var shift = 0
    while true {
      shift = waitUntilNeeded(after: shift)
      // The task is not a short one: now the host is told that it has begun.
      writer.flush()
      readInPlace(buffer)
    }
  }

  /// Waits until the task thread has been at work for a moment.
  /// - Parameter last: a shift that needs nothing any more.
  /// - Returns: its shift.
  private func waitUntilNeeded(after last: Int) -> Int {
    var last = last
    while true {
      let shift = state.wait { state -> Int? in
        state.relief = state.shift == last ? .asleep : .looking
        return state.shift == last ? nil : state.shift
      }
      last = shift ?? last
      usleep(Self.momentMicroseconds)
      let isNeeded = state.withLock { state in
        guard state.isAtWork, state.shift == last else { return false }
        state.relief = .waiting
        return true
      }
      if isNeeded { return last }
    }
  }

  /// Reads until the task thread reads again.
  private func readInPlace(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
    while !state.withLock({ $0.isEnding }) {
      let hasInput = waitForInput()
      let isReading = state.withLock { state in
        guard state.relief == .waiting else { return false }
        if hasInput { state.relief = .handling }
        return true
      }
      guard isReading else { return }
      guard hasInput else { continue }
      let goesOn = read(buffer)
      state.withLock { state in
        state.relief = .waiting
        if !goesOn { state.isEnding = true }
      }
      state.signal()
    }
    // As long as somebody reads what this worker writes. The task thread may end the process before.
    waitFor(0, on: output)
    // Nobody would hear an answer.
    leaveNothing()
  }

  /// Whether nobody reads what this worker writes.
  private var hasLostHost: Bool {
    var descriptor = pollfd(fd: output, events: 0, revents: 0)
    return withUnsafeMutablePointer(to: &descriptor) {
      systemPoll(UnsafeMutableBufferPointer(start: $0, count: 1), timeout: .zero) > 0
    }
  }

  /// Ends this process with all that its tasks have started.
  ///
  /// In a session of its own, as a host starts it, the group is what the worker and its tasks have started. Otherwise
  /// others may be in it, which a host that lives has put there; one that has died shows by the new parent, if only a
  /// moment after its descriptors were closed.
  private func leaveNothing() -> Never {
    if getpgrp() == getpid(), getsid(0) == getpid() || getppid() != parent { kill(0, SIGKILL) }
    _exit(0)
  }

  /// Waits for input or for the task thread.
  /// - Returns: whether there is input.
  private func waitForInput() -> Bool {
    var descriptors = [
      pollfd(fd: input, events: Int16(POLLIN), revents: 0),
      pollfd(fd: recall.readEnd, events: Int16(POLLIN), revents: 0),
    ]
    _ = descriptors.withUnsafeMutableBufferPointer { systemPoll($0, timeout: nil) }
    if descriptors[1].revents != 0 { recall.clear() }
    return descriptors[0].revents != 0
  }

  /// Waits for these events or for the other end to be closed.
  private func waitFor(_ events: Int32, on descriptor: Int32) {
    var descriptor = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    withUnsafeMutablePointer(to: &descriptor) { pointer in
      while systemPoll(UnsafeMutableBufferPointer(start: pointer, count: 1), timeout: nil) == 0 {}
    }
  }

  // MARK: Reading, by either

  /// Waits for input and handles it.
  /// - Returns: whether there may be more.
  private func read(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    let count = systemRead(input, buffer)
    guard count > 0 else { return false }
    let (whole, isReadable) = lines.withLock { lines in
      lines.append(UnsafeBufferPointer(rebasing: buffer[..<count]))
      var whole: [ArraySlice<UInt8>] = []
      do {
        while let line = try lines.next() { whole.append(line) }
      } catch {
        return (whole, false)
      }
      return (whole, true)
    }
    return whole.allSatisfy(handle) && isReadable
  }
}

/// `read`, tried again after a signal.
func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
  while true {
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count >= 0 || errno != EINTR { return count }
  }
}
