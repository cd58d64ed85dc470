import TaskrunAPI

/// The lines below the table. Keeps only a bounded part of what went by.
struct TableClosing {
  /// So many worker processes are told apart, so many pids shown, so many failed tasks named again.
  private static let (knownPIDs, shownPIDs, namedFailures) = (1024, 8, 10)
  /// A table longer than this has scrolled away, and its failures are named again.
  private static let rowsInSight = 20

  private var pids: Set<Int> = []
  private var failures: [String] = []
  private var failureCount = 0

  mutating func add(_ record: TaskRecord) {
    if record.executor == .process, let pid = record.pid, pids.count < Self.knownPIDs { pids.insert(pid) }
    guard record.countsAsFailure else { return }
    failureCount += 1
    if failures.count < Self.namedFailures { failures.append(record.id.terminalSafe) }
  }

  func lines(_ end: RunEnd, _ style: TableStyle, isBrief: Bool) -> String {
    var text = summary(end, style) + "\n"
    if isBrief { return text }
    if let pools = pools(end) { text += style.paint(pools, .faint) + "\n" }
    if !failures.isEmpty, end.summary.total > Self.rowsInSight {
      let more = failureCount - failures.count
      let names = Self.list(failures) + (more > 0 ? " and \(more) more" : "")
      text += style.paint("did not succeed: " + names, .bad) + "\n"
    }
    return text
  }

  private func summary(_ end: RunEnd, _ style: TableStyle) -> String {
    let total = end.summary.total
    let head = "\(total) \(total == 1 ? "task" : "tasks") in \(end.duration.briefText)"
    let allowed = end.summary.allowedFailures
    let lastFailing: TaskStatus = end.summary[.timedOut] > 0 ? .timedOut : .failed
    let counts = TaskStatus.allCases.filter { end.summary[$0] > 0 }.map { status in
      style.paint("\(end.summary[status]) \(status.rawValue)", style.look(of: status))
        + (status == lastFailing && allowed > 0 ? " (\(allowed) allowed)" : "")
    }
    return style.paint(head, .strong) + (counts.isEmpty ? "" : ": " + Self.list(counts))
  }

  /// `2 of 32 threads, 2 of 4 processes: 4713, 4714`.
  private func pools(_ end: RunEnd) -> String? {
    let used = [end.pools.io, end.pools.cpu].filter { $0.peak > 0 }
    guard !used.isEmpty else { return nil }
    let parts = used.map { pool in
      let noun = pool.executor == .thread ? "thread" : "process"
      let plural = pool.executor == .thread ? "threads" : "processes"
      return "\(pool.peak) of \(pool.size) \(pool.size == 1 ? noun : plural)"
    }
    return Self.list(parts) + (pids.isEmpty ? "" : ": " + pidList)
  }

  private var pidList: String {
    let shown = Self.list(pids.sorted().prefix(Self.shownPIDs).map { String($0) })
    let more = pids.count - Self.shownPIDs
    if pids.count == Self.knownPIDs { return shown + " and over a thousand more" }
    return more > 0 ? shown + " and \(more) more" : shown
  }

  /// `a, b, c`. (`joined` is generic code that looks its types up when it is used first: a tenth of a millisecond at the
  /// end of every run.)
  private static func list(_ texts: [String]) -> String {
    var list = ""
    for (position, text) in texts.enumerated() { list += position == 0 ? text : ", " + text }
    return list
  }
}
