import TaskrunAPI
import TaskrunYAML

// Tasks and `defaults`: the keys one by one, then what they must be together.
extension ManifestChecker {
  mutating func readDefaults(_ pair: YAMLMapping.Pair, into draft: inout TaskDraft) {
    guard let mapping = mapping(pair.value, of: "'defaults'") else { return }
    read(mapping, of: "'defaults'", into: &draft)
  }

  mutating func tasks(
    _ pair: YAMLMapping.Pair?, in top: YAMLMapping, defaults: TaskDraft
  ) -> [TaskDefinition] {
    guard let pair else {
      // A misspelt 'tasks' has been complained about already.
      let names = top.pairs.prefix(100).map(\.key.text).filter { TopLevelKey(rawValue: $0) == nil }
      let isMisspelt = names.contains {
        SpellingSuggestion.nearest(to: $0, in: TopLevelKey.names) == TopLevelKey.tasks.rawValue
      }
      if isMisspelt { return [] }
      report(
        .noTasks, "the manifest has no 'tasks'", at: SourceSpan(YAMLSpan(at: top.span.start)),
        notes: [Self.smallestManifest])
      return []
    }
    if case .scalar(let scalar) = pair.value, scalar.isNull {
      report(.noTasks, "'tasks' is empty", at: SourceSpan(pair.key.span), label: "add a task below")
      return []
    }
    guard let mapping = mapping(pair.value, of: "'tasks'") else { return [] }
    if mapping.pairs.isEmpty {
      report(.noTasks, "'tasks' is empty", at: SourceSpan(pair.key.span), label: "add a task")
    }
    var tasks: [TaskDefinition] = []
    tasks.reserveCapacity(mapping.pairs.count)
    for pair in mapping.pairs {
      if let task = task(pair, defaults: defaults) { tasks.append(task) }
    }
    return tasks
  }

  private mutating func task(_ pair: YAMLMapping.Pair, defaults: TaskDraft) -> TaskDefinition? {
    checkName(pair.key)
    var draft = defaults
    switch pair.value {
    case .mapping(let mapping): read(mapping, of: "task \(pair.key.text.quoted())", into: &draft)
    case .invalid: return nil
    case .scalar(let scalar) where scalar.isNull: break
    case .scalar, .sequence:
      reportShape("a mapping", pair.value, of: "task \(pair.key.text.quoted())")
      return nil
    }
    return finish(draft, name: pair.key)
  }

