package import TaskrunAPI
import TaskrunManifest

/// Why a manifest that is right cannot be run this way. All of them are found before anything starts.
package enum PlanError: Error, Sendable, Hashable {
  /// No task has this name, or matches this glob.
  case nothingSelected(pattern: String, tasks: [String])
  /// No task has this tag.
  case unknownTag(String, tags: [String])
  /// All that was selected was taken out again.
  case everythingSkipped(patterns: [String])
  /// A task reads the result of one that was taken out.
  case readsSkipped(task: String, place: String, skipped: String)
  /// One instance of a task takes more slots than its pool has.
  case tooWide(task: String, place: String, cpus: Int, kind: TaskKind, poolSize: Int)
}

extension PlanError: CustomStringConvertible {
  /// The error in words.
  package var description: String {
    switch self {
    case .nothingSelected(let pattern, let tasks):
      if let task = Self.task(ofInstance: pattern, among: tasks) {
        "no task matches '\(pattern)'; instances cannot be selected, only '\(task)' as a whole"
      } else {
        "no task matches '\(pattern)'; \(Self.advice(for: pattern, among: tasks))"
      }
    case .unknownTag(let tag, let tags):
      "no task has the tag '\(tag)'; "
        + (tags.isEmpty ? "no task has any tag" : Self.advice(for: tag, among: tags))
    case .everythingSkipped(let patterns):
      "no task is left after skipping \(patterns.map { "'\($0)'" }.joined(separator: ", "))"
    case .readsSkipped(let task, let place, let skipped):
      "task '\(task)' (\(place)) reads the result of '\(skipped)', which is skipped; skip '\(task)' too"
    case .tooWide(let task, let place, let cpus, let kind, let poolSize):
      "task '\(task)' (\(place)) takes \(cpus) slots, and the pool '\(kind.rawValue)' has \(poolSize); "
        + "set its 'cpus' to at most \(poolSize), or run with --\(kind.rawValue) \(cpus)"
    }
  }

  /// The task, if the word is an instance as reports name it: `fetch[2]`.
  private static func task(ofInstance word: String, among tasks: [String]) -> String? {
    guard word.last == "]", let bracket = word.firstIndex(of: "[") else { return nil }
    return tasks.first { $0 == word[..<bracket] }
  }

  private static func advice(for word: String, among known: [String]) -> String {
    SpellingSuggestion.nearest(to: word, in: known).map { "did you mean '\($0)'?" }
      ?? "there are: \(known.prefix(20).joined(separator: ", "))\(known.count > 20 ? ", ..." : "")"
  }
}
