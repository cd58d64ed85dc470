import TaskrunAPI
import TaskrunYAML

// What the keys of a task must be together.
extension ManifestChecker {
  mutating func finish(_ draft: TaskDraft, name: YAMLScalar, at position: Int) -> TaskDefinition? {
    let place = SourceSpan(name.span)
    let edges = edges(of: draft)
    graph.add(edges, to: position)
    checkReads(of: draft, name: name)
    checkCondition(of: draft, isAlone: edges.isEmpty)
    countInstances(of: draft, name: name)
    var kind: TaskKind?
    switch draft.kind {
    case .known(let known): kind = known
    case .broken: break
    case .absent:
      report(
        .missingKind, "task \(name.text.quoted()) has no 'kind'", at: place,
        label: "add 'kind: io' (it mostly waits) or 'kind: cpu' (it mostly computes)")
    }
    guard let (uses, with) = action(of: draft, kind: kind, name: name), let kind else { return nil }
    var task = TaskDefinition(
      name: names.all[position], position: place.start, kind: kind, uses: uses, with: with)
    task.description = draft.description
    task.folder = base
    if base != nil { task.vars = vars }
    task.tags = draft.tags
    task.needs = edges.map { .init(task: $0.target, isImplied: $0.isImplied) }
    task.retry = draft.retry
    task.allowedFailure = draft.allowedFailure
    task.limits = draft.limits
    task.cpus = draft.cpus
    let isCommand = uses == "run" || types[uses]?.isCommand == true
    task.outputs = isCommand ? draft.outputs?.value ?? .text : .text
    task.condition = draft.condition?.value ?? .success
    task.resultReads = resultReads(of: draft)
    task.items = draft.foreach?.source ?? draft.matrix?.matrix.map { .matrix($0) }
    task.env = draft.env
    task.dir = draft.dir
    task.stdin = draft.stdin
    task.timeout = draft.timeout
    task.grace = draft.grace
    task.outputLimitBytes = draft.outputLimitBytes
    return task
  }

  private mutating func action(
    of draft: TaskDraft, kind: TaskKind?, name: YAMLScalar
  ) -> (uses: String, with: [TaskDefinition.Member])? {
    switch draft.action {
    case nil:
      report(
        .noAction, "task \(name.text.quoted()) has neither 'run' nor 'uses'", at: SourceSpan(name.span),
        label: "add one of them")
      return nil
    case .broken: return nil
    case .run(let members, _):
      if let with = draft.with {
        report(
          .withoutUses, "'with' has no meaning beside 'run'", at: SourceSpan(with.key.span),
          label: "remove it, or write 'uses' instead of 'run'")
      }
      return ("run", members)
    case .uses(nil, _): return nil
    case .uses(let type?, let scalar):
      if let kind, !type.kinds.contains(kind) {
        let allowed = TaskKind.allCases.filter { type.kinds.contains($0) }.map { "'kind: \($0.rawValue)'" }
        report(
          .kindNotAllowed, "task type '\(type.name)' cannot run as 'kind: \(kind.rawValue)'",
          at: SourceSpan(scalar.span), label: "it needs " + allowed.joined(separator: " or "))
      }
      checkOutputs(of: draft, type: type)
      checkParameters(of: type, with: draft.with, uses: scalar)
      return (type.name, draft.with?.members ?? [])
    }
  }

  private mutating func checkCondition(of draft: TaskDraft, isAlone: Bool) {
    // What is named or read wrongly has been complained about.
    guard let condition = draft.condition, condition.value == .failure, isAlone, !draft.hasNeeds,
      draft.foreach.map({ $0.source != nil }) ?? true
    else { return }
    report(
      .conditionWithoutNeeds, "'if: failure' in a task that needs nothing", at: SourceSpan(condition.span),
      label: "add 'needs': it runs if one of these fails")
  }

