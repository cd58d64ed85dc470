import CSystem

#if canImport(Glibc)
  package import Glibc
#elseif canImport(Musl)
  package import Musl
#else
  package import Darwin
#endif

/// One command from its start to its end, on one thread.
struct ProcessRun: ~Copyable {
  /// How long a descendant may go on writing after the leader has ended.
  private static let drainLimit = Duration.milliseconds(200)

  let child: ProcessSpawner.Child
  /// When the child was about to be made.
  let start: ContinuousClock.Instant
  private let spawner: ProcessSpawner
  private let marks: [String]
  private var output: CapturedPipe
  private var error: CapturedPipe
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  /// Whether the leader was found to have ended.
  private var hasEnded = false
  /// How far stopping had gone then.
  private var stop = ProcessControl.Stop.none

  /// Starts the command.
  init(_ command: ProcessCommand, spawner: ProcessSpawner) throws(SpawnFailure) {
    if command.directory?.utf8.contains(0) == true { throw .containsNUL(what: "the folder's name") }
    let input: Descriptor
    if let bytes = command.input {
      input = try Descriptor.holding(bytes)
    } else {
      input = try Descriptor.noInput()
    }
    let output = try Descriptor.pipe()
    let error = try Descriptor.pipe()
    let start = ContinuousClock.now
    child = try spawner.spawn(
      .init(
        arguments: command.arguments, environment: command.environment, directory: command.directory,
        input: input.number, output: output.writeEnd.number, error: error.writeEnd.number))
    // From here on nothing throws: `deinit` frees the buffer.
    buffer = .allocate(capacity: 64 * 1024)
    self.start = start
    self.spawner = spawner
    marks = command.marks
    self.output = CapturedPipe(output.readEnd, limitBytes: command.outputLimitBytes)
    self.error = CapturedPipe(error.readEnd, limitBytes: command.outputLimitBytes)
  }

  deinit { buffer.deallocate() }

  /// What is readable when there is output or the leader has ended; -1 for a pipe that has ended.
  var descriptors: (exit: Int32, output: Int32, error: Int32) {
    (child.exitDescriptor, output.number, error.number)
  }

  /// Reads what is there, without waiting.
  /// - Returns: whether the leader has ended.
  mutating func look() -> Bool {
    poll(timeout: .zero)
    return hasEnded
  }

  /// Collects output until the leader has ended, or for so long.
  /// - Returns: whether it has ended.
  mutating func ends(within limit: Duration) -> Bool {
    let deadline = ContinuousClock.now + limit
    var left = limit
    while !hasEnded, left > .zero {
      poll(timeout: left)
      left = ContinuousClock.now.duration(to: deadline)
    }
    return hasEnded
  }

  /// Whether nothing holds the output open any more; then ``collect(_:)`` waits for nothing unless the command is being
  /// stopped.
  var hasAllOutput: Bool { output.hasEnded && error.hasEnded }

  /// Collects output until the leader has ended and nothing of the command is left to wait for.
  mutating func collect(_ control: ProcessControl) {
    while !hasEnded { poll(timeout: nil) }
    // A stop that comes later, while the rest of the output is awaited, has not ended the command.
    stop = control.stop
    if stop > .none {
      waitForGroup(control)
      sweep()
    }
    // The leader is a zombie until it is reaped, so its group's id cannot belong to anybody else.
    let deadline = ContinuousClock.now + Self.drainLimit
    drain(until: deadline)
    if !(output.hasEnded && error.hasEnded) {
      control.killGroup()
      drain(until: .now + Self.drainLimit)
    }
  }

  /// Reaps the leader.
  consuming func finish(_ control: ProcessControl) -> ProcessResult {
    control.end()
    let end = spawner.reap(child)
    return ProcessResult(
      pid: Int(child.pid), start: start,
      ending: ProcessEnding(end),
      stdout: output.capture, stderr: error.capture, userTime: .microseconds(end.user_microseconds),
      systemTime: .microseconds(end.system_microseconds), maxRSSBytes: Int(end.max_rss_bytes),
      stop: stop == .none ? .none : control.stop)
  }

