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

  /// Takes the next events. What the reporters say of them leaves before this returns, for each in as few system calls as
  /// it can be.
  mutating func take(_ events: [RunEvent]) {
    for event in events {
      for event in order?.pass(event) ?? [event] {
        tryEach { report, buffer in
          try report.reporter.report(event, to: buffer)
          try buffer.endCall()
        }
      }
      if case .runFinished = event.kind { isComplete = true }
    }
    tryEach { try $1.flush() }
  }

  /// Does something for each live report, and drops those for which it fails.
  private mutating func tryEach(_ body: (inout LiveReport, ReportBuffer) throws -> Void) {
    var hasFailed = false
    for position in live.indices {
      do {
        try body(&live[position].report, live[position].buffer)
      } catch {
        live[position].buffer.close()
        live[position].report.destination.discard()
        fail(live[position].report, error)
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

/// Collects what calls of a reporter write, so that it leaves in few system calls.
///
/// A class, for the reporter gets it as an existential and the writer empties it.
private final class ReportBuffer: ReportOutput {
  private struct State {
    /// What calls have written that are over.
    var whole: [UInt8] = []
    /// What the call has written that goes on.
    var current: [UInt8] = []
    var isClosed = false
  }

  /// So many bytes no pipe mixes with what others write to it (`PIPE_BUF` on Linux; macOS promises 512). What one call
  /// writes is not divided for it.
  private static let undividedBytes = 4096
  /// A call that writes more than this is not collected any longer.
  private static let limitBytes = 1 << 18

  private let output: CheckedOutput
  private let state = Mutex(State())

  init(output: CheckedOutput) {
    self.output = output
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  func write(_ bytes: [UInt8]) throws {
    try leave { state in
      state.current += bytes
      guard state.current.count > Self.limitBytes else { return [] }
      defer { (state.whole, state.current) = ([], []) }
      return state.whole + state.current
    }
  }

  /// The call is over.
  func endCall() throws {
    try leave { state in
      let isFull = state.whole.count + state.current.count > Self.undividedBytes
      let full = isFull ? state.whole : []
      if isFull { state.whole = [] }
      state.whole += state.current
      state.current.removeAll(keepingCapacity: true)
      return full
    }
  }

  /// Lets all go that is whole.
  func flush() throws {
    try leave { state in
      defer { state.whole = [] }
      return state.whole
    }
  }

  /// Drops the call that has failed; what was whole before it still leaves. The last call.
  func close() {
    // If this fails too, nothing is worse than before.
    try? flush()
    state.withLock { $0 = State(isClosed: true) }
  }

  private func leave(_ take: (inout State) -> [UInt8]) throws {
    let bytes = state.withLock { take(&$0) }
    guard !bytes.isEmpty else { return }
    do {
      try output.write(bytes)
    } catch {
      // What came behind it would follow a gap.
      state.withLock { $0.whole = [] }
      throw error
    }
  }
}
