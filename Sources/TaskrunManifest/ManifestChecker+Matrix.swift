import TaskrunAPI
import TaskrunYAML

// The combinations that a task has instances for. As in `foreach`, braces in them are plain data.
extension ManifestChecker {
  private static let listKeys = ["include", "exclude"]

  mutating func matrix(_ pair: YAMLMapping.Pair) -> TaskDraft.Matrix {
    var draft = TaskDraft.Matrix(key: pair.key)
    guard let mapping = mapping(pair.value, of: "'matrix'") else { return draft }
    guard let axes = axes(mapping) else { return draft }
    let include = entries(pair.value["include"], of: "'include'")
    let exclude = entries(pair.value["exclude"], of: "'exclude'")
    guard let include, let exclude else { return draft }
    if axes.isEmpty, include.isEmpty {
      report(
        .badMatrix, "'matrix' has no axis", at: SourceSpan(pair.key.span),
        label: "add one, such as 'size: [1, 2]'")
      return draft
    }
    draft.count = MatrixBuilder.cellCount(of: axes) + Int128(include.count)
    // What would be too many is told when the task is finished, and never made.
    guard instances + draft.count <= Int128(ManifestLoader.maximumInstances) else { return draft }
    var builder = MatrixBuilder(axes)
    guard apply(exclude: exclude, include: include, to: &builder, axes: axes) else { return draft }
    let matrix = builder.matrix
    draft.count = Int128(matrix.combinations.count)
    if checkLabels(of: matrix, key: pair.key) { draft.matrix = matrix }
    return draft
  }

  private mutating func axes(_ mapping: YAMLMapping) -> [MatrixBuilder.Axis]? {
    var axes: [MatrixBuilder.Axis] = []
    var isWhole = true
    for pair in mapping.pairs where !Self.listKeys.contains(pair.key.text) {
      refuseTemplateKey(pair.key)
      if let values = axis(pair) {
        axes.append(.init(name: pair.key.text, values: values))
      } else {
        isWhole = false
      }
    }
    return isWhole ? axes : nil
  }

  private mutating func axis(_ pair: YAMLMapping.Pair) -> [Value]? {
    let owner = "axis \(pair.key.text.quoted())"
    guard case .sequence(let sequence) = pair.value else {
      if case .invalid = pair.value { return nil }
      reportShape("a list of values", pair.value, of: owner)
      return nil
    }
    guard let values = constant(pair.value, in: nil)?.arrayValue else { return nil }
    if values.isEmpty {
      report(.badMatrix, "\(owner) has no values", at: SourceSpan(sequence.span), label: "add one")
      return nil
    }
    var places: [String: Int] = [:]
    for (index, value) in values.enumerated() {
      guard let first = places.updateValue(index, forKey: value.plainText) else { continue }
      report(
        .repeatedCombination, "\(value.plainText.quoted()) stands twice in \(owner)",
        at: SourceSpan(sequence.elements[index].span), label: "remove it",
        secondary: [.init(span: SourceSpan(sequence.elements[first].span), text: "first given here")])
      return nil
    }
    return values
  }

  /// An entry of `include` or `exclude`, and where it stands.
  private struct Entry {
    var members: ValueObject
    var mapping: YAMLMapping
  }

  private mutating func entries(_ node: YAMLNode?, of owner: String) -> [Entry]? {
    guard let node else { return [] }
    guard case .sequence(let sequence) = node else {
      if case .invalid = node { return nil }
      reportShape("a list of mappings", node, of: owner)
      return nil
    }
    var entries: [Entry] = []
    for element in sequence.elements {
      guard let mapping = mapping(element, of: "an element of \(owner)") else { continue }
      for pair in mapping.pairs { refuseTemplateKey(pair.key) }
      guard let members = constant(element, in: nil)?.objectValue else { continue }
      if members.members.isEmpty {
        report(
          .badMatrix, "an element of \(owner) is empty", at: SourceSpan(mapping.span), label: "remove it")
      } else {
        entries.append(.init(members: members, mapping: mapping))
      }
    }
    return entries.count == sequence.elements.count ? entries : nil
  }

