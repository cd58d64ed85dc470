// The journal of the run that goes on. In a run that is over in a moment the run's thread writes it: a few small lines
// into a file of our own. What goes on for longer has a thread for it, to which the events go through a queue: neither a
// slow disk nor a report whose reader does not read keeps what has happened from being written.

import ConcurrentFutures
import Synchronization
package import TaskrunAPI
package import TaskrunEngine

/// Writes the journal of a run.
///
/// What is written outlives taskrun at once, whatever ends it. The thread makes it outlive the machine once a second, so
/// a power cut loses at most the last second. A class, for it stands for that thread; ``send(_:)``, ``startThread()`` and
/// ``finish()`` are called from one thread at a time.
package final class RunJournal: Sendable {
  /// What is wrong with a journal. The run goes on without.
  package enum Trouble: Error, Sendable, Hashable {
    /// There is none.
    case notCreated(path: String, SystemError)
    /// It stops in the middle of the run.
    case notWritten(path: String, SystemError)
  }

  /// So many events start the thread, if it has not been started yet.
  private static let startCount = 128

  private let queue = ThreadQueue<RunEvent>()
  /// What is to be done with the events, unless the thread is doing it.
  private let desk: Mutex<JournalDesk?>
  private let thread = Mutex<PlatformThread?>(nil)

  /// Makes a journal; creates nothing.
  /// - Parameters:
  ///   - run: the run's id.
  ///   - onCaughtUp: called when ``isLagging`` was true and is so no longer, from the journal's thread.
  ///   - onTrouble: called at most once, at once, from the journal's thread.
  package init(
    _ folder: JournalFolder, header: JournalHeader, run: String,
    onCaughtUp: @escaping @Sendable () -> Void = {},
    onTrouble: @escaping @Sendable (Trouble) -> Void = { _ in }
  ) {
    let writer = JournalWriter(RunHistory(folder: folder), header: header, run: run)
    desk = Mutex(JournalDesk(writer: writer, onCaughtUp: onCaughtUp, onTrouble: onTrouble))
  }

  /// Starts the thread, unless it is there already. Until then ``send(_:)`` writes; a run that goes on for more than a
  /// moment must not leave it at that. The thread also removes old journals.
  package func startThread() {
    guard let desk = desk.withLock({ $0.take() }) else { return }
    do {
      let thread = try PlatformThread.start(name: "journal") { [self] in work(at: desk) }
      self.thread.withLock { $0 = thread }
    } catch {
      self.desk.withLock { $0 = desk }
    }
  }

  private func work(at desk: JournalDesk) {
    var desk = desk
    desk.begin()
    while let events = queue.receiveAll(until: desk.writer.nextSynchronization) {
      desk.take(events, isBacklog: events.count >= ReporterSet.queueCapacity)
    }
    desk.close()
    self.desk.withLock { $0 = desk }
  }

  /// Hands an event to the journal, at once. The event that ends the run ends the journal.
  package func send(_ event: RunEvent) {
    if var desk = desk.withLock({ $0.take() }) {
      desk.take(event)
      let needsThread = desk.writer.trouble != nil || desk.count == Self.startCount
      self.desk.withLock { $0 = desk }
      if needsThread { startThread() }
    } else {
      queue.send(event)
    }
    if case .runFinished = event.kind { queue.close() }
  }

  /// Whether so many events wait that whoever makes events should make no more than it must, until `onCaughtUp`.
  package var isLagging: Bool { queue.count >= ReporterSet.queueCapacity }

  /// Whether ``finish()`` may have to wait: for the thread, if there is one.
  package var mayWait: Bool { thread.withLock { $0 != nil } }

  /// Waits until everything sent is written. Call it once.
  /// - Returns: what was wrong; `nil` if nothing was.
  package func finish() -> Trouble? {
    queue.close()
    thread.withLock { $0.take() }?.join()
    var desk = desk.withLock { $0.take() }
    desk?.close()
    return desk?.writer.trouble
  }
}

/// What whoever writes the journal has before it.
private struct JournalDesk: Sendable {
  var writer: JournalWriter
  /// How many events were taken one by one.
  private(set) var count = 0
  private var first: [RunEvent] = []
  private var isTold = false
  private let onCaughtUp: @Sendable () -> Void
  private let onTrouble: @Sendable (RunJournal.Trouble) -> Void

  init(
    writer: JournalWriter, onCaughtUp: @escaping @Sendable () -> Void,
    onTrouble: @escaping @Sendable (RunJournal.Trouble) -> Void
  ) {
    self.writer = writer
    self.onCaughtUp = onCaughtUp
    self.onTrouble = onTrouble
  }

  /// Takes an event on the run's thread. Tells nobody of trouble: whoever is told may make us wait.
  mutating func take(_ event: RunEvent) {
    count += 1
    first.append(event)
    // The run begins just before its first task starts. While that runs nobody waits for us.
    if case .runStarted = event.kind { return }
    writeFirst()
  }

  private mutating func writeFirst() {
    if writer.begin() { writer.prune(isThorough: false) }
    if !first.isEmpty { writer.write(first) }
    first = []
  }

  /// Takes over on the journal's thread.
  mutating func begin() {
    writeFirst()
    tell()
    writer.prune(isThorough: true)
  }

  mutating func take(_ events: [RunEvent], isBacklog: Bool) {
    if isBacklog { onCaughtUp() }
    writer.write(events)
    tell()
  }

  private mutating func tell() {
    guard !isTold, let trouble = writer.trouble else { return }
    isTold = true
    onTrouble(trouble)
  }

  mutating func close() {
    if !first.isEmpty { writeFirst() }
    tell()
    writer.close()
  }
}

extension RunJournal.Trouble {
  /// Whether a part of the run is in the journal and another is not.
  var isCutShort: Bool {
    if case .notWritten = self { true } else { false }
  }
}

extension RunJournal.Trouble: CustomStringConvertible {
  /// The trouble in words.
  package var description: String {
    switch self {
    case .notCreated(let path, let error): "cannot create the journal '\(path)': \(error)"
    case .notWritten(let path, let error): "cannot write the journal '\(path)': \(error)"
    }
  }
}