  private mutating func checkName(_ key: YAMLScalar) {
    let name = key.text
    if TemplateParser.mayHoldTemplate(name) { return refuseTemplateKey(key) }
    let isOther: (UInt8) -> Bool = { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    let isWord: (UInt8) -> Bool = { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    if name.utf8.count <= 100, let first = name.utf8.first, isWord(first),
      name.utf8.allSatisfy({ isWord($0) || isOther($0) })
    {
      return
    }
    if name.unicodeScalars.count > 100 {
      report(
        .badTaskName, "task name \(name.quoted()) is longer than 100 characters", at: SourceSpan(key.span))
    } else {
      report(
        .badTaskName, "\(name.quoted()) cannot be the name of a task", at: SourceSpan(key.span),
        notes: ["a name has letters, digits, '_', '.' and '-', and begins with a letter, a digit or '_'"])
    }
  }

  private mutating func read(
    _ mapping: YAMLMapping, of place: @autoclosure () -> String, into draft: inout TaskDraft
  ) {
    var run: YAMLScalar?
    var uses: YAMLScalar?
    for pair in mapping.pairs {
      if pair.key.text == "run" { run = pair.key }
      if pair.key.text == "uses" { uses = pair.key }
    }
    if let run, let uses {
      let (first, second) = run.span.start.offset < uses.span.start.offset ? (run, uses) : (uses, run)
      report(
        .twoActions, "\(place()) has both 'run' and 'uses'", at: SourceSpan(second.span),
        label: "keep one of them",
        secondary: [.init(span: SourceSpan(first.span), text: "the other one")])
    }
    // A task that says what it runs does not want the parameters of what `defaults` would have run.
    if run != nil {
      draft.with = nil
      draft.forgetReads(of: .init(.with))
    }
    for pair in mapping.pairs {
      guard let key = TaskKey(rawValue: pair.key.text) else {
        guard !pair.key.text.hasPrefix("x-") else { continue }
        reportUnknown(pair.key, in: place(), known: TaskKey.names)
        forgive(pair.key.text, in: &draft)
        continue
      }
      guard key.isSupported else {
        reportUnsupported(pair.key, "key")
        continue
      }
      draft.forgetReads(of: .init(key))
      read(key, pair, into: &draft)
    }
    if run != nil, uses != nil { draft.action = .broken }
  }

  private mutating func read(_ key: TaskKey, _ pair: YAMLMapping.Pair, into draft: inout TaskDraft) {
    switch key {
    case .description: draft.description = text(pair.value, of: "'\(key.rawValue)'")
    case .tags: draft.tags = tags(pair.value)
    case .kind: draft.kind = kind(pair.value)
    case .run: readRun(pair, into: &draft)
    case .uses: readUses(pair, into: &draft)
    case .with: readWith(pair, into: &draft)
    case .foreach: draft.foreach = .init(source: itemSource(pair.value), node: pair.value)
    case .env: readEnv(pair.value, into: &draft)
    case .dir: draft.dir = path(pair, into: &draft)
    case .stdin:
      guard let scalar = scalar(pair.value, "text", of: "'\(key.rawValue)'") else { return }
      draft.stdin = textTemplate(scalar, owner: .init(.stdin), allowsNUL: true, into: &draft)
    case .timeout: draft.timeout = duration(pair.value, of: "'\(key.rawValue)'", allowsZero: false)
    case .grace: draft.grace = duration(pair.value, of: "'\(key.rawValue)'", allowsZero: true)
    case .outputLimit: draft.outputLimitBytes = size(pair.value, of: "'\(key.rawValue)'")
    case .needs, .matrix, .envFile, .retry, .allowFailure, .condition, .limits, .cpus, .outputs: break
    }
  }

  /// What a misspelt key was meant to be is not missing besides.
  private func forgive(_ misspelt: String, in draft: inout TaskDraft) {
    guard !isFull, let meant = SpellingSuggestion.nearest(to: misspelt, in: TaskKey.names) else { return }
    switch (TaskKey(rawValue: meant), draft.action, draft.kind) {
    case (.run, nil, _), (.uses, nil, _): draft.action = .broken
    case (.kind, _, .absent): draft.kind = .broken
    default: break
    }
  }

  private mutating func path(_ pair: YAMLMapping.Pair, into draft: inout TaskDraft) -> TemplateValue? {
    guard let scalar = scalar(pair.value, "a path", of: "'dir'") else { return nil }
    guard !scalar.text.isEmpty else {
      report(.emptyText, "'dir' is empty: expected a path", at: SourceSpan(scalar.span))
      return nil
    }
    return textTemplate(scalar, owner: .init(.dir), into: &draft)
  }

  private mutating func tags(_ node: YAMLNode) -> [String] {
    guard case .sequence(let sequence) = node else { return text(node, of: "'tags'").map { [$0] } ?? [] }
    return sequence.elements.compactMap { text($0, of: "a tag") }
  }

  private mutating func kind(_ node: YAMLNode) -> TaskDraft.Kind {
    guard let scalar = scalar(node, "io or cpu", of: "'kind'") else { return .broken }
    if let kind = TaskKind(rawValue: scalar.text) { return .known(kind) }
    report(
      .badKind, "expected io or cpu as 'kind', found \(scalar.text.quoted())", at: SourceSpan(scalar.span),
      label: SpellingSuggestion.question(for: scalar.text, in: TaskKind.allCases.map(\.rawValue)))
    return .broken
  }

  /// Lays variables over those that are there; a name that is there already changes its value and its place.
  mutating func readEnv(_ node: YAMLNode, into draft: inout TaskDraft) {
    guard let mapping = mapping(node, of: "'env'") else { return }
    if !draft.env.isEmpty {
      let names = Set(mapping.pairs.map(\.key.text))
      draft.env.removeAll { names.contains($0.key) }
      draft.reads.removeAll { $0.owner.key == .env && names.contains($0.owner.member ?? "") }
    }
    for pair in mapping.pairs {
      let name = pair.key.text
      let owner = TaskDraft.Owner(.env, member: name)
      if TemplateParser.mayHoldTemplate(name) {
        refuseTemplateKey(pair.key)
      } else if !isVariableName(name) {
        report(
          .badVariableName, "\(name.quoted()) cannot be the name of a variable",
          at: SourceSpan(pair.key.span),
          notes: ["a name has letters, digits and '_', and does not begin with a digit"])
      }
      guard let scalar = scalar(pair.value, "text", of: "the value of \(name.quoted())"),
        let value = textTemplate(scalar, owner: owner, into: &draft)
      else { continue }
      draft.env.append(.init(key: name, value: value))
    }
  }
}
