import TaskrunAPI
import TaskrunEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The file of a journal that is being written.
struct JournalWriter: Sendable {
  private static let synchronizationInterval = Duration.seconds(1)

  private let history: RunHistory
  private let run: String
  private var encoder: JournalEncoder
  private var isBegun = false
  private var descriptor: Int32 = -1
  private var lines: [UInt8] = []
  private var lastSynchronization = ContinuousClock.now
  private var isSynchronized = true
  private var isEmpty = true
  private(set) var trouble: RunJournal.Trouble?

  init(_ history: RunHistory, header: JournalHeader, run: String) {
    self.history = history
    self.run = run
    encoder = JournalEncoder(header)
  }

  /// When to write nothing more and yet come back; `nil` for not before the next event.
  var nextSynchronization: ContinuousClock.Instant? {
    isSynchronized ? nil : lastSynchronization + Self.synchronizationInterval
  }

  /// Creates the file, unless that has been tried before.
  /// - Returns: whether it was created now.
  mutating func begin() -> Bool {
    guard !isBegun else { return false }
    isBegun = true
    do throws(SystemError) {
      descriptor = try history.create(run)
      return true
    } catch {
      give(up: .notCreated(path: history.folder.journal(of: run), error))
      return false
    }
  }

  /// Removes old journals.
  /// - Parameter isThorough: whether there may be one too many already; otherwise it has to be worth the time.
  func prune(isThorough: Bool) {
    guard descriptor >= 0 else { return }
    history.prune(ifMoreThan: isThorough ? 0 : 2 * RunHistory.keptRuns)
  }

  mutating func write(_ events: [RunEvent]) {
    guard trouble == nil else { return }
    lines.removeAll(keepingCapacity: true)
    for event in events { encoder.append(event, to: &lines) }
    do throws(SystemError) {
      if !lines.isEmpty { isSynchronized = false }
      try CheckedOutput(descriptor: descriptor).write(lines)
      isEmpty = false
      try synchronizeIfDue()
    } catch {
      let path = history.folder.journal(of: run)
      // Without a first line it is as if there were no journal.
      if isEmpty { unlink(path) }
      give(up: isEmpty ? .notCreated(path: path, error) : .notWritten(path: path, error))
    }
  }

  private mutating func synchronizeIfDue() throws(SystemError) {
    guard !isSynchronized, .now - lastSynchronization >= Self.synchronizationInterval else { return }
    #if canImport(Darwin)
      let code = fsync(descriptor)
    #else
      let code = fdatasync(descriptor)
    #endif
    // What the system could not write once it has dropped, so a second call that succeeds would mean nothing.
    // Some file systems cannot, and say so; then there is nothing to wait for.
    if code != 0, ![EINTR, EINVAL, ENOSYS, ENOTSUP].contains(errno) { throw .last }
    isSynchronized = true
    lastSynchronization = .now
  }

  private mutating func give(up trouble: RunJournal.Trouble) {
    if case .notWritten = trouble { history.markIncomplete(run) }
    self.trouble = trouble
    isSynchronized = true
    close()
  }

  mutating func close() {
    guard descriptor >= 0 else { return }
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #elseif canImport(Musl)
      _ = Musl.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
    descriptor = -1
  }
}
