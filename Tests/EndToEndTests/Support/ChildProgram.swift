import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A program that runs, with its output collected. A class, for it stands for the process.
///
/// Started with `posix_spawn` and not with Foundation's `Process`: a test has to say which signals are blocked,
/// which descriptors are open, and which bytes are in the environment.
final class ChildProgram: Sendable {
  /// What to start.
  struct Start {
    var program: String
    var arguments: [String]
    /// `NAME=VALUE` each, any bytes but NUL.
    var environment: [[UInt8]]
    var directory: String
    var input: [UInt8]
    /// Signals that are blocked when it starts.
    var blockedSignals: [Int32]
  }

  /// How it ended.
  enum Status: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
    /// It had to be killed because it did not end.
    case hung
  }

  /// What came of it.
  struct Ending: Sendable {
    var status: Status
    var stdout: [UInt8]
    var stderr: [UInt8]
    var duration: Duration
  }

  private struct State {
    var ending: Ending?
    var waiting: [CheckedContinuation<Ending, Never>] = []
  }

  /// Its process, which leads a session of its own.
  let pid: pid_t
  private let state = Mutex(State())

  /// - Parameter limit: after this time it is killed.
  init(_ start: Start, limit: Duration) throws {
    let begin = ContinuousClock.now
    let output = try Self.pipe()
    let error = try Self.pipe()
    let input = try Self.file(holding: start.input)
    defer { for descriptor in [output.write, error.write, input] { close(descriptor) } }
    pid = try Self.spawn(start, input: input, output: output.write, error: error.write)
    Thread.detachNewThread { [self] in
      let ending = Self.collect(pid, [output.read, error.read], begin: begin, limit: limit)
      let waiting = state.withLock { state in
        state.ending = ending
        return state.waiting
      }
      for continuation in waiting { continuation.resume(returning: ending) }
    }
  }

  /// Waits for its end.
  var ending: Ending {
    get async {
      await withCheckedContinuation { continuation in
        let ending = state.withLock { state in
          if state.ending == nil { state.waiting.append(continuation) }
          return state.ending
        }
        if let ending { continuation.resume(returning: ending) }
      }
    }
  }

  var hasEnded: Bool { state.withLock { $0.ending != nil } }

  /// Sends it a signal.
  func signal(_ number: Int32) {
    state.withLock { if $0.ending == nil { _ = kill(pid, number) } }
  }

  // MARK: Starting

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    #if canImport(Glibc)
      let code = Glibc.pipe(&ends)
    #elseif canImport(Musl)
      let code = Musl.pipe(&ends)
    #else
      let code = Darwin.pipe(&ends)
    #endif
    // Children of other programs must not hold it open; ours are closed below.
    for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    guard code == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return (ends[0], ends[1])
  }

  /// A file without a name: a child may read as much or as little of it as it likes.
  private static func file(holding bytes: [UInt8]) throws -> Int32 {
    var template = Array((NSTemporaryDirectory() + "/taskrun-e2e-input-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    try FileHandle(fileDescriptor: descriptor).write(contentsOf: bytes)
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
  }

  private static func spawn(_ start: Start, input: Int32, output: Int32, error: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (number, descriptor) in [input, output, error].enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
    }
    _ = Extension.addChangeDirectory?(&actions, start.directory)
    var standard = sigset_t()
    var blocked = sigset_t()
    sigfillset(&standard)
    sigemptyset(&blocked)
    for number in start.blockedSignals { sigaddset(&blocked, number) }
    posix_spawnattr_setsigdefault(&attributes, &standard)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    #if os(Linux)
      _ = Extension.addCloseFrom?(&actions, 3)
      let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | 0x80  // POSIX_SPAWN_SETSID
    #else
      let flags =
        POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT
    #endif
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var pid: pid_t = 0
    let arguments = [start.program] + start.arguments
    let code = withPointers(arguments.map { Array($0.utf8) }) { arguments in
      withPointers(start.environment) { environment in
        posix_spawn(&pid, start.program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw POSIXError(.init(rawValue: code) ?? .EIO) }
    return pid
  }

  /// What the C library has and its Swift module does not show, for the names are extensions.
  private enum Extension {
    typealias Actions = UnsafeMutablePointer<posix_spawn_file_actions_t>

    static let addChangeDirectory = function(
      "posix_spawn_file_actions_addchdir_np",
      as: (@convention(c) (Actions, UnsafePointer<CChar>) -> Int32).self)
    static let addCloseFrom = function(
      "posix_spawn_file_actions_addclosefrom_np", as: (@convention(c) (Actions, Int32) -> Int32).self)

    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
      dlsym(dlopen(nil, RTLD_NOW), name).map { unsafeBitCast($0, to: type) }
    }
  }

  private static func withPointers<Result>(
    _ texts: [[UInt8]], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { text in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 1)
      for (index, byte) in text.enumerated() { copy[index] = CChar(bitPattern: byte) }
      copy[text.count] = 0
      return copy
    }
    defer { for pointer in pointers { pointer?.deallocate() } }
    pointers.append(nil)
    return body(pointers)
  }

  // MARK: Collecting

  private static func collect(
    _ pid: pid_t, _ pipes: [Int32], begin: ContinuousClock.Instant, limit: Duration
  ) -> Ending {
    var (pipes, streams): ([Int32], [[UInt8]]) = (pipes, [[], []])
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var status: Int32 = 0
    var (exit, isHung): (ContinuousClock.Instant?, Bool) = (nil, false)
    while true {
      var requests = pipes.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      let ready = poll(&requests, nfds_t(requests.count), 10)
      for index in requests.indices where requests[index].revents != 0 {
        let count = read(pipes[index], &buffer, buffer.count)
        if count > 0 {
          streams[index] += buffer[..<count]
        } else {
          close(pipes[index])
          pipes[index] = -1
        }
      }
      if exit == nil, waitpid(pid, &status, WNOHANG) == pid { exit = .now }
      if exit == nil, .now - begin > limit {
        isHung = true
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
      }
      // Somebody left behind may hold the pipes open for ever; what is in them is read all the same.
      if let exit, pipes == [-1, -1] || ready == 0 && .now - exit > .seconds(2) { break }
    }
    for descriptor in pipes where descriptor >= 0 { close(descriptor) }
    let isSignal = status & 0x7F != 0
    return Ending(
      status: isHung ? .hung : isSignal ? .signalled(status & 0x7F) : .exited(status >> 8 & 0xFF),
      stdout: streams[0], stderr: streams[1], duration: (exit ?? .now) - begin)
  }
}
