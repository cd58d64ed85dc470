// All reports of one run. Events come in from the run's thread and go through a queue to one thread
// that calls every reporter, so a slow disk holds the run up only when the queue is full, and reporters need
// no locks. What a reporter does wrong ends that reporter alone. A run that is over in a moment has no such thread:
// whoever finishes the set calls the reporters.

import ConcurrentFutures
import Synchronization
package import TaskrunAPI

/// The open reports of one run and the thread that feeds them.
///
/// A class, for it stands for that thread. ``send(_:)`` is called from one thread at a time; exactly one of
/// ``finish()`` and ``abandon()`` ends the set.
package final class ReporterSet: Sendable {
  /// How many events may wait before the reports count as lagging behind.
  package static let queueCapacity = 1024

  /// So many events start the thread, if it has not been started yet.
  private static let startCount = 128

  private let queue = ThreadQueue<RunEvent>()
  /// What is to be done with the events, until somebody begins to do it.
  private let desk: Mutex<ReporterDesk?>
  /// Gets the failures when the thread is done.
  let result = ThreadQueue<[ReportFailure]>()
  private let isAbandoned = Atomic(false)
  private let destinations: [ReportDestination]

  /// Opens all reports.
  /// - Parameters:
  ///   - reports: what to write and where, resolved.
  ///   - options: how the report on standard output looks; the others keep only its verbosity.
  ///   - order: in which order reporters see the ends of instances.
  ///   - standardOutput: where the report on standard output goes.
  ///   - progress: the line to show on the terminal meanwhile.
  ///   - onCaughtUp: called when ``isLagging`` was true and is so no longer, from the thread that calls the reporters.
  ///   - onFailure: called once for each report that fails, at once, from the thread that calls the reporters.
  /// - Throws: ``ReportOpenError`` for a report that cannot be created; nothing is left behind then.
  package init(
    opening reports: [ResolvedReport], options: ReportOptions, order: ReportOrder = .completed,
    standardOutput: CheckedOutput = .standardOutput, progress: ProgressLine? = nil,
    onCaughtUp: @escaping @Sendable () -> Void = {},
    onFailure: @escaping @Sendable (ReportFailure) -> Void = { _ in }
  ) throws(ReportOpenError) {
    var opened: [ReportDestination] = []
    do {
      for report in reports { opened.append(try .open(report.target, standardOutput: standardOutput)) }
    } catch {
      for destination in opened { destination.discard() }
      throw error
    }
    destinations = opened
    let live = zip(reports, opened).map { report, destination in
      let fileOptions = ReportOptions(verbosity: options.verbosity)
      return LiveReport(
        name: report.format.name, target: report.target, destination: destination,
        reporter: report.format.makeReporter(report.target == .standardOutput ? options : fileOptions))
    }
    let writer = ReportWriter(
      reports: live, order: order == .submitted ? SubmissionOrder() : nil, onFailure: onFailure)
    desk = Mutex(ReporterDesk(writer: writer, progress: progress, onCaughtUp: onCaughtUp))
  }

  /// Starts the thread, unless it is there already. Until then events only collect; a run that goes on for more than a
  /// moment must not leave it at that.
  package func start() {
    guard let desk = desk.withLock({ $0.take() }) else { return }
    do {
      try PlatformThread.start(name: "reporters") { [self] in work(at: desk) }.detach()
    } catch {
      // The events wait for the end of the run, then.
      self.desk.withLock { $0 = desk }
    }
  }

  private func work(at desk: ReporterDesk) {
    var desk = desk
    while let events = queue.receiveAll(until: desk.progress?.nextDraw) {
      desk.take(events, isBacklog: events.count >= Self.queueCapacity)
    }
    desk.progress?.erase()
    result.send(isAbandoned.load(ordering: .acquiring) ? desk.writer.discard() : desk.writer.close())
    result.close()
  }

  /// Hands an event to all reporters, at once. Call it from one thread at a time.
  package func send(_ event: RunEvent) {
    queue.send(event)
    if queue.count == Self.startCount { start() }
  }

  /// Whether ``queueCapacity`` events wait: a reader is slow, or does not read at all. Whoever makes events should
  /// make no more than it must, until `onCaughtUp`.
  package var isLagging: Bool { queue.count >= Self.queueCapacity }

  /// Whether ``finish()`` may have to wait for a reader: it does not if all reports are files.
  package var mayWait: Bool {
    desk.withLock { $0 == nil } || destinations.contains { !$0.isPrompt }
  }

  /// Waits until everything sent is written and every file is in its place; does it itself if there is no thread for it.
  /// - Returns: the reports that could not be written whole, in the order in which they failed.
  package func finish() -> [ReportFailure] {
    queue.close()
    if let desk = desk.withLock({ $0.take() }) { work(at: desk) }
    return result.receiveAll()?.first ?? []
  }

  /// Gives all reports up without waiting for anything: temporary files are removed, old reports stay as
  /// they were. For a program that ends at once.
  package func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    queue.close(discarding: true)
    for destination in destinations { destination.removeTemporaryFile() }
    if let desk = desk.withLock({ $0.take() }) { work(at: desk) }
  }
}

/// What whoever calls the reporters has before it.
private struct ReporterDesk: Sendable {
  var writer: ReportWriter
  var progress: ProgressLine?
  let onCaughtUp: @Sendable () -> Void

  mutating func take(_ events: [RunEvent], isBacklog: Bool) {
    if isBacklog { onCaughtUp() }
    progress?.erase()
    for event in events { progress?.take(event) }
    writer.take(events)
    progress?.draw()
  }
}
