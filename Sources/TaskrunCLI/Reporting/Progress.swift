package import TaskrunAPI

/// What is known of a run while it goes on, and the one line that says it. A value; it draws nothing.
package struct Progress: Sendable {
  private var running: [(id: String, kind: TaskKind)] = []
  private var poolSizes = PerKind(io: 0, cpu: 0)
  private var total: Int?
  private var finished = 0
  private var failed = 0

  /// Nothing has happened yet.
  package init() {}

  /// Takes the next event of the run.
  package mutating func take(_ event: RunEvent) {
    switch event.kind {
    case .runStarted(let start): (poolSizes, total) = (start.poolSizes, start.total)
    case .taskStarted(let start): running.append((start.id, start.kind))
    case .taskFinished(let record):
      running.removeAll { $0.id == record.id }
      finished += 1
      if record.status == .failed || record.status == .timedOut { failed += 1 }
    case .runFinished: running = []
    }
  }

  /// `12/40 done, 1 failed · io 3/32 · cpu 2/2 · about 8s left · fetch[3], squares[1]`, cut to a width.
  /// - Parameters:
  ///   - time: the time since the run's start.
  ///   - width: columns there are; the text takes at most one less, so that no terminal wraps it.
  package func text(at time: Duration, width: Int) -> String {
    var parts = [
      "\(finished)" + (total.map { "/\($0)" } ?? "") + " done" + (failed > 0 ? ", \(failed) failed" : "")
    ]
    for kind in TaskKind.allCases {
      let used = running.count { $0.kind == kind }
      if used > 0 { parts.append("\(kind.rawValue) \(used)/\(poolSizes[kind])") }
    }
    if let left = timeLeft(at: time) { parts.append("about \(left.briefText) left") }
    parts.append(running.prefix(8).map(\.id.terminalSafe).joined(separator: ", "))
    return parts.filter { !$0.isEmpty }.joined(separator: " · ").clipped(toWidth: max(1, width - 1))
  }

  /// As if the rest took as long for each instance as those before; `nil` while too little is known.
  private func timeLeft(at time: Duration) -> Duration? {
    guard let total, finished > 0, total > finished else { return nil }
    let left = time * (total - finished) / finished
    return .seconds(left.components.seconds + 1)
  }
}
