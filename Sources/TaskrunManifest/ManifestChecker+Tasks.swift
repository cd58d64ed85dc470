import TaskrunAPI
import TaskrunYAML

// Tasks and `defaults`: the keys one by one, then what they must be together.
extension ManifestChecker {
  mutating func readDefaults(_ pair: YAMLMapping.Pair, into draft: inout TaskDraft) {
    guard let mapping = mapping(pair.value, of: "'defaults'") else { return }
    read(mapping, of: "'defaults'", into: &draft)
  }

  mutating func tasks(
    _ part: ManifestPart, defaults: TaskDraft
  ) -> [TaskDefinition] {
    let top = part.top
    guard let pair = part.keys[.tasks] else {
      // A file may also be there for others, or for what they share.
      if part.base != nil || part.keys[.include] != nil { return [] }
      // A misspelt 'tasks' has been complained about already.
      let names = top.pairs.prefix(100).map(\.key.text).filter { TopLevelKey(rawValue: $0) == nil }
      let isMisspelt = names.contains {
        SpellingSuggestion.nearest(to: $0, in: TopLevelKey.names) == TopLevelKey.tasks.rawValue
      }
      if isMisspelt { return [] }
      report(
        .noTasks, "the manifest has no 'tasks'", at: SourceSpan(top.span.beginning),
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
    for (position, pair) in mapping.pairs.enumerated() {
      if let task = task(pair, at: part.firstTask + position, defaults: defaults) { tasks.append(task) }
    }
    return tasks
  }

  private mutating func task(
    _ pair: YAMLMapping.Pair, at position: Int, defaults: TaskDraft
  ) -> TaskDefinition? {
    checkName(pair.key, text: names.prefix + pair.key.text)
    var draft = defaults
    switch pair.value {
    case .mapping(let mapping): read(mapping, of: "task \(pair.key.text.quoted())", into: &draft)
    case .invalid: return nil
    case .scalar(let scalar) where scalar.isNull: break
    case .scalar, .sequence:
      reportShape("a mapping", pair.value, of: "task \(pair.key.text.quoted())")
      return nil
    }
    return finish(draft, name: pair.key, at: position)
  }

  /// How many characters a task's name may have.
  static let maximumNameLength = 100

  /// - Parameter name: the whole name, with the prefix of its file.
  mutating func checkName(_ key: YAMLScalar, text name: String) {
    if TemplateParser.mayHoldTemplate(name) { return refuseTemplateKey(key) }
    if Self.isTaskName(name) { return }
    if name.unicodeScalars.count > Self.maximumNameLength {
      report(
        .badTaskName, "task name \(name.quoted()) is longer than 100 characters", at: SourceSpan(key.span))
    } else {
      report(
        .badTaskName, "\(name.quoted()) cannot be the name of a task", at: SourceSpan(key.span),
        notes: ["a name has letters, digits, '_', '.' and '-', and begins with a letter, a digit or '_'"])
    }
  }

  static func isTaskName(_ name: String) -> Bool {
    let isOther: (UInt8) -> Bool = { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    let isWord: (UInt8) -> Bool = { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    guard name.utf8.count <= maximumNameLength, let first = name.utf8.first, isWord(first) else {
      return false
    }
    return name.utf8.allSatisfy { isWord($0) || isOther($0) }
  }

  private mutating func read(
    _ mapping: YAMLMapping, of place: @autoclosure () -> String, into draft: inout TaskDraft
  ) {
    let keys = Self.exclusiveKeys(of: mapping)
    refuse(keys.run, beside: keys.uses, .twoActions, in: place())
    refuse(keys.foreach, beside: keys.matrix, .twoItemSources, in: place())
    draft.forgetInherited(for: keys)
    // What stands in the manifest wins over what stands in a file, wherever the two keys are.
    if let file = mapping[TaskKey.envFile.rawValue] { readEnvironmentFiles(file, into: &draft) }
    for pair in mapping.pairs {
      guard let key = TaskKey(rawValue: pair.key.text) else {
        guard !pair.key.text.hasPrefix("x-") else { continue }
        reportUnknown(pair.key, in: place(), known: TaskKey.names)
        forgive(pair.key.text, in: &draft)
        continue
      }
      draft.forgetReads(of: .init(key))
      read(key, pair, into: &draft)
    }
    if keys.run != nil, keys.uses != nil { draft.action = .broken }
  }

  private static func exclusiveKeys(of mapping: YAMLMapping) -> TaskDraft.ExclusiveKeys {
    var keys = TaskDraft.ExclusiveKeys()
    for pair in mapping.pairs {
      switch TaskKey(rawValue: pair.key.text) {
      case .run: keys.run = pair.key
      case .uses: keys.uses = pair.key
      case .foreach: keys.foreach = pair.key
      case .matrix: keys.matrix = pair.key
      default: break
      }
    }
    return keys
  }

  private mutating func refuse(
    _ one: YAMLScalar?, beside other: YAMLScalar?, _ code: DiagnosticCode, in place: @autoclosure () -> String
  ) {
    guard let one, let other else { return }
    let (first, second) = one.span.start.offset < other.span.start.offset ? (one, other) : (other, one)
    report(
      code, "\(place()) has both '\(one.text)' and '\(other.text)'", at: SourceSpan(second.span),
      label: "keep one of them",
      secondary: [.init(span: SourceSpan(first.span), text: "the other one")])
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
    case .needs: readNeeds(pair.value, into: &draft)
    case .condition: draft.condition = choice(pair.value, of: key)
    case .matrix: draft.matrix = matrix(pair)
    case .retry: draft.retry = retry(pair.value)
    case .allowFailure: draft.allowedFailure = allowedFailure(pair.value)
    case .limits: draft.limits = limits(pair.value)
    case .cpus: draft.cpus = cpus(pair.value)
    case .outputs: draft.outputs = choice(pair.value, of: key)
    case .envFile: break
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
    if !draft.env.isEmpty { draft.removeVariables(Set(mapping.pairs.map(\.key.text))) }
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
      checkSecret(name, value, in: scalar)
      draft.env.append(.init(key: name, value: value))
    }
  }
}
