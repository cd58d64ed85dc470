import TaskrunAPI
import TaskrunYAML

// `include`: the files that a manifest is made of.
extension ManifestChecker {
  /// How deep files may include each other.
  static let maximumIncludeDepth = 16
  /// How many files may be included, each time counted: a few files that include each other twice would be many.
  static let maximumInclusions = 1000

  /// An inclusion on the way to a file.
  private struct Step {
    /// What is the same for one file however it is named.
    var identity: String
    var path: String
    /// Where it is included; `nil` for the file that the user named.
    var place: SourceSpan?
  }

  /// An element of `include`.
  private struct Inclusion {
    var path: YAMLScalar
    var prefix: String
  }

  /// All parts of a manifest: the file that the user named, then what it includes, in order and each followed by
  /// what it includes itself.
  mutating func parts(of top: YAMLMapping) -> [ManifestPart] {
    let path = files[0].path
    var part = ManifestPart(file: 0, prefix: "", folder: FilePath.folder(of: path), base: nil, top: top)
    part.keys = keys(of: top)
    var parts: [ManifestPart] = []
    add(part, to: &parts, way: [Step(identity: disk.canonicalPath(path) ?? path, path: path)])
    return parts
  }

  private mutating func keys(of top: YAMLMapping) -> TopLevelPairs {
    var keys = TopLevelPairs()
    for pair in top.pairs {
      let name = pair.key.text
      if let key = TopLevelKey(rawValue: name) {
        if key.isSupported { keys.add(pair, at: key) } else { reportUnsupported(pair.key, "key") }
      } else if !name.hasPrefix("x-") {
        reportUnknown(pair.key, in: "the manifest", known: TopLevelKey.names)
      }
    }
    return keys
  }

  /// Recursion is bounded by the depth of inclusions.
  private mutating func add(_ part: ManifestPart, to parts: inout [ManifestPart], way: [Step]) {
    var part = part
    part.firstTask = parts.last.map { $0.firstTask + $0.tasks.count } ?? 0
    parts.append(part)
    guard let node = part.keys[.include]?.value else { return }
    for inclusion in inclusions(node) {
      let place = SourceSpan(inclusion.path.span)
      guard parts.count <= Self.maximumInclusions else {
        report(.includeTooDeep, "more than 1,000 files are included", at: place)
        return
      }
      let path = FilePath.joined(part.folder, inclusion.path.text)
      let step = Step(identity: disk.canonicalPath(path) ?? path, path: path, place: place)
      guard mayInclude(step, way) else { continue }
      guard let (file, top) = topLevel(ofFileAt: path, identity: step.identity, place: place) else {
        continue
      }
      let folder = FilePath.folder(of: inclusion.path.text)
      var next = ManifestPart(
        file: file, prefix: part.prefix + inclusion.prefix, folder: FilePath.folder(of: path),
        base: FilePath.joined(part.base ?? "", folder), top: top)
      next.keys = keys(of: top)
      add(next, to: &parts, way: way + [step])
    }
  }

  private mutating func mayInclude(_ step: Step, _ way: [Step]) -> Bool {
    guard let place = step.place else { return true }
    if let first = way.firstIndex(where: { $0.identity == step.identity }) {
      let cycle = way[first...]
      report(
        .includeCycle,
        "files include each other in a cycle: "
          + (cycle.map(\.path) + [way[first].path]).joined(separator: " -> "),
        at: place, label: "includes '\(way[first].path)' again",
        secondary: cycle.dropFirst().compactMap { step in
          step.place.map { .init(span: $0, text: "includes '\(step.path)'") }
        })
      return false
    }
    guard way.count <= Self.maximumIncludeDepth else {
      report(
        .includeTooDeep, "files include each other deeper than \(Self.maximumIncludeDepth) levels", at: place)
      return false
    }
    return true
  }

  private mutating func inclusions(_ node: YAMLNode) -> [Inclusion] {
    guard case .sequence(let sequence) = node else { return inclusion(node).map { [$0] } ?? [] }
    return sequence.elements.compactMap { inclusion($0) }
  }

  private mutating func inclusion(_ node: YAMLNode) -> Inclusion? {
    guard case .mapping(let mapping) = node else {
      return includedPath(node).map { Inclusion(path: $0, prefix: "") }
    }
    var path: YAMLScalar?
    var prefix: String? = ""
    for pair in mapping.pairs {
      switch pair.key.text {
      case "file": path = includedPath(pair.value)
      case "prefix": prefix = self.prefix(pair.value)
      case let key where key.hasPrefix("x-"): break
      default: reportUnknown(pair.key, in: "'include'", known: ["file", "prefix"])
      }
    }
    if mapping["file"] == nil {
      report(
        .wrongShape, "'include' names no file", at: SourceSpan(mapping.span),
        label: "write {file: tasks.yaml, prefix: name}")
    }
    guard let path, let prefix else { return nil }
    return Inclusion(path: path, prefix: prefix)
  }

