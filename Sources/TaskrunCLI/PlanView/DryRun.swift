import Synchronization
package import TaskrunAPI
package import TaskrunEngine
import TaskrunManifest

/// `--dry-run`: what would run, in the order in which it could start. Pure.
///
/// Templates are filled as far as they can be before anything has run; those that read results are shown as they are
/// written, and so are those that read a secret.
package struct DryRun {
  /// Of more instances only the first ones and the last one are shown.
  private static let shownInstances = 4

  private let plan: Plan
  private let context: RunContext
  private let secrets: Set<String>
  private let mask: SecretMask?
  private let poolSizes: PerKind<Int>
  private let isDone: (String) -> Bool

  /// Makes a dry run.
  /// - Parameters:
  ///   - context: what templates read.
  ///   - secrets: the variables whose values are not shown.
  ///   - mask: what hides these values wherever else they stand, if there are any.
  ///   - poolSizes: how many slots each pool would have.
  ///   - isDone: whether an earlier run that is continued has done an instance.
  package init(
    _ plan: Plan, context: RunContext, secrets: Set<String> = [], mask: SecretMask? = nil,
    poolSizes: PerKind<Int>,
    isDone: @escaping (String) -> Bool = { _ in false }
  ) {
    self.plan = plan
    self.context = context
    self.secrets = secrets
    self.mask = mask
    self.poolSizes = poolSizes
    self.isDone = isDone
  }

  /// Whole lines.
  /// - Parameter width: how many columns there are; `nil` for any number.
  package func text(width: Int?) -> String {
    let rows = order.flatMap { instances(of: plan.entries[$0]) }
    let idWidth = rows.map(\.id.displayWidth).max() ?? 0
    let kindWidth = TaskKind.allCases.map(\.rawValue.utf8.count).max() ?? 0
    let lines = rows.map { row in
      let padding = String(repeating: " ", count: idWidth - row.id.displayWidth)
      let kind = row.kind.rawValue + String(repeating: " ", count: kindWidth - row.kind.rawValue.utf8.count)
      return (kind + "  " + row.id + padding + "  " + row.action).trimmedAtEnd.clipped(to: width) + "\n"
    }
    return headline + "\n" + lines.joined()
  }

  /// `would run 7 instances of 3 tasks (io 32, cpu 4)`.
  private var headline: String {
    func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)" + (count == 1 ? "" : "s") }
    let tasks = counted(plan.entries.count, "task")
    let instances = plan.total.map { $0 == plan.entries.count ? "" : counted($0, "instance") + " of " }
    let pools = TaskKind.allCases.map { "\($0.rawValue) \(poolSizes[$0])" }.joined(separator: ", ")
    return "would run " + (instances ?? "some instances of ") + tasks + " (\(pools))\n"
  }

  /// The positions of the entries so that each comes after what it needs, otherwise as they are declared.
  private var order: [Int] {
    var open = plan.entries.map(\.needs.count)
    var order = plan.entries.indices.filter { open[$0] == 0 }
    var next = 0
    while next < order.count {
      for dependent in plan.entries[order[next]].dependents {
        open[dependent] -= 1
        if open[dependent] == 0 { order.append(dependent) }
      }
      next += 1
    }
    return order
  }

  // MARK: Instances

  private struct Row {
    var kind: TaskKind
    var id: String
    var action: String
  }

  private func instances(of entry: Plan.Entry) -> [Row] {
    let kind = entry.definition.kind
    guard entry.definition.items != nil else { return [row(for: entry, nil)] }
    guard let count = entry.count else {
      let id = entry.definition.name + "[...]"
      return [Row(kind: kind, id: id, action: "one " + entry.countText(in: plan) + ": " + action(entry, nil))]
    }
    if count == 0 { return [Row(kind: kind, id: entry.definition.name + "[]", action: "no instances")] }
    if count <= Self.shownInstances + 1 { return (0..<count).map { row(for: entry, $0) } }
    let rest = Row(kind: kind, id: "...", action: "\(count - Self.shownInstances) more")
    return (0..<Self.shownInstances - 1).map { row(for: entry, $0) } + [rest, row(for: entry, count - 1)]
  }

  private func row(for entry: Plan.Entry, _ index: Int?) -> Row {
    let id = entry.instanceID(index)
    let done = isDone(id) ? "(done, if it has not changed) " : ""
    let shownID = (mask?.masked(id) ?? id).oneLine
    return Row(kind: entry.definition.kind, id: shownID, action: done + action(entry, index))
  }

  /// `wc -c pages/0.html`, `http.get url=https://example.org/`, the first line of a script.
  private func action(_ entry: Plan.Entry, _ index: Int?) -> String {
    let item = index.flatMap { entry.definition.items?[$0] }
    let filler = TemplateFiller(context: context, secrets: secrets, item: item, index: index, entry: entry)
    // Before anything is quoted, folded or cut, for after that a secret would no longer be found.
    let parameters = entry.definition.with.map { member in
      let value = filler.filled(member.value)
      return (member.key, mask?.masked(value) ?? value)
    }
    if let argv = parameters.first(where: { $0.0 == "argv" })?.1.arrayValue {
      return argv.map { $0.plainText.shellWord }.joined(separator: " ").oneLine
    }
    if let shell = parameters.first(where: { $0.0 == "shell" })?.1.stringValue {
      let lines = shell.split(whereSeparator: \.isNewline)
      let more = lines.count > 1 ? " ... (\(lines.count) lines)" : ""
      return (lines.first.map(String.init) ?? "").terminalSafe + more
    }
    let words = parameters.map { $0.0 + "=" + $0.1.plainText.shellWord }
    return ([entry.definition.uses] + words).joined(separator: " ").oneLine
  }
}

/// Fills what can be filled before the run.
private struct TemplateFiller {
  /// Whether a result was asked for; shared with a closure that has to be `Sendable`.
  private final class Mark: Sendable {
    let isSet = Atomic(false)
  }

  private let scope: TemplateScope
  private let mark = Mark()

  init(context: RunContext, secrets: Set<String>, item: Value?, index: Int?, entry: Plan.Entry) {
    var isMatrix = false
    if case .matrix? = entry.definition.items { isMatrix = true }
    scope = TemplateScope(
      item: isMatrix ? nil : item, index: index, matrix: isMatrix ? item?.objectValue : nil,
      vars: entry.definition.vars ?? context.vars,
      env: context.environment.filter { !secrets.contains($0.key) }, args: context.arguments
    ) { [mark] _ in
      mark.isSet.store(true, ordering: .relaxed)
      return nil
    }
  }

  func filled(_ value: TemplateValue) -> Value {
    switch value {
    case .literal(let value): return value
    case .array(let elements): return .array(elements.map(filled))
    case .object(let members):
      return .object(ValueObject(members.map { .init(key: $0.key, value: filled($0.value)) }))
    case .template(let template):
      mark.isSet.store(false, ordering: .relaxed)
      guard let filled = try? value.evaluate(in: scope), !mark.isSet.load(ordering: .relaxed) else {
        return .string(template.source)
      }
      return filled
    }
  }
}

extension String {
  /// The text as a word of a shell: quoted if it would not be one otherwise.
  fileprivate var shellWord: String {
    let isPlain = utf8.allSatisfy { byte in
      switch Unicode.Scalar(byte) {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", ",", "/", ":", "=", "@", "%", "+": true
      default: false
      }
    }
    return isPlain && !isEmpty
      ? self
      : "'"
        + split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }
}
