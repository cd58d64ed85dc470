import TaskrunAPI
import TaskrunEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The journal of a run that is over.
///
/// A class, for it holds the file open, and locked so that nobody removes it, until it is let go.
final class EarlierJournal: Sendable {
  /// How often a lock is tried until its holder counts as a run that goes on. Whoever was killed a moment ago may still
  /// be there, and a process that is being started has its parent's descriptors for a moment.
  private static let attempts = 50
  /// The same when the runner is known to be dead: only what has to end with it is still there.
  private static let attemptsAfterDeath = 500

  /// What the journal says.
  let recorded: RecordedRun
  /// The run's beginning.
  let start: RunStart
  private let descriptor: Int32

  /// Reads a journal, on the calling thread.
  /// - Parameter pause: waits some milliseconds, for a lock that may be released any moment.
  /// - Returns: `nil` if the run was killed before its journal had a first line.
  /// - Throws: ``ResumeError``; ``ResumeError/running(run:pid:)`` if the run goes on.
  init?(_ entry: RunHistory.Entry, in history: RunHistory, pause: () -> Void) throws(ResumeError) {
    guard !entry.isIncomplete else { throw .incomplete(run: entry.run) }
    let path = history.path(of: entry)
    let descriptor = openForReading(path)
    guard descriptor >= 0 else { throw .unreadable(path: path, .last) }
    var isTaken = false
    defer { if !isTaken { close(descriptor) } }
    try Self.lock(descriptor, run: entry.run, pause: pause)
    let recorded = try Self.read(descriptor, path)
    guard let start = recorded.start else { return nil }
    isTaken = true
    (self.descriptor, self.recorded, self.start) = (descriptor, recorded, start)
  }

  deinit {
    close(descriptor)
  }

  /// The last record of an instance; `nil` if there is none, or it cannot be read any more.
  func record(of id: String) -> TaskRecord? {
    guard let instance = recorded.instances[id], instance.offset >= 0 else { return nil }
    var line = [UInt8](repeating: 0, count: instance.length)
    let count = line.withUnsafeMutableBytes { Self.fill($0, from: descriptor, at: instance.offset) }
    return count == line.count ? JournalReader.record(ofLine: line) : nil
  }

  // MARK: Locking

  private static func lock(_ descriptor: Int32, run: String, pause: () -> Void) throws(ResumeError) {
    var tries = 0
    while flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
      let pid = runnerPID(descriptor)
      let isDead = pid.map { kill($0, 0) != 0 && errno == ESRCH } ?? false
      tries += 1
      guard tries < (isDead ? attemptsAfterDeath : attempts) else {
        throw .running(run: run, pid: pid.map { Int($0) })
      }
      pause()
    }
  }

  /// Who writes the journal; `nil` as long as its first line is not there.
  private static func runnerPID(_ descriptor: Int32) -> pid_t? {
    var recorded = RecordedRun()
    var reader = JournalReader()
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = chunk.withUnsafeMutableBytes { fill($0, from: descriptor, at: 0) }
    guard let end = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    try? reader.take(chunk[...end]) { (line) throws(JournalError) in try recorded.take(line) }
    // Zero and less would be about others.
    return recorded.start.flatMap { pid_t(exactly: $0.runnerPID) }.flatMap { $0 > 0 ? $0 : nil }
  }

  // MARK: Reading

  /// - Returns: how many bytes there were.
  private static func fill(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int)
    -> Int
  {
    var filled = 0
    while filled < bytes.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      filled += count
    }
    return filled
  }

  private static func read(_ descriptor: Int32, _ path: String) throws(ResumeError) -> RecordedRun {
    var recorded = RecordedRun()
    var reader = JournalReader()
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = readBytes(descriptor, &chunk)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, .last) }
      if count == 0 { break }
      do throws(JournalError) {
        try reader.take(chunk[..<count]) { (line) throws(JournalError) in try recorded.take(line) }
      } catch {
        throw .journal(path: path, error)
      }
    }
    recorded.tornBytes = reader.finish()
    return recorded
  }
}

/// `open(2)` and `read(2)`, under names that the type's own do not hide.
private func openForReading(_ path: String) -> Int32 { open(path, O_RDONLY | O_CLOEXEC) }
private func readBytes(_ descriptor: Int32, _ chunk: inout [UInt8]) -> Int {
  read(descriptor, &chunk, chunk.count)
}
