import TaskrunAPI
import TaskrunYAML

// Strings with templates: everything that can be known before the start is checked here.
extension ManifestChecker {
  /// A value for the system (argument, variable, path): the text as written, with templates.
  /// - Parameter allowsNUL: whether a NUL byte is fine, as on standard input.
  mutating func textTemplate(
    _ scalar: YAMLScalar, owner: TaskDraft.Owner, allowsNUL: Bool = false, into draft: inout TaskDraft
  ) -> TemplateValue? {
    let value = template(scalar, isText: true, owner: owner, into: &draft) ?? .literal(.string(scalar.text))
    if !allowsNUL, case .literal(.string(let text)) = value, text.utf8.contains(0) {
      report(
        .containsNUL, "a NUL byte cannot be passed to a program", at: SourceSpan(scalar.span),
        label: "remove it")
      return nil
    }
    return value
  }

  /// A free value with templates somewhere in it. Recursion is bounded by the depth of the tree.
  mutating func freeTemplate(
    _ node: YAMLNode, owner: TaskDraft.Owner, into draft: inout TaskDraft
  ) -> TemplateValue? {
    switch node {
    case .scalar(let scalar):
      if let template = template(scalar, isText: false, owner: owner, into: &draft) { return template }
      return value(of: scalar).map { .literal($0) }
    case .sequence(let sequence):
      var values: [TemplateValue] = []
      for element in sequence.elements {
        guard let value = freeTemplate(element, owner: owner, into: &draft) else { continue }
        values.append(value)
      }
      return Self.joined(values)
    case .mapping(let mapping):
      var members: [TaskDefinition.Member] = []
      for pair in mapping.pairs {
        refuseTemplateKey(pair.key)
        guard let value = freeTemplate(pair.value, owner: owner, into: &draft) else { continue }
        members.append(.init(key: pair.key.text, value: value))
      }
      return Self.joined(members)
    case .invalid: return nil
    }
  }

  private static func joined(_ values: [TemplateValue]) -> TemplateValue {
    var literals: [Value] = []
    for value in values {
      guard case .literal(let literal) = value else { return .array(values) }
      literals.append(literal)
    }
    return .literal(.array(literals))
  }

  private static func joined(_ members: [TaskDefinition.Member]) -> TemplateValue {
    var literals: [ValueObject.Member] = []
    for member in members {
      guard case .literal(let literal) = member.value else { return .object(members) }
      literals.append(.init(key: member.key, value: literal))
    }
    return .literal(.object(ValueObject(literals)))
  }

  /// The template of a scalar; `nil` if it has none. What reads nothing but `vars` is filled at once.
  private mutating func template(
    _ scalar: YAMLScalar, isText: Bool, owner: TaskDraft.Owner, into draft: inout TaskDraft
  ) -> TemplateValue? {
    guard TemplateParser.mayHoldTemplate(scalar.text) else { return nil }
    var (segments, faults) = TemplateParser.parse(scalar.text)
    for fault in faults { report(fault, in: scalar) }
    var isGood = faults.isEmpty
    var isConstant = true
    for index in segments.indices {
      guard case .expression(var expression) = segments[index], case .path(var path) = expression.operand
      else { continue }
      if path.root == .tasks {
        path.result = resultReference(path, at: expression.range, in: scalar)
        expression.operand = .path(path)
        segments[index] = .expression(expression)
      }
      switch path.root {
      case .vars:
        if !check(vars: path, of: expression, in: scalar) { isGood = false }
      case .tasks where path.result == nil: isGood = false
      case .env, .args:
        isConstant = false
        checkVisibility(of: path, expression, in: scalar, owner: owner)
      case .item, .index, .matrix, .tasks:
        isConstant = false
        draft.reads.append(
          .init(
            owner: owner, path: path, isOptional: expression.hasDefault, scalar: scalar,
            range: expression.range))
      }
    }
    let template = Template(source: scalar.text, isText: isText, segments: segments)
    guard isGood, isConstant else { return .template(template) }
    do {
      return .literal(try template.evaluate(in: TemplateScope(vars: vars)))
    } catch {
      report(.templateFails, error.description, at: SourceSpan(scalar.span))
      return .template(template)
    }
  }

  private mutating func check(
    vars path: TemplatePath, of expression: TemplateExpression, in scalar: YAMLScalar
  ) -> Bool {
    guard let name = path.keys.first else { return false }
    knownVars.insert(name)
    guard !brokenVars.contains(name) else { return false }
    if expression.hasDefault || path.value(in: TemplateScope(vars: vars)) != nil { return true }
    guard hasRoomOrCounts() else { return false }
    let place = span(of: expression.range, in: scalar)
    if let value = vars[name] {
      report(
        .undefinedVariable, "'\(path)' does not exist: 'vars.\(name)' is \(value.kindDescription)", at: place)
    } else {
      let question = SpellingSuggestion.question(for: name, in: vars.keys)
      report(
        .undefinedVariable, "undefined variable \(name.quoted())", at: place, label: question,
        notes: question == nil ? ["define it under 'vars', or give it with --var \(name)=..."] : [])
    }
    return false
  }

