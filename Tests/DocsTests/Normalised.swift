/// What programs print, without what differs from run to run: times, pids, slots, ids, and the order in which
/// tasks end.
struct Normalised: Equatable, CustomStringConvertible {
  let description: String

  init(_ output: String) {
    var blocks: [[String]] = []
    var rows: [[String]] = []
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if let row = Self.row(line) {
        rows.append([row])
      } else if line.hasPrefix("    "), !rows.isEmpty {
        rows[rows.count - 1].append(String(line))
      } else {
        blocks += rows.sorted { $0.lexicographicallyPrecedes($1) } + [[Self.constant(line)]]
        rows = []
      }
    }
    blocks += rows.sorted { $0.lexicographicallyPrecedes($1) }
    var lines = blocks.flatMap(\.self)
    while lines.last?.isEmpty == true { lines.removeLast() }
    description = lines.joined(separator: "\n")
  }

  /// A row of the table, or of the script that the README compares with.
  private static func row(_ line: Substring) -> String? {
    let table = /^([✓✗!-] [a-z_]+) +(?:[0-9.hms]+|(-)) +(io|cpu) +(?:[0-9]+|(-)) +(?:[0-9]+|(-)) +(.*)$/
    if let match = line.wholeMatch(of: table) {
      let figures = "\(match.2 ?? "TIME") \(match.3) \(match.4 ?? "PID") \(match.5 ?? "SLOT")"
      return "\(match.1) \(figures) \(constant(match.6))"
    }
    if let match = line.wholeMatch(of: /^(succeeded|failed   )  +[0-9.]+s  (.*)$/) {
      return "\(match.1) TIME \(match.2)"
    }
    return nil
  }

  private static func constant(_ line: Substring) -> String {
    let number = /("(?:[a-z]+_seconds|pid|runner_pid|slot|max_rss_bytes|cpu_ratio)": ?)[0-9.e-]+/
    return String(line).replacing(number, with: { "\($0.1)N" })
      .replacing(/("(?:run_id|started_at)": ?)"[^"]*"/, with: { "\($0.1)TEXT" })
      .replacing(/^([0-9]+ tasks? in )[0-9.hms]+/, with: { "\($0.1)TIME" })
      .replacing(
        /resuming run [0-9T]+_[0-9a-z]+ of [-0-9]+ [0-9:]+ UTC/, with: { _ in "resuming run RUN of TIME" }
      )
      .replacing(/(process(?:es)?: )[0-9, ]+$/, with: { "\($0.1)PIDS" })
  }
}
