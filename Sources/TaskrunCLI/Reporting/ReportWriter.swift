import Synchronization
import TaskrunAPI

/// A report that could not be written whole.
package struct ReportFailure: Error, Sendable, CustomStringConvertible {
  /// The format's name.
  package var format: String
  /// Where the report went.
  package var target: ReportTarget
  /// What the output or the reporter threw.
  package var error: any Error

  /// The failure in words: `report 'json' to out.json: no space left on device`.
  package var description: String { "report '\(format)' to \(target): \(error)" }
}

/// A run whose last event never came.
struct RunUnfinished: Error, CustomStringConvertible {
  var description: String { "the run did not come to its end" }
}

/// One reporter at work.
struct LiveReport: Sendable {
  var name: String
  var target: ReportTarget
  var destination: ReportDestination
  var reporter: any Reporter
}

/// Feeds events to reporters, one after the other, and drops those that fail.
///
/// A value that lives on the reporters' thread; it knows no threads itself.
struct ReportWriter: Sendable {
  private var live: [(report: LiveReport, buffer: ReportBuffer)]
  private var order: SubmissionOrder?
  private var failures: [ReportFailure] = []
  private var isComplete = false
  private let onFailure: @Sendable (ReportFailure) -> Void

  init(
    reports: [LiveReport], order: SubmissionOrder?, onFailure: @escaping @Sendable (ReportFailure) -> Void
  ) {
    live = reports.map { ($0, ReportBuffer(output: $0.destination.output)) }
    self.order = order
    self.onFailure = onFailure
  }

  mutating func take(_ event: RunEvent) {
    for event in order?.pass(event) ?? [event] { report(event) }
    if case .runFinished = event.kind { isComplete = true }
  }

  private mutating func report(_ event: RunEvent) {
    var hasFailed = false
    for position in live.indices {
      do {
        try live[position].report.reporter.report(event, to: live[position].buffer)
        try live[position].buffer.flush()
      } catch {
        live[position].report.destination.discard()
        fail(live[position].report, error)
        live[position].buffer.close()
        hasFailed = true
      }
    }
    if hasFailed { live.removeAll { $0.buffer.isClosed } }
  }

  /// Puts every report in its place, or gives all up if the run's last event never came.
  mutating func close() -> [ReportFailure] {
    for (report, _) in live {
      guard isComplete else {
        report.destination.discard()
        fail(report, RunUnfinished())
        continue
      }
      do {
        try report.destination.commit()
      } catch {
        fail(report, error)
      }
    }
    live = []
    return failures
  }

  /// Gives every report up without a word.
  mutating func discard() -> [ReportFailure] {
    for (report, _) in live { report.destination.discard() }
    live = []
    return failures
  }

  private mutating func fail(_ report: LiveReport, _ error: any Error) {
    let failure = ReportFailure(format: report.name, target: report.target, error: error)
    failures.append(failure)
    onFailure(failure)
  }
}

/// Collects what one call of a reporter writes, so that it leaves in one system call.
///
/// A class, for the reporter gets it as an existential and the writer empties it.
private final class ReportBuffer: ReportOutput {
  private struct State {
    var pending: [UInt8] = []
    var isClosed = false
  }

  /// A call that writes more than this is not collected any longer.
  private static let limit = 1 << 18

  private let output: CheckedOutput
  private let state = Mutex(State())

  init(output: CheckedOutput) {
    self.output = output
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  func close() {
    state.withLock { $0 = State(isClosed: true) }
  }

  func write(_ bytes: [UInt8]) throws {
    let isFull = state.withLock { state in
      state.pending += bytes
      return state.pending.count > Self.limit
    }
    if isFull { try flush() }
  }

  func flush() throws {
    let bytes = state.withLock { state in
      defer { state.pending = [] }
      return state.pending
    }
    if !bytes.isEmpty { try output.write(bytes) }
  }
}