  private mutating func report(_ fault: TemplateParser.Fault, in scalar: YAMLScalar) {
    let place = span(of: fault.range, in: scalar)
    let literalNote = #"for literal braces write {{ "{{" }}"#
    switch fault.kind {
    case .unclosed:
      report(
        .templateSyntax, "template is never closed", at: place, label: "'}}' is missing", notes: [literalNote]
      )
    case .expected(let what):
      report(.templateSyntax, "expected \(what) in a template", at: place, notes: [literalNote])
    case .unknownName(let name):
      let roots = TemplatePath.Root.allCases.map(\.rawValue)
      let inVars = vars[name] == nil ? nil : "did you mean 'vars.\(name)'?"
      report(
        .unknownTemplateName, "unknown name \(name.quoted()) in a template", at: place,
        label: inVars ?? SpellingSuggestion.question(for: name, in: roots),
        notes: ["a template begins with " + roots.joined(separator: ", "), literalNote])
    case .needsName(let root):
      let form = root == .tasks ? "tasks.NAME.value" : "\(root.rawValue).NAME"
      report(.templateSyntax, "'\(root.rawValue)' needs a name: write '\(form)'", at: place)
    case .noMembers(let root):
      report(.templateSyntax, "'\(root.rawValue)' is a number and has no members", at: place)
    case .tooManySteps(let root):
      report(.templateSyntax, "'\(root.rawValue)' has texts, and these have no members", at: place)
    case .unknownFilter(let name):
      let question = SpellingSuggestion.question(for: name, in: TemplateFilter.names)
      report(
        .unknownFilter, "unknown filter \(name.quoted())", at: place, label: question,
        notes: ["filters: " + TemplateFilter.names.joined(separator: ", ")])
    case .filterNeedsText(let name):
      report(.unknownFilter, "filter '\(name)' needs a value", at: place, label: #"write \#(name): "x""#)
    case .filterTakesNothing(let name):
      report(.unknownFilter, "filter '\(name)' takes no value", at: place)
    }
  }

  /// Where a piece of a scalar's text stands in the file.
  ///
  /// The text has escapes and line folding behind it, so the piece is found by counting braces: the n-th pair in
  /// the text is the n-th in the file. Where that fails, the whole scalar is the place.
  func span(of range: Range<Int>, in scalar: YAMLScalar) -> SourceSpan {
    let whole = SourceSpan(scalar.span)
    let source = files[whole.file].source
    // Nobody reads a text of this size at its columns.
    guard !isFull, scalar.text.utf8.count < 1 << 16, whole.end.offset <= source.count else { return whole }
    let text = Array(scalar.text.utf8)
    let openings = Self.openings(in: text[...]).prefix { $0 <= range.lowerBound }
    let rawOpenings = Self.openings(in: source[whole.start.offset..<whole.end.offset])
    guard let anchor = openings.last, openings.count <= rawOpenings.count else { return whole }
    let start = rawOpenings[openings.count - 1] + range.lowerBound - anchor
    guard range.upperBound <= text.count, start + range.count <= source.count,
      source[start..<start + range.count].elementsEqual(text[range])
    else { return whole }
    let first = Self.position(start, after: whole.start, in: source)
    return SourceSpan(start: first, end: Self.position(start + range.count, after: first, in: source))
  }

  /// The offsets of all `{{`.
  private static func openings(in bytes: ArraySlice<UInt8>) -> [Int] {
    var offsets: [Int] = []
    var index = bytes.startIndex
    while index + 1 < bytes.endIndex {
      let isOpening = bytes[index] == UInt8(ascii: "{") && bytes[index + 1] == UInt8(ascii: "{")
      if isOpening { offsets.append(index) }
      index += isOpening ? 2 : 1
    }
    return offsets
  }

  static func position(
    _ offset: Int, after start: SourcePosition, in source: [UInt8]
  ) -> SourcePosition {
    var position = start
    while position.offset < offset {
      let byte = source[position.offset]
      position.offset += 1
      let isPair = byte == 0x0D && position.offset < source.count && source[position.offset] == 0x0A
      if byte == 0x0A || byte == 0x0D && !isPair {
        position.line += 1
        position.column = 1
      } else if byte & 0xC0 != 0x80 {
        position.column += 1
      }
    }
    return position
  }
}
