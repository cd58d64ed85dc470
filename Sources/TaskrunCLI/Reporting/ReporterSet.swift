// All reports of one run. Events come in from the run's thread and go through a queue to one thread
// that calls every reporter, so a slow disk holds the run up only when the queue is full, and reporters need
// no locks. What a reporter does wrong ends that reporter alone.

import ConcurrentFutures
import Synchronization
package import TaskrunAPI

/// The open reports of one run and the thread that feeds them.
///
/// A class, for it stands for that thread. ``send(_:)`` is called from one thread; exactly one of
/// ``finish()`` and ``abandon()`` ends the set.
package final class ReporterSet: Sendable {
  /// How many events may wait before the reports count as lagging behind.
  package static let queueCapacity = 1024

  private let queue = ThreadQueue<RunEvent>()
  /// Gets the failures when the thread is done.
  let result = ThreadQueue<[ReportFailure]>()
  private let isAbandoned = Atomic(false)
  private let destinations: [ReportDestination]

  /// Opens all reports and starts the thread.
  /// - Parameters:
  ///   - reports: what to write and where, resolved.
  ///   - options: how the report on standard output looks; the others keep only its verbosity.
  ///   - order: in which order reporters see the ends of instances.
  ///   - standardOutput: where the report on standard output goes.
  ///   - progress: the line to show on the terminal meanwhile.
  ///   - onCaughtUp: called when ``isLagging`` was true and is so no longer, from the reporters' thread.
  ///   - onFailure: called once for each report that fails, at once, from the reporters' thread.
  /// - Throws: ``ReportOpenError`` for a report that cannot be created, ``SystemError`` if there is no
  ///   thread; nothing is left behind then.
  package init(
    opening reports: [ResolvedReport], options: ReportOptions, order: ReportOrder = .completed,
    standardOutput: CheckedOutput = .standardOutput, progress: ProgressLine? = nil,
    onCaughtUp: @escaping @Sendable () -> Void = {},
    onFailure: @escaping @Sendable (ReportFailure) -> Void = { _ in }
  ) throws {
    var opened: [ReportDestination] = []
    do {
      for report in reports { opened.append(try .open(report.target, standardOutput: standardOutput)) }
      destinations = opened
      let live = zip(reports, opened).map { report, destination in
        let fileOptions = ReportOptions(verbosity: options.verbosity)
        return LiveReport(
          name: report.format.name, target: report.target, destination: destination,
          reporter: report.format.makeReporter(report.target == .standardOutput ? options : fileOptions))
      }
      let writer = ReportWriter(
        reports: live, order: order == .submitted ? SubmissionOrder() : nil, onFailure: onFailure)
      try PlatformThread.start(name: "reporters") { [self] in
        var writer = writer
        var progress = progress
        while let events = queue.receiveAll(until: progress?.nextDraw) {
          if events.count >= Self.queueCapacity { onCaughtUp() }
          progress?.erase()
          for event in events {
            progress?.take(event)
            writer.take(event)
          }
          progress?.draw()
        }
        progress?.erase()
        result.send(isAbandoned.load(ordering: .acquiring) ? writer.discard() : writer.close())
        result.close()
      }.detach()
    } catch {
      for destination in opened { destination.discard() }
      throw error
    }
  }

  /// Hands an event to all reporters, at once. Call it from one thread.
  package func send(_ event: RunEvent) {
    queue.send(event)
  }

  /// Whether ``queueCapacity`` events wait: a reader is slow, or does not read at all. Whoever makes events should
  /// make no more than it must, until `onCaughtUp`.
  package var isLagging: Bool { queue.count >= Self.queueCapacity }

  /// Waits until everything sent is written and every file is in its place.
  /// - Returns: the reports that could not be written whole, in the order in which they failed.
  package func finish() -> [ReportFailure] {
    queue.close()
    return result.receiveAll()?.first ?? []
  }

  /// Gives all reports up without waiting for anything: temporary files are removed, old reports stay as
  /// they were. For a program that ends at once.
  package func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    queue.close(discarding: true)
    for destination in destinations { destination.removeTemporaryFile() }
  }
}
