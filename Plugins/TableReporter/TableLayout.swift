import TaskrunAPI

/// Where the columns of a row stand. The column of names grows with the longest name so far, up to a bound,
/// and never shrinks: rows already printed cannot move.
struct TableLayout {
  private static let (statusWidth, timeWidth, kindWidth, pidWidth, slotWidth) = (11, 7, 4, 7, 4)
  private static let leftWidth = statusWidth + timeWidth + kindWidth + pidWidth + slotWidth + 5 * 2
  /// What a result and a message may take where no terminal sets a bound.
  private static let (resultWidthInFiles, messageWidthInFiles) = (60, 100)

  private let width: Int?
  private let longestName: Int
  private var nameWidth = 12

  init(width: Int?) {
    self.width = width
    longestName = max(nameWidth, min(40, ((width ?? 120) - Self.leftWidth) / 2))
  }

  func header(_ style: TableStyle) -> String {
    let line = columns(status: "STATUS", time: "TIME", kind: "KIND", pid: "PID", slot: "SLOT") + "TASK"
    return style.paint(line, .faint) + "\n"
  }

  mutating func row(_ record: TaskRecord, _ style: TableStyle, showsDetail: Bool) -> String {
    let name = record.id.terminalSafe
    nameWidth = max(nameWidth, min(name.displayWidth, longestName))
    let status = pad(style.mark(of: record.status) + " " + record.status.rawValue, Self.statusWidth)
    let look = style.look(of: record.status, isAllowed: record.isAllowedFailure)
    let figures = columns(
      status: "", time: record.duration?.briefText ?? "-", kind: record.kind.rawValue,
      pid: record.pid.map { String($0) } ?? "-", slot: record.slot.map { String($0) } ?? "-")
    let start = style.paint(status, look) + String(figures.dropFirst(Self.statusWidth))
    let note = RowNote(record)
    let room = max(8, (width ?? .max) - Self.leftWidth - max(nameWidth, name.displayWidth) - 2)
    let bound = record.status == .succeeded ? Self.resultWidthInFiles : Self.messageWidthInFiles
    let (inline, below) = note.placed(in: width == nil ? bound : room)
    var line = start + (inline.isEmpty ? name : pad(name, nameWidth) + "  ")
    line += record.status == .succeeded ? inline : style.paint(inline, look)
    if let below { line += "\n" + style.paint("    reason │ ", .faint) + style.paint(below, look) }
    if showsDetail, let detail = record.error?.detail {
      line += "\n" + style.paint("    detail │ ", .faint) + detail.terminalSafe
    }
    return line + "\n"
  }

  private func columns(status: String, time: String, kind: String, pid: String, slot: String) -> String {
    pad(status, Self.statusWidth) + "  " + padLeft(time, Self.timeWidth) + "  " + pad(kind, Self.kindWidth)
      + "  " + padLeft(pid, Self.pidWidth) + "  " + padLeft(slot, Self.slotWidth) + "  "
  }

  private func pad(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - text.displayWidth))
  }

  private func padLeft(_ text: String, _ columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - text.displayWidth)) + text
  }
}
