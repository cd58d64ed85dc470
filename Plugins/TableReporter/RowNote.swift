import TaskrunAPI

/// What stands behind the name: the result of what succeeded, and why the others did not.
struct RowNote {
  /// The result or the reason in a few words, on one line.
  private let brief: String
  /// The error's message, which says why on its own; empty if the few words are all there is.
  private let message: String
  /// What is added to either: the number of attempts, that the failure is allowed.
  private let addition: String
  /// A number without its last digits would be another number.
  private let mustStayWhole: Bool

  init(_ record: TaskRecord) {
    guard record.status != .succeeded else {
      brief = Self.result(of: record).terminalSafe
      message = ""
      addition = Self.attempts(record)
      mustStayWhole = record.value?.doubleValue != nil
      return
    }
    brief = Self.words(for: record)
    let text = record.error?.message.terminalSafe ?? ""
    message = text == brief ? "" : text
    addition = Self.attempts(record) + (record.isAllowedFailure ? " (allowed)" : "")
    mustStayWhole = true
  }

  /// What fits behind the name, and what goes on a line of its own: a result may be cut, an error's message
  /// not.
  func placed(in width: Int) -> (inline: String, below: String?) {
    guard !message.isEmpty else {
      let whole = brief + addition
      return (mustStayWhole ? whole : whole.clipped(toWidth: width), nil)
    }
    let whole = message + addition
    return whole.displayWidth <= width ? (whole, nil) : (brief + addition, message)
  }

  /// The last line of text, or a value as JSON.
  private static func result(of record: TaskRecord) -> String {
    switch record.value {
    case nil, .null: lastLine(of: record.stdout.text)
    case .string(let text): lastLine(of: text)
    case .some(let value): value.jsonText
    }
  }

  private static func lastLine(of text: String) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar == "\n" || scalar == "\r" || scalar == " " }
    let scalars = text.unicodeScalars
    guard let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
    let kept = scalars[...last]
    let start = kept.lastIndex(of: "\n").map { kept.index(after: $0) } ?? kept.startIndex
    return String(kept[start...].drop(while: isSpace))
  }

  private static func attempts(_ record: TaskRecord) -> String {
    record.attempts.count > 1 ? " (attempt \(record.attempts.count))" : ""
  }

  private static func words(for record: TaskRecord) -> String {
    let hasStarted = record.started != nil
    return switch record.reason {
    case .exit: "exit code" + (record.exitCode.map { " \($0)" } ?? "")
    case .signal: "killed by signal" + (record.signal.map { " \($0)" + signalName($0) } ?? "")
    case .notStarted: "not started"
    case .workerLost: "worker lost"
    case .deadline: hasStarted ? "deadline" : "not started before the deadline"
    case .failFast: hasStarted ? "stopped by a failure" : "not started: another task failed"
    case .interrupted: hasStarted ? "interrupted" : "not started: interrupted"
    case .error, .timeout, .dependency, .condition, .resumed: record.reason?.rawValue ?? ""
    case nil: ""
    }
  }

  /// Only those that have the same number on all systems.
  private static func signalName(_ number: Int) -> String {
    let names = [
      1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 8: "FPE", 9: "KILL", 11: "SEGV", 13: "PIPE",
      14: "ALRM", 15: "TERM",
    ]
    return names[number].map { " (SIG\($0))" } ?? ""
  }
}
