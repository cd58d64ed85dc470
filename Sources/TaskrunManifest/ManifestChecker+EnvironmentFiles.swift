import TaskrunAPI
import TaskrunYAML

// `env_file`: variables from dotenv files.
extension ManifestChecker {
  /// How large such a file may be.
  private static let maximumBytes = 1 << 20

  /// Lays the variables of files over those that are there.
  mutating func readEnvironmentFiles(_ node: YAMLNode, into draft: inout TaskDraft) {
    var elements = [node]
    if case .sequence(let sequence) = node { elements = sequence.elements }
    for element in elements {
      guard let (path, place, isOptional) = environmentFile(element),
        let file = environmentFile(at: path, place: place, isOptional: isOptional)
      else { continue }
      draft.removeVariables(Set(file.variables.map(\.name)))
      var positions: [String: Int] = [:]
      for (name, value) in file.variables {
        let member = TaskDefinition.Member(key: name, value: .literal(.string(value)))
        if let position = positions[name] {
          draft.env[position] = member
        } else {
          positions[name] = draft.env.count
          draft.env.append(member)
        }
      }
    }
  }

  private mutating func environmentFile(
    _ node: YAMLNode
  ) -> (path: String, place: SourceSpan, isOptional: Bool)? {
    guard case .mapping(let mapping) = node else {
      return knownPath(node, of: "'env_file'").map { ($0, SourceSpan(node.span), false) }
    }
    var path: String?
    var isOptional = false
    for pair in mapping.pairs {
      switch pair.key.text {
      case "file": path = knownPath(pair.value, of: "'file'")
      case "optional": isOptional = flag(pair.value, of: "'optional'") ?? true
      case let key where key.hasPrefix("x-"): break
      default: reportUnknown(pair.key, in: "'env_file'", known: ["file", "optional"])
      }
    }
    guard let file = mapping["file"] else {
      report(
        .wrongShape, "'env_file' names no file", at: SourceSpan(mapping.span),
        label: "write {file: .env, optional: true}")
      return nil
    }
    return path.map { ($0, SourceSpan(file.span), isOptional) }
  }

  /// `true` or `false`.
  private mutating func flag(_ node: YAMLNode, of owner: String) -> Bool? {
    guard let scalar = scalar(node, "true or false", of: owner) else { return nil }
    if case .value(.bool(let flag)) = scalar.plainValue { return flag }
    report(
      .wrongShape, "expected true or false as \(owner), found \(scalar.text.quoted())",
      at: SourceSpan(scalar.span))
    return nil
  }

  /// The content of a file, which is read once and complained about once.
  private mutating func environmentFile(
    at path: String, place: SourceSpan, isOptional: Bool
  ) -> EnvironmentFile? {
    if let known = environmentFiles[path] { return known }
    let bytes: [UInt8]
    do throws(ManifestFileError) {
      bytes = try disk.read(path, limitBytes: Self.maximumBytes)
    } catch {
      if error == .missing, isOptional { return nil }
      report(
        .unreadableFile, "cannot read \(path.quoted()): \(error)", at: place,
        label: error == .missing ? "if it need not be there, write {file: ..., optional: true}" : nil)
      return nil
    }
    let file = EnvironmentFile(bytes)
    environmentFiles[path] = file
    guard !file.faults.isEmpty, let number = add(SourceFile(path: path, source: bytes)) else { return file }
    for fault in file.faults {
      let span = Self.span(of: fault.range, in: bytes, file: number)
      // A line that holds a secret, or half of it, is not shown.
      let isSecret = fault.name.map(secrets.contains) ?? false
      report(
        .badEnvironmentFile, "line \(span.start.line) of \(path.quoted()) has \(fault.kind)", at: place,
        secondary: isSecret ? [] : [.init(span: span, text: "here")])
    }
    return file
  }

  /// A path that is read before the start, relative to the folder of the file that names it.
  mutating func knownPath(_ node: YAMLNode, of owner: String) -> String? {
    knownText(node, "a path", of: owner).map { FilePath.joined(folder, $0) }
  }

  /// Text that is needed before the start: its templates can read nothing but `vars`.
  mutating func knownText(_ node: YAMLNode, _ expected: String, of owner: String) -> String? {
    guard let scalar = scalar(node, expected, of: owner) else { return nil }
    guard !scalar.text.isEmpty else {
      report(.emptyText, "\(owner) is empty: expected \(expected)", at: SourceSpan(scalar.span))
      return nil
    }
    for case .expression(let expression) in TemplateParser.parse(scalar.text).segments {
      guard case .path(let path) = expression.operand, path.root != .vars else { continue }
      report(
        .templateInConstant, "\(owner) is read before the start, when '\(path.root.rawValue)' is not there",
        at: span(of: expression.range, in: scalar), label: "only 'vars' can stand here")
      return nil
    }
    var draft = TaskDraft()
    guard case .literal(.string(let text))? = textTemplate(scalar, owner: .init(.foreach), into: &draft),
      !text.isEmpty
    else { return nil }
    return text
  }

  /// Where some bytes of a file stand.
  static func span(of range: Range<Int>, in source: [UInt8], file: Int) -> SourceSpan {
    let range = range.clamped(to: 0..<source.count)
    let start = position(range.lowerBound, after: SourceSpan.beginning(ofFile: file).start, in: source)
    return SourceSpan(start: start, end: position(range.upperBound, after: start, in: source))
  }
}

extension TaskDraft {
  /// Takes variables away, and what their templates read: something else is laid over them.
  mutating func removeVariables(_ names: Set<String>) {
    guard !env.isEmpty else { return }
    env.removeAll { names.contains($0.key) }
    reads.removeAll { $0.owner.key == .env && names.contains($0.owner.member ?? "") }
  }
}