  /// Waits for output or the leader's end and reads what is there.
  /// - Parameter timeout: `nil` to wait as long as it takes.
  private mutating func poll(timeout: Duration?) {
    let watched = Int16(POLLIN)
    var descriptors = (
      pollfd(fd: child.exitDescriptor, events: watched, revents: 0),
      pollfd(fd: output.number, events: watched, revents: 0),
      pollfd(fd: error.number, events: watched, revents: 0)
    )
    withUnsafeMutableBytes(of: &descriptors) { bytes in
      let list = bytes.bindMemory(to: pollfd.self)
      _ = systemPoll(list, timeout: timeout)
    }
    if descriptors.1.revents != 0 { output.read(into: buffer) }
    if descriptors.2.revents != 0 { error.read(into: buffer) }
    if descriptors.0.revents != 0 { hasEnded = true }
  }

  /// Reads what still comes, until both pipes have ended or the time is over. What is in them already is read in any
  /// case: this thread may not have run for longer than the time.
  private mutating func drain(until deadline: ContinuousClock.Instant) {
    while !(output.hasEnded && error.hasEnded) {
      let left = max(.zero, ContinuousClock.now.duration(to: deadline))
      var descriptors = (
        pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
        pollfd(fd: error.number, events: Int16(POLLIN), revents: 0)
      )
      let ready = withUnsafeMutableBytes(of: &descriptors) { bytes in
        systemPoll(bytes.bindMemory(to: pollfd.self), timeout: left)
      }
      if descriptors.0.revents != 0 { output.read(into: buffer) }
      if descriptors.1.revents != 0 { error.read(into: buffer) }
      if ready == 0 || left == .zero { return }
    }
  }

  /// Gives the rest of a stopped group the time that it has, until somebody kills it.
  private mutating func waitForGroup(_ control: ProcessControl) {
    control.terminateRest()
    var pause = Duration.milliseconds(5)
    while control.stop < .killed, csystem_living_in_group(child.pid) > 0 {
      poll(timeout: .zero)
      control.waitForKill(atMost: pause)
      pause = min(pause * 2, .milliseconds(100))
    }
    if control.stop == .killed { control.killGroup() }
  }

  /// Kills descendants that left the group. One that forks while it is being looked for is found next time.
  private func sweep() {
    guard !marks.isEmpty else { return }
    withCStringArray(marks.map { Array($0.utf8CString) }) { entries in
      let list = UnsafeRawPointer(entries).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
      var rounds = 20
      while rounds > 0, csystem_signal_marked(list, [child.pid], 1, SIGKILL) > 0 { rounds -= 1 }
    }
  }
}

extension ProcessEnding {
  fileprivate init(_ end: csystem_end) {
    if end.signal != 0 {
      self = .signalled(Int(end.signal), dumpedCore: end.dumped_core)
    } else {
      self = end.exit_status < 0 ? .unknown : .exited(Int(end.exit_status))
    }
  }
}

/// `poll`, tried again after a signal. A `nil` timeout waits for ever.
/// - Returns: how many descriptors have something.
package func systemPoll(_ descriptors: UnsafeMutableBufferPointer<pollfd>, timeout: Duration?) -> Int32 {
  let milliseconds = timeout.map { duration -> Int32 in
    let (seconds, attoseconds) = duration.components
    // Rounded up: waking a little early would make the caller spin through the last millisecond.
    return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
  while true {
    let count = poll(descriptors.baseAddress, nfds_t(descriptors.count), milliseconds ?? -1)
    if count >= 0 { return count }
    // Anything but EINTR is a bug in the list; treat it as "look at everything".
    if errno != EINTR { return Int32(descriptors.count) }
  }
}
