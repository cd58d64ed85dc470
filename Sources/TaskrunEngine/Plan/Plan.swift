package import TaskrunAPI
package import TaskrunManifest

/// What a run will do, decided before anything starts: the selected tasks and how many instances each has.
///
/// A plan is a value. Instances are made one by one while the run goes on (``InstanceCursor``), so a plan of a
/// million instances is as small as one of ten.
package struct Plan: Sendable {
  /// One task of the plan.
  package struct Entry: Sendable {
    /// What the manifest says.
    package var definition: TaskDefinition
    /// The ordinal of its first instance; the others follow without a gap.
    package var firstOrdinal: Int
    /// How many instances it has.
    package var count: Int
  }

  /// The tasks in the order of the manifest.
  package let entries: [Entry]
  /// How many instances there are.
  package let total: Int

  /// Plans the tasks of a manifest.
  /// - Parameter selection: names and globs (`fetch*`) of tasks; empty for all.
  /// - Throws: ``PlanError`` if a name or glob matches nothing.
  package init(_ manifest: Manifest, selection: [String] = []) throws(PlanError) {
    for pattern in selection where !manifest.tasks.contains(where: { $0.name.matches(glob: pattern) }) {
      throw .nothingSelected(pattern: pattern, tasks: manifest.tasks.map(\.name))
    }
    var entries: [Entry] = []
    var total = 0
    for task in manifest.tasks {
      guard selection.isEmpty || selection.contains(where: { task.name.matches(glob: $0) }) else { continue }
      // No run gets as far as to see the difference that saturation makes.
      let count = min(task.foreach?.count ?? 1, Int.max - total)
      entries.append(Entry(definition: task, firstOrdinal: total, count: count))
      total += count
    }
    self.entries = entries
    self.total = total
  }
}

/// Why there is nothing to run.
package enum PlanError: Error, Sendable, Hashable {
  /// No task has this name, or matches this glob.
  case nothingSelected(pattern: String, tasks: [String])
}

extension PlanError: CustomStringConvertible {
  /// The error in words.
  package var description: String {
    switch self {
    case .nothingSelected(let pattern, let tasks):
      "no task matches '\(pattern)'; "
        + (SpellingSuggestion.nearest(to: pattern, in: tasks).map { "did you mean '\($0)'?" }
          ?? "there are: \(tasks.prefix(20).joined(separator: ", "))\(tasks.count > 20 ? ", ..." : "")")
    }
  }
}

extension ItemSource {
  /// How many items there are; at most what fits in an `Int`.
  package var count: Int {
    switch self {
    case .list(let items): return items.count
    case .range(let start, let end, let step):
      // The bounds may be any integers, so their distance may not fit.
      let distance = step > 0 ? Int128(end) - Int128(start) : Int128(start) - Int128(end)
      let stride = Int128(step.magnitude)
      return distance <= 0 ? 0 : Int(clamping: (distance + stride - 1) / stride)
    }
  }

  /// The item at a position below ``count``.
  package subscript(index: Int) -> Value {
    switch self {
    case .list(let items): items[index]
    case .range(let start, _, let step):
      // Below `count` the sum fits; the product need not.
      Value(Int(truncatingIfNeeded: Int128(start) + Int128(index) * Int128(step)))
    }
  }
}

extension String {
  /// Whether this is the glob's word: `*` stands for any text, `?` for one character.
  package func matches(glob: String) -> Bool {
    let text = Array(self)
    let pattern = Array(glob)
    // The last star and how much of the text it has swallowed so far: all the backtracking a glob needs.
    var star: (pattern: Int, text: Int)?
    var at = (pattern: 0, text: 0)
    while at.text < text.count {
      if at.pattern < pattern.count, pattern[at.pattern] == "*" {
        star = at
        at.pattern += 1
      } else if at.pattern < pattern.count, pattern[at.pattern] == "?" || pattern[at.pattern] == text[at.text]
      {
        at = (at.pattern + 1, at.text + 1)
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        at = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[at.pattern...].allSatisfy { $0 == "*" }
  }
}
