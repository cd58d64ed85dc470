import TaskrunAPI

/// Marks and colours. The marks alone tell the statuses apart, so nothing is lost without colours.
struct TableStyle {
  var usesColor: Bool

  enum Look: String {
    case good = "32"
    case bad = "31"
    case warning = "33"
    case faint = "2"
    case strong = "1"
  }

  func paint(_ text: String, _ look: Look) -> String {
    usesColor && !text.isEmpty ? "\u{1B}[\(look.rawValue)m\(text)\u{1B}[0m" : text
  }

  func mark(of status: TaskStatus) -> String {
    switch status {
    case .succeeded: "✓"
    case .failed: "✗"
    case .timedOut: "!"
    case .cancelled, .skipped: "-"
    }
  }

  func look(of status: TaskStatus, isAllowed: Bool = false) -> Look {
    switch status {
    case .succeeded: .good
    case .failed, .timedOut: isAllowed ? .warning : .bad
    case .cancelled: .warning
    case .skipped: .faint
    }
  }
}
