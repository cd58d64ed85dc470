import TaskrunAPI
import TaskrunYAML

// `tasks.NAME.value` and its siblings in templates.
extension ManifestChecker {
  /// Which task's result a path reads, and which part of it.
  ///
  /// Names may hold dots, so the longest one wins that a part of a result follows.
  mutating func resultReference(
    _ path: TemplatePath, at range: Range<Int>, in scalar: YAMLScalar
  ) -> TemplatePath.ResultReference? {
    var matches: [(task: Int, keyCount: Int)] = []
    var name = ""
    for (index, key) in path.keys.enumerated() {
      name += index == 0 ? key : "." + key
      // Names are not longer, and a path made of dots must not take quadratic time.
      guard name.utf8.count <= Self.maximumNameLength else { break }
      if let task = names[name] { matches.append((task, index + 1)) }
    }
    for match in matches.reversed() where match.keyCount < path.keys.count {
      guard let part = ResultRead.Field(rawValue: path.keys[match.keyCount]) else { continue }
      let reference = TemplatePath.ResultReference(
        read: ResultRead(task: match.task, field: part), keyCount: match.keyCount + 1)
      return check(reference, of: path, at: range, in: scalar) ? reference : nil
    }
    if hasRoomOrCounts() {
      reportUnresolved(path, longestName: matches.last?.keyCount, at: span(of: range, in: scalar))
    }
    return nil
  }

  private mutating func reportUnresolved(_ path: TemplatePath, longestName: Int?, at place: SourceSpan) {
    let parts = ResultRead.Field.allCases.map(\.rawValue)
    guard let longestName else {
      let end = path.keys.firstIndex { ResultRead.Field(rawValue: $0) != nil } ?? path.keys.count
      let name = path.keys.prefix(max(1, end)).joined(separator: ".")
      report(
        .unknownTask, "unknown task \(name.quoted())", at: place,
        label: SpellingSuggestion.question(for: name, in: names.all))
      return
    }
    let name = path.keys.prefix(longestName).joined(separator: ".")
    if longestName == path.keys.count {
      report(
        .unknownResultPart, "'tasks.\(name)' is a whole result", at: place,
        label: "write 'tasks.\(name).value'", notes: ["parts: " + parts.joined(separator: ", ")])
    } else {
      let part = path.keys[longestName]
      report(
        .unknownResultPart, "unknown part \(part.quoted()) of the result of task \(name.quoted())", at: place,
        label: SpellingSuggestion.question(for: part, in: parts),
        notes: ["parts: " + parts.joined(separator: ", ")])
    }
  }

  /// Only values have members: the other parts are texts, or lists of them.
  private mutating func check(
    _ reference: TemplatePath.ResultReference, of path: TemplatePath, at range: Range<Int>,
    in scalar: YAMLScalar
  ) -> Bool {
    let steps = path.keys[reference.keyCount...]
    guard reference.read.field != .value, let first = steps.first else { return true }
    if steps.count == 1, Int(first) != nil { return true }
    report(
      .unknownResultPart,
      "'\(reference.read.field.rawValue)' is text, or a list of texts, and these have no members",
      at: span(of: range, in: scalar), label: "only 'value' can have members")
    return false
  }
}
