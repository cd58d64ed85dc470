import TaskrunAPI

/// What a task wrote, below its row: all of it, or the last lines of what explains a failure.
struct OutputBlock {
  private static let tailLines = 10
  private static let tailColumns = 500

  private var parts: [(stream: String, lines: [String], hidden: Int)] = []

  init(_ record: TaskRecord, showsAll: Bool) {
    if showsAll {
      add("stdout", record.stdout, showsAll: true)
      add("stderr", record.stderr, showsAll: true)
    } else if record.status == .failed || record.status == .timedOut {
      // Many test programs explain themselves on standard output.
      add("stderr", record.stderr, showsAll: false)
      if parts.isEmpty { add("stdout", record.stdout, showsAll: false) }
    }
  }

  private mutating func add(_ stream: String, _ output: CapturedOutput, showsAll: Bool) {
    var lines = output.text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.allSatisfy(\.properties.isWhitespace) == true { lines.removeLast() }
    guard !lines.isEmpty else { return }
    let shown = lines.suffix(showsAll ? .max : Self.tailLines).map { line in
      let text = String(line.last == "\r" ? line.dropLast() : line).terminalSafe
      return showsAll ? text : text.clipped(toWidth: Self.tailColumns)
    }
    parts.append((stream, shown, lines.count - shown.count))
  }

  func text(_ style: TableStyle) -> String {
    var text = ""
    for part in parts {
      let prefix = style.paint("    \(part.stream) │", .faint)
      if part.hidden > 0 {
        let lines = part.hidden == 1 ? "1 line" : "\(part.hidden) lines"
        text += prefix + " " + style.paint("… \(lines) before this", .faint) + "\n"
      }
      for line in part.lines { text += prefix + (line.isEmpty ? "" : " " + line) + "\n" }
    }
    return text
  }
}