  private mutating func checkReads(of draft: TaskDraft, name: YAMLScalar) {
    var checked: Set<TemplatePath> = []
    for read in draft.reads {
      switch (read.path.root, draft.foreach, draft.matrix) {
      case (.item, let foreach?, _):
        guard !read.isOptional, !read.path.keys.isEmpty, !checked.contains(read.path) else { continue }
        if checkMembers(read, of: foreach) { checked.insert(read.path) }
      case (.matrix, _, let matrix?):
        guard !read.isOptional, !read.path.keys.isEmpty, !checked.contains(read.path) else { continue }
        if checkMembers(read, of: matrix) { checked.insert(read.path) }
      case (.item, nil, _), (.matrix, _, nil), (.index, nil, nil):
        reportNoInstances(read, of: draft, name: name)
      default: break
      }
    }
  }

  private mutating func reportNoInstances(
    _ read: TaskDraft.TemplateRead, of draft: TaskDraft, name: YAMLScalar
  ) {
    guard hasRoomOrCounts() else { return }
    let root = read.path.root
    let key = root == .matrix ? "matrix" : "foreach"
    let instead: String? =
      switch (root, draft.foreach, draft.matrix) {
      case (.item, _, _?): "read 'matrix.KEY' instead"
      case (.matrix, _?, _): "read 'item' instead"
      default: nil
      }
    report(
      root == .matrix ? .matrixWithoutMatrix : .itemWithoutForeach,
      "'\(root.rawValue)' in task \(name.text.quoted()), which has no '\(key)'",
      at: span(of: read.range, in: read.scalar), label: instead ?? "there is one only with '\(key)'")
  }

  /// Items in the manifest are known, so a member that one of them lacks is found before anything starts.
  /// - Returns: whether all items have the member.
  private mutating func checkMembers(_ read: TaskDraft.TemplateRead, of foreach: TaskDraft.Foreach) -> Bool {
    switch foreach.source {
    case nil, .results, .matrix: return true
    case .range:
      report(
        .missingMember, "'\(read.path)' does not exist: the items of a range are integers",
        at: span(of: read.range, in: read.scalar))
    case .list(let items):
      let keys = read.path.keys
      guard let index = items.firstIndex(where: { $0.member(at: keys[...]) == nil }) else { return true }
      guard hasRoomOrCounts() else { return false }
      var secondary: [Diagnostic.Label] = []
      if case .sequence(let list) = foreach.node, index < list.elements.count {
        secondary = [.init(span: SourceSpan(list.elements[index].span), text: "this item")]
      }
      let known = items[index].objectValue?.keys ?? []
      report(
        .missingMember,
        "'\(read.path)' does not exist in item \(index), which is \(items[index].kindDescription)",
        at: span(of: read.range, in: read.scalar),
        label: SpellingSuggestion.question(for: keys[0], in: known),
        secondary: secondary)
    }
    return false
  }

  private mutating func countInstances(of draft: TaskDraft, name: YAMLScalar) {
    let limit = Int128(ManifestLoader.maximumInstances)
    let count: Int128 = draft.foreach.map { $0.source?.instanceCount ?? 0 } ?? draft.matrix?.count ?? 1
    let before = instances
    instances += count
    guard before <= limit, instances > limit else { return }
    let place = draft.foreach?.node.span ?? draft.matrix?.key.span ?? name.span
    let amount = count > limit ? count : instances
    report(
      .tooManyInstances, "would create \(Self.grouped(amount)) task instances (limit \(Self.grouped(limit)))",
      at: SourceSpan(place), label: count > limit ? nil : "with these the limit is passed")
  }

  private static func grouped(_ number: Int128) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}

extension ItemSource {
  /// How many items there are; computed without making them.
  package var instanceCount: Int128 {
    switch self {
    case .list(let items): return Int128(items.count)
    case .results: return 0
    case .matrix(let matrix): return Int128(matrix.combinations.count)
    case .range(let start, let end, let step):
      let distance = Int128(end) - Int128(start)
      let stride = Int128(step)
      guard stride != 0, distance != 0, (distance > 0) == (stride > 0) else { return 0 }
      // Both have the same sign, so this rounds the quotient up.
      return (distance + stride - stride.signum()) / stride
    }
  }
}