  private mutating func includedPath(_ node: YAMLNode) -> YAMLScalar? {
    guard let path = scalar(node, "a path", of: "'include'") else { return nil }
    if TemplateParser.mayHoldTemplate(path.text) {
      report(
        .templateInConstant, "templates are not allowed in 'include'",
        at: span(of: path.text.firstBraces, in: path), label: "this must be constant")
      return nil
    }
    guard !path.text.isEmpty else {
      report(.emptyText, "'include' is empty: expected a path", at: SourceSpan(path.span))
      return nil
    }
    return path
  }

  private mutating func prefix(_ node: YAMLNode) -> String? {
    guard let name = scalar(node, "a name", of: "'prefix'") else { return nil }
    guard Self.isTaskName(name.text) else {
      report(
        .badTaskName, "\(name.text.quoted()) cannot stand before the names of tasks",
        at: SourceSpan(name.span),
        notes: ["a prefix has letters, digits, '_', '.' and '-', and begins with a letter, a digit or '_'"])
      return nil
    }
    return name.text + "."
  }

  /// What an included file has; a file that is included twice is read once.
  private mutating func topLevel(
    ofFileAt path: String, identity: String, place: SourceSpan
  ) -> (file: Int, top: YAMLMapping)? {
    if let known = included[identity] { return known.top.map { (known.file, $0) } }
    guard let bytes = read(path, limitBytes: ManifestLoader.maximumBytes, place: place),
      let file = add(SourceFile(path: path, source: bytes))
    else { return nil }
    let document = YAMLReader.read(bytes, file: file)
    add(document.faults.map { Diagnostic($0) }, omitted: document.omittedFaults)
    let isUnreadable = document.root == nil && !document.faults.isEmpty
    let top = isUnreadable ? nil : topLevel(document.root, file: file)
    included[identity] = (file, top)
    return top.map { (file, $0) }
  }

  /// A file that the manifest names, or a diagnostic.
  mutating func read(_ path: String, limitBytes: Int, place: SourceSpan) -> [UInt8]? {
    do throws(ManifestFileError) {
      return try disk.read(path, limitBytes: limitBytes)
    } catch {
      report(.unreadableFile, "cannot read \(path.quoted()): \(error)", at: place)
      return nil
    }
  }

  /// The limits of all parts. They are shared: a name means the same in every file.
  mutating func readLimits(of parts: [ManifestPart]) -> [Limit] {
    var limits: [Limit] = []
    var firsts: [String: (position: Int, key: YAMLScalar)] = [:]
    for part in parts {
      guard let node = part.keys[.limits]?.value, case .mapping(let mapping) = node else {
        _ = readLimits(part.keys[.limits]?.value)
        continue
      }
      let keys = mapping.pairs.map(\.key).filter { !$0.text.hasPrefix("x-") }
      for (limit, key) in zip(readLimits(node), keys) {
        guard let first = firsts[limit.name] else {
          firsts[limit.name] = (limits.count, key)
          limits.append(limit)
          continue
        }
        let count = limits[first.position].count
        guard count != limit.count else { continue }
        report(
          .limitConflict, "limit \(limit.name.quoted()) is \(limit.count) here and \(count) in another file",
          at: SourceSpan(key.span), label: "give it one value",
          secondary: [.init(span: SourceSpan(first.key.span), text: "first given here")])
      }
    }
    return limits
  }

  /// Looks up the names of the tasks of all parts, and refuses a name that two files have. (That a file has one
  /// twice is known already.)
  mutating func readNames(of parts: [ManifestPart]) {
    let places = parts.flatMap { part in part.tasks.map { ($0.key, part.prefix + $0.key.text) } }
    names = NameIndex(places.map(\.1))
    guard parts.count > 1 else { return }
    var firsts: [String: YAMLScalar] = [:]
    for (key, name) in places {
      guard let first = firsts.updateValue(key, forKey: name) else { continue }
      firsts[name] = first
      let isSame = first.span == key.span
      report(
        .duplicateTask, "task \(name.quoted()) is defined twice", at: SourceSpan(key.span),
        label: isSame ? "its file is included twice" : "defined again here",
        notes: ["a prefix keeps the names of files apart: include: [{file: tasks.yaml, prefix: name}]"],
        secondary: isSame ? [] : [.init(span: SourceSpan(first.span), text: "first defined here")])
    }
  }
}

extension YAMLMapping {
  /// The value of a key.
  subscript(key: String) -> YAMLNode? { pairs.first { $0.key.text == key }?.value }
}
