import TaskrunAPI
import TaskrunYAML

// How much a task takes: `limits` at the top and in tasks, `cpus`.
extension ManifestChecker {
  /// The counting semaphores that the manifest declares.
  mutating func readLimits(_ node: YAMLNode?) -> [Limit] {
    guard let node, let mapping = mapping(node, of: "'limits'") else { return [] }
    var limits: [Limit] = []
    for pair in mapping.pairs {
      refuseTemplateKey(pair.key)
      let count = integer(pair.value, of: "limit \(pair.key.text.quoted())", in: 1...1_000_000)
      // One with a wrong count is there all the same: who names it is not wrong besides.
      limits.append(Limit(name: pair.key.text, count: count ?? 1))
    }
    return limits
  }

  /// The limits that a task holds while it runs.
  mutating func limits(_ node: YAMLNode) -> [Int] {
    let names = limitNames
    let known = references(node, of: .limits, word: "limit", code: .unknownLimit, known: names.all) {
      names[$0]
    }
    return known.map(\.position)
  }

  mutating func cpus(_ node: YAMLNode) -> Int { integer(node, of: "'cpus'", in: 1...10_000) ?? 1 }

  /// `outputs` says what a command's output is; a function returns a value.
  mutating func checkOutputs(of draft: TaskDraft, type: TaskTypeEntry) {
    guard let outputs = draft.outputs, !outputs.isInherited, !type.isCommand else { return }
    report(
      .outputsWithoutCommand, "'outputs' has no meaning with 'uses: \(type.name)'",
      at: SourceSpan(outputs.span), label: "remove it: this task type returns a value of its own")
  }
}
