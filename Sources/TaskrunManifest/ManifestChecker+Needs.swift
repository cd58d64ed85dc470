import TaskrunAPI
import TaskrunYAML

// What a task needs: by `needs`, by `foreach: {from: ...}`, and by templates that read results.
extension ManifestChecker {
  /// What a name, or a list of names without repetition, refers to. What does not exist is left out.
  /// - Parameters:
  ///   - word: what is named.
  ///   - find: the position of a name.
  ///   - known: all names, for suggestions.
  mutating func references(
    _ node: YAMLNode, of key: TaskKey, word: String, code: DiagnosticCode, known: [String],
    find: (String) -> Int?
  ) -> [TaskDraft.Reference] {
    let owner = "'\(key.rawValue)'"
    if case .scalar(let scalar) = node, scalar.isNull {
      report(
        .emptyText, "\(owner) is empty: expected the name of a \(word)", at: SourceSpan(scalar.span),
        label: "write [] for none")
      return []
    }
    guard case .sequence(let sequence) = node else {
      let name = scalar(node, "the name of a \(word) or a list of names", of: owner)
      return name.flatMap { reference($0, word: word, code: code, known: known, find: find) }.map { [$0] }
        ?? []
    }
    var references: [TaskDraft.Reference] = []
    var places: [Int: YAMLSpan] = [:]
    for element in sequence.elements {
      guard let name = scalar(element, "the name of a \(word)", of: "an element of \(owner)"),
        let reference = reference(name, word: word, code: code, known: known, find: find)
      else { continue }
      if sequence.elements.count > 1, let first = places.updateValue(name.span, forKey: reference.position) {
        places[reference.position] = first
        report(
          .repeatedName, "\(name.text.quoted()) stands twice in \(owner)", at: SourceSpan(name.span),
          label: "remove it", secondary: [.init(span: SourceSpan(first), text: "first given here")])
      } else {
        references.append(reference)
      }
    }
    return references
  }

  private mutating func reference(
    _ name: YAMLScalar, word: String, code: DiagnosticCode, known: [String], find: (String) -> Int?
  ) -> TaskDraft.Reference? {
    if let position = find(name.text) { return .init(position: position, span: name.span) }
    guard hasRoomOrCounts() else { return nil }
    report(
      code, "unknown \(word) \(name.text.quoted())", at: SourceSpan(name.span),
      label: templateHint(name.text) ?? SpellingSuggestion.question(for: name.text, in: known))
    return nil
  }

  mutating func readNeeds(_ node: YAMLNode, into draft: inout TaskDraft) {
    let names = names
    draft.needs = references(node, of: .needs, word: "task", code: .unknownTask, known: names.all) {
      names[$0]
    }
    if case .sequence(let sequence) = node, sequence.elements.isEmpty {
      draft.hasNeeds = false
    } else {
      draft.hasNeeds = true
    }
  }

  /// The task whose results are the items.
  mutating func results(_ node: YAMLNode) -> ItemSource? {
    guard let name = scalar(node, "the name of a task", of: "'from'") else { return nil }
    let names = names
    let reference = reference(name, word: "task", code: .unknownTask, known: names.all) { names[$0] }
    return reference.map { .results(ofTask: $0.position) }
  }

  /// Everything that a task needs, without repetition.
  mutating func edges(of draft: TaskDraft) -> [NeedGraph.Edge] {
    var edges = draft.needs.map { NeedGraph.Edge(target: $0.position, place: .needs($0.span)) }
    if let foreach = draft.foreach, case .results(let task) = foreach.source {
      edges.append(.init(target: task, place: .from(foreach.node["from"]?.span ?? foreach.node.span)))
    }
    for read in draft.reads {
      guard let result = read.path.result else { continue }
      edges.append(.init(target: result.read.task, place: .template(read.scalar, read.range)))
    }
    guard edges.count > 1 else { return edges }
    var targets: Set<Int> = []
    return edges.filter { targets.insert($0.target).inserted }
  }

  /// What the templates of a task read of other tasks' results, without repetition.
  func resultReads(of draft: TaskDraft) -> [ResultRead] {
    var seen: Set<ResultRead> = []
    return draft.reads.compactMap(\.path.result?.read).filter { seen.insert($0).inserted }
  }

  /// A task that waits for itself would wait for ever.
  mutating func checkCycles() {
    for cycle in graph.cycles() where hasRoomOrCounts() { report(cycle) }
  }

  private mutating func report(_ cycle: [NeedGraph.Step]) {
    // Nobody follows a longer way at its places.
    let shownLimit = 10
    let shown = cycle.count > shownLimit ? cycle.prefix(shownLimit - 1) : cycle[...]
    let labels = shown.map { label(of: $0) }
    var way = shown.map { names.all[$0.task] }
    if shown.count < cycle.count { way.append("(\(cycle.count - shown.count) more)") }
    way.append(names.all[cycle[0].task])
    let message =
      cycle.count == 1
      ? "task \(way[0].quoted()) needs itself"
      : "tasks need each other in a cycle: " + way.joined(separator: " -> ")
    report(
      .dependencyCycle, message, at: labels[0].span, label: labels[0].text,
      secondary: Array(labels.dropFirst()))
  }

  private func label(of step: NeedGraph.Step) -> Diagnostic.Label {
    let edge = graph.edges[step.task][step.edge]
    let source = names.all[step.task].quoted()
    let target = names.all[edge.target].quoted()
    switch edge.place {
    case .needs(let place): return .init(span: SourceSpan(place), text: "\(source) needs \(target)")
    case .from(let place):
      return .init(span: SourceSpan(place), text: "\(source) has an instance for each result of \(target)")
    case .template(let scalar, let range):
      return .init(span: span(of: range, in: scalar), text: "\(source) reads \(target)")
    }
  }
}

extension YAMLNode {
  /// The value of a key, in a mapping.
  subscript(key: String) -> YAMLNode? {
    guard case .mapping(let mapping) = self else { return nil }
    return mapping.pairs.first { $0.key.text == key }?.value
  }
}
