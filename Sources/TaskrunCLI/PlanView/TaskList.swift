import TaskrunAPI
package import TaskrunEngine
import TaskrunManifest

/// `--list`: one line for each task of a plan. Pure.
package struct TaskList {
  private let plan: Plan
  private let mask: SecretMask?

  /// Makes the list of the plan's tasks.
  /// - Parameter mask: what hides secrets, if there are any.
  package init(_ plan: Plan, mask: SecretMask? = nil) {
    self.plan = plan
    self.mask = mask
  }

  /// Whole lines, aligned, in the order of the manifest.
  /// - Parameter width: how many columns there are; `nil` for any number.
  package func text(width: Int?) -> String {
    let heads = ["task", "kind", "instances", "tags", "description"]
    let rows = [heads] + plan.entries.map(cells)
    // A column without anything in it is left out, and the last one needs no space behind it.
    let columns = heads.indices.filter { column in rows.dropFirst().contains { !$0[column].isEmpty } }
    let widths = heads.indices.map { column in rows.lazy.map { $0[column].displayWidth }.max() ?? 0 }
    return rows.map { cells in
      let line = columns.map {
        cells[$0] + String(repeating: " ", count: widths[$0] - cells[$0].displayWidth)
      }
      .joined(separator: "  ")
      return line.trimmedAtEnd.clipped(to: width) + "\n"
    }.joined()
  }

  private func cells(_ entry: Plan.Entry) -> [String] {
    let task = entry.definition
    return [
      task.name, task.kind.rawValue, entry.countText(in: plan), task.tags.joined(separator: ", "),
      task.description ?? "",
    ].map { (mask?.masked($0) ?? $0).oneLine }
  }
}

extension Plan.Entry {
  /// How many instances there are: `3`, `per fetch`; empty for a plain task.
  func countText(in plan: Plan) -> String {
    switch definition.items {
    case nil: ""
    case .results(let task)?:
      "per " + (plan.entry(ofTask: task).map { plan.entries[$0].definition.name } ?? "result")
    case .list?, .range?, .matrix?: count.map(String.init) ?? ""
    }
  }
}

extension String {
  /// The text in one line that a terminal shows as it is.
  var oneLine: String {
    split(whereSeparator: \.isNewline).map { $0.trimmedAtEnd }.joined(separator: " ").terminalSafe
  }

  /// The text cut to a number of columns, if there is one.
  func clipped(to width: Int?) -> String { width.map { clipped(toWidth: max(1, $0)) } ?? self }
}

extension StringProtocol {
  /// The text without spaces at its end.
  var trimmedAtEnd: String {
    String(
      decoding: utf8.prefix(utf8.count - utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count),
      as: UTF8.self)
  }
}