  private mutating func apply(
    exclude: [Entry], include: [Entry], to builder: inout MatrixBuilder, axes: [MatrixBuilder.Axis]
  ) -> Bool {
    var isGood = true
    for entry in exclude {
      guard check(exclude: entry, builder, axes: axes) else {
        isGood = false
        continue
      }
      builder.exclude(entry.members)
      guard checkWork(of: builder, at: entry) else { return false }
    }
    for entry in include {
      builder.include(entry.members)
      guard checkWork(of: builder, at: entry) else { return false }
    }
    return isGood
  }

  /// An entry that takes nothing out is not what was meant.
  private mutating func check(exclude entry: Entry, _ builder: MatrixBuilder, axes: [MatrixBuilder.Axis])
    -> Bool
  {
    var isGood = true
    for (pair, member) in zip(entry.mapping.pairs, entry.members.members) {
      guard let isThere = builder.has(member.value, in: member.key) else {
        reportUnknown(pair.key, in: "'exclude'", known: axes.map(\.name), word: "axis")
        isGood = false
        continue
      }
      guard !isThere else { continue }
      isGood = false
      if hasRoomOrCounts() {
        reportNoMatch(member, at: pair, in: axes.first { $0.name == member.key }?.values ?? [])
      }
    }
    return isGood
  }

  private mutating func reportNoMatch(
    _ member: ValueObject.Member, at pair: YAMLMapping.Pair, in axis: [Value]
  ) {
    let text = member.value.plainText
    let twin = axis.first { $0.plainText == text }
    let texts = axis.prefix(20).map(\.plainText)
    let label =
      twin.map { "the axis has \($0.kindDescription), this is \(member.value.kindDescription)" }
      ?? SpellingSuggestion.question(for: text, in: texts)
    report(
      .badMatrix, "'exclude' matches nothing: axis \(member.key.quoted()) has no value \(text.quoted())",
      at: SourceSpan(pair.value.span), label: label, notes: ["values: " + texts.joined(separator: ", ")])
  }

  private mutating func checkWork(of builder: MatrixBuilder, at entry: Entry) -> Bool {
    guard builder.isOverworked else { return true }
    report(
      .badMatrix, "the entries of 'include' and 'exclude' are too many for this matrix",
      at: SourceSpan(entry.mapping.span),
      label: "what they match adds up to more than \(MatrixBuilder.maximumComparisons) comparisons")
    return false
  }

  /// Each instance has a name of its own.
  private mutating func checkLabels(of matrix: Matrix, key: YAMLScalar) -> Bool {
    var labels: Set<String> = []
    for combination in matrix.combinations where !labels.insert(combination.label).inserted {
      report(
        .repeatedCombination, "two combinations of 'matrix' are called \(combination.label.quoted())",
        at: SourceSpan(key.span), label: "what their values make up must differ")
      return false
    }
    return true
  }

  /// Combinations are known, so a member that one of them lacks is found before anything starts.
  /// - Returns: whether all combinations have the member.
  mutating func checkMembers(_ read: TaskDraft.TemplateRead, of draft: TaskDraft.Matrix) -> Bool {
    let keys = read.path.keys
    guard let combinations = draft.matrix?.combinations,
      let lacking = combinations.first(where: { Value.object($0.members).member(at: keys[...]) == nil })
    else { return true }
    guard hasRoomOrCounts() else { return false }
    report(
      .missingMember, "'\(read.path)' does not exist in combination \(lacking.label.quoted())",
      at: span(of: read.range, in: read.scalar),
      label: SpellingSuggestion.question(for: keys[0], in: lacking.members.keys),
      notes: ["a default stands in for what is not there: {{ \(read.path) | default: \"\" }}"])
    return false
  }
}
