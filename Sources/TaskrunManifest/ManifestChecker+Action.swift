import TaskrunAPI
import TaskrunYAML

// `run`, `uses` and `with`.
extension ManifestChecker {
  mutating func readRun(_ pair: YAMLMapping.Pair, into draft: inout TaskDraft) {
    draft.action = .broken
    switch pair.value {
    case .sequence(let sequence):
      guard let arguments = arguments(sequence, key: pair.key, into: &draft) else { return }
      draft.action = .run([.init(key: "argv", value: arguments)], key: pair.key)
    case .scalar(let scalar):
      guard let text = shellText(scalar) else { return }
      draft.action = .run([.init(key: "shell", value: .literal(.string(text)))], key: pair.key)
    case .mapping: reportShape("a list or shell text", pair.value, of: "'run'")
    case .invalid: break
    }
  }

  private mutating func arguments(
    _ sequence: YAMLSequence, key: YAMLScalar, into draft: inout TaskDraft
  ) -> TemplateValue? {
    guard let first = sequence.elements.first else {
      report(.emptyCommand, "'run' is an empty list", at: SourceSpan(sequence.span), label: "name a program")
      return nil
    }
    checkProgram(first)
    var literals: [Value] = []
    var templates: [TemplateValue] = []
    literals.reserveCapacity(sequence.elements.count)
    var isWhole = true
    for element in sequence.elements {
      guard let scalar = scalar(element, "text", of: "an argument"),
        let value = textTemplate(scalar, owner: .init(.run), into: &draft)
      else {
        isWhole = false
        continue
      }
      if templates.isEmpty, case .literal(let literal) = value {
        literals.append(literal)
      } else {
        if templates.isEmpty { templates = literals.map { .literal($0) } }
        templates.append(value)
      }
    }
    guard isWhole else { return nil }
    return templates.isEmpty ? .literal(.array(literals)) : .array(templates)
  }

  private mutating func checkProgram(_ node: YAMLNode) {
    guard case .scalar(let scalar) = node else { return }
    if TemplateParser.mayHoldTemplate(scalar.text) {
      report(
        .templateInProgram, "templates are not allowed in a program's name",
        at: span(of: scalar.text.firstBraces, in: scalar), label: "this must be constant",
        notes: ["data must not choose which program runs; to choose among several, run 'env' or a script"])
    } else if scalar.text.isEmpty, scalar.style != .plain {
      report(
        .emptyCommand, "the program's name is empty", at: SourceSpan(scalar.span), label: "name a program")
    }
  }

  private mutating func shellText(_ scalar: YAMLScalar) -> String? {
    guard !scalar.isNull, scalar.text.utf8.contains(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x09 }) else {
      report(.emptyCommand, "'run' is empty", at: SourceSpan(scalar.span), label: "write a command")
      return nil
    }
    if scalar.text.utf8.contains(0) {
      report(.containsNUL, "a NUL byte cannot be passed to a program", at: SourceSpan(scalar.span))
      return nil
    }
    let findings = ShellText.templates(in: scalar.text)
    for finding in findings {
      let instead = "write \"\(finding.variable)\" instead"
      report(
        .templateInShell, "templates are not allowed in shell text", at: span(of: finding.range, in: scalar),
        label: finding.entry.map { "\(instead), and under 'env' add  \($0)" } ?? instead,
        notes: ["values reach shell text as environment variables, so that data never becomes code"])
    }
    return findings.isEmpty ? scalar.text : nil
  }

  mutating func readUses(_ pair: YAMLMapping.Pair, into draft: inout TaskDraft) {
    draft.action = .broken
    guard let scalar = scalar(pair.value, "a task type", of: "'uses'") else { return }
    if scalar.text == "run" {
      report(
        .usesRun, "'run' is a key of its own", at: SourceSpan(scalar.span),
        label: "write 'run: [program, argument]' or 'run: shell text' in place of 'uses'")
      return
    }
    let type = types[scalar.text]
    draft.action = .uses(type, name: scalar)
    guard type == nil else { return }
    let known = typeNames.filter { $0 != "run" }
    let question = SpellingSuggestion.question(for: scalar.text, in: known)
    report(
      .unknownTaskType, "unknown task type \(scalar.text.quoted())", at: SourceSpan(scalar.span),
      label: question,
      notes: question == nil && !known.isEmpty ? ["known: " + known.joined(separator: ", ")] : [])
  }

  mutating func readWith(_ pair: YAMLMapping.Pair, into draft: inout TaskDraft) {
    draft.with = .init(key: pair.key, members: [])
    if case .scalar(let scalar) = pair.value, scalar.isNull { return }
    guard let mapping = mapping(pair.value, of: "'with'") else { return }
    draft.with?.mapping = mapping
    for member in mapping.pairs {
      refuseTemplateKey(member.key)
      guard let value = freeTemplate(member.value, owner: .init(.with), into: &draft) else {
        // It has been complained about, and is not missing: any value does for the checks that follow.
        draft.with?.members.append(.init(key: member.key.text, value: .array([])))
        continue
      }
      draft.with?.members.append(.init(key: member.key.text, value: value))
    }
  }

  mutating func checkParameters(of type: TaskTypeEntry, with: TaskDraft.With?, uses: YAMLScalar) {
    var open: Set<String> = []
    let values = (with?.members ?? []).map { member -> ValueObject.Member in
      if case .literal(let value) = member.value { return .init(key: member.key, value: value) }
      open.insert(member.key)
      return .init(key: member.key, value: .null)
    }
    let problems = type.parameters.problems(with: ValueObject(values), where: { !open.contains($0) })
    guard !problems.isEmpty else { return }
    let pairs = (with?.mapping?.pairs ?? []).map { ($0.key.text, $0) }
    let places = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    for problem in problems { report(problem, of: type, with: with, places: places, uses: uses) }
  }

  private mutating func report(
    _ problem: ParameterProblem, of type: TaskTypeEntry, with: TaskDraft.With?,
    places: [String: YAMLMapping.Pair], uses: YAMLScalar
  ) {
    guard hasRoomOrCounts() else { return }
    switch problem.fault {
    case .unknown(let name, let known):
      let key = places[name]?.key
      let question = SpellingSuggestion.question(for: name, in: known)
      report(
        .unknownParameter, "unknown parameter \(name.quoted()) of '\(type.name)'",
        at: SourceSpan((key ?? uses).span), label: question,
        notes: question == nil && !known.isEmpty ? ["known: " + known.joined(separator: ", ")] : [])
    case .missing(let name):
      let summary = type.parameters.first { $0.name == name }?.summary
      report(
        .missingParameter, "parameter '\(name)' of '\(type.name)' is missing",
        at: SourceSpan((with?.key ?? uses).span), label: with == nil ? "add 'with'" : "add '\(name)'",
        notes: summary.map { ["\(name): \($0)"] } ?? [])
    case .mismatch(let expected, let found):
      var node: YAMLNode?
      if case .key(let key)? = problem.path.first, let value = places[key]?.value {
        node = Self.node(at: problem.path.dropFirst(), in: value)
      }
      report(
        .badParameter, problem.description, at: SourceSpan(node?.span ?? uses.span),
        label: Self.hint(expected, found))
    }
  }

  private static func node(at path: ArraySlice<ParameterProblem.PathComponent>, in root: YAMLNode)
    -> YAMLNode?
  {
    var node = root
    for component in path {
      switch (component, node) {
      case (.key(let key), .mapping(let mapping)):
        guard let pair = mapping.pairs.first(where: { $0.key.text == key }) else { return nil }
        node = pair.value
      case (.index(let index), .sequence(let sequence)):
        guard sequence.elements.indices.contains(index) else { return nil }
        node = sequence.elements[index]
      default: return node
      }
    }
    return node
  }

  /// What was probably meant.
  private static func hint(_ expected: ParameterType, _ found: Value) -> String? {
    switch (expected, found) {
    case (.boolean, .string(let text)):
      return truthHint(text)
    case (.boolean, .int(1)): return "did you mean 'true'?"
    case (.boolean, .int(0)): return "did you mean 'false'?"
    case (.duration, .int(let number)) where number >= 0:
      return "a unit is required: did you mean '\(number)s'?"
    case (.duration, .string(let text)):
      return missingUnit(of: text).map { "a unit is required: did you mean '\(text)\($0)'?" }
    case (.choice(let words), .string(let text)): return SpellingSuggestion.question(for: text, in: words)
    case (.integer, .string(let text)) where Self.isDecimal(text): return "remove the quotes"
    case (.integer, .string(let text)) where text.utf8.first.map(isDigit) == true:
      return "write a plain decimal integer"
    default: return nil
    }
  }
}
