import TaskrunAPI
import TaskrunYAML

/// Turns a YAML tree into a manifest and collects all that is wrong on the way.
///
/// It never stops at a fault: a part that is wrong is left out, and what depends on it is not complained about.
struct ManifestChecker {
  /// The manifest, then what it includes and reads.
  private(set) var files: [SourceFile]
  /// Reads what is named.
  let disk: any ManifestFiles
  /// The types by name, and their names in order.
  let types: [String: TaskTypeEntry]
  let typeNames: [String]
  /// `vars` with `--var` over them.
  private(set) var vars: ValueObject = [:]
  /// The names that the manifest knows: those in `vars`, and those that its templates read.
  var knownVars: Set<String> = []
  /// The names in `vars` whose values have been complained about.
  private(set) var brokenVars: Set<String> = []
  /// The names of all tasks.
  var names = NameIndex()
  /// The names of all limits.
  private(set) var limitNames = NameIndex()
  /// The variables whose values no report shows.
  private(set) var secrets: Set<String> = []
  /// The folder of the file that is being read, to be put before its relative paths.
  private(set) var folder = ""
  /// The same, relative to the folder of the file that the user named; `nil` for that file.
  private(set) var base: String?
  /// The included files by what identifies them; without a mapping if they are wrong.
  var included: [String: (file: Int, top: YAMLMapping?)] = [:]
  /// The files of `env_file` by their paths.
  var environmentFiles: [String: EnvironmentFile] = [:]
  /// What each task needs.
  var graph = NeedGraph(taskCount: 0)
  /// How many instances the tasks so far have.
  var instances: Int128 = 0

  private(set) var diagnostics: [Diagnostic] = []
  private var omitted = 0
  private var seen: Set<Diagnostic> = []
  private let variables: [(name: String, value: String)]

  /// More than is shown, so that the first ones in the file's order are among them.
  private static let keptLimit = 1000

  init(
    _ file: SourceFile, disk: any ManifestFiles, taskTypes: [any TaskType],
    variables: [(name: String, value: String)]
  ) {
    files = [file]
    self.disk = disk
    self.variables = variables
    let entries = taskTypes.map { TaskTypeEntry($0) }
    types = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    typeNames = entries.map(\.name)
  }

  /// Adds a diagnostic, unless the same one was there: what `defaults` do wrong shows in every task.
  mutating func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, label: String? = nil,
    notes: [String] = [], secondary: [Diagnostic.Label] = []
  ) {
    let diagnostic = Diagnostic(
      code, message, at: span, label: label, notes: notes, secondary: secondary)
    add([diagnostic], omitted: 0)
  }

  /// Whether it is worth while to find words for one more fault; if not, the fault is counted.
  ///
  /// Suggestions cost more than the rest of a check, and nobody reads the ten thousandth.
  mutating func hasRoomOrCounts() -> Bool {
    guard isFull else { return true }
    omitted += 1
    return false
  }

  var isFull: Bool { diagnostics.count >= Self.keptLimit }

  /// Adds diagnostics from elsewhere.
  mutating func add(_ additions: [Diagnostic], omitted count: Int) {
    omitted += count
    for diagnostic in additions where seen.insert(diagnostic).inserted {
      if diagnostics.count < Self.keptLimit {
        diagnostics.append(diagnostic)
      } else {
        seen.remove(diagnostic)
        omitted += 1
      }
    }
  }

  /// Takes a file that diagnostics can point into.
  /// - Returns: its number; `nil` if there are as many files as numbers.
  mutating func add(_ file: SourceFile) -> Int? {
    guard files.count <= YAMLSpan.maximumFile else { return nil }
    files.append(file)
    return files.count - 1
  }

  /// All that was found, in the order of the files and of the places in them.
  func rejection() -> ManifestRejected {
    // The sort is not stable, and two faults at one place must not change places from run to run.
    let sorted = diagnostics.enumerated().sorted {
      let (left, right) = ($0.element.span.start, $1.element.span.start)
      return (left.file, left.offset, $0.offset) < (right.file, right.offset, $1.offset)
    }
    let shown = sorted.prefix(ManifestRejected.shownLimit).map(\.element)
    return ManifestRejected(
      diagnostics: shown, omitted: diagnostics.count - shown.count + omitted, files: files)
  }

  /// Checks a whole document.
  /// - Returns: the manifest; `nil` if there is nothing like one. It is good only without diagnostics.
  mutating func manifest(_ root: YAMLNode?, path: String) -> Manifest? {
    guard let top = topLevel(root) else { return nil }
    let parts = parts(of: top)
    // What tasks of one file may name in another is known before the first task is read.
    readNames(of: parts)
    graph = NeedGraph(taskCount: names.all.count)
    let secretNames = parts.flatMap { part in part.keys[.secrets].map { readSecrets($0.value) } ?? [] }
    secrets = Set(secretNames)
    var manifest = Manifest(path: path, pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: [])
    manifest.limits = readLimits(of: parts)
    limitNames = NameIndex(manifest.limits.map(\.name))
    for part in parts {
      enter(part)
      // The pools of an included file are for when it is run by itself, but must be right.
      let pools = pools(part.keys[.pools]?.value)
      if part.base == nil { (manifest.pools, manifest.vars) = (pools, vars) }
      manifest.tasks += tasks(of: part)
    }
    if names.all.isEmpty, parts.count > 1, diagnostics.isEmpty {
      report(
        .noTasks, "neither the manifest nor what it includes has tasks", at: SourceSpan(top.span.beginning),
        notes: [Self.smallestManifest])
    }
    checkCycles()
    manifest.unusedVariables = unusedVariables
    manifest.files = files.map(\.path)
    manifest.secrets = secretNames
    return manifest
  }

  /// Names, paths and `vars` mean from now on what they mean in that file.
  private mutating func enter(_ part: ManifestPart) {
    names.prefix = part.prefix
    folder = part.folder
    base = part.base
    readVars(part.keys[.vars]?.value)
  }

  private mutating func tasks(of part: ManifestPart) -> [TaskDefinition] {
    var base = TaskDraft()
    if let file = part.keys[.envFile]?.value { readEnvironmentFiles(file, into: &base) }
    if let env = part.keys[.env]?.value { readEnv(env, into: &base) }
    if let defaults = part.keys[.defaults] { readDefaults(defaults, into: &base) }
    return tasks(part, defaults: base)
  }

  /// For those who have none yet.
  static let smallestManifest = "the smallest manifest: tasks: {hello: {kind: io, run: echo hello}}"

  mutating func topLevel(_ root: YAMLNode?, file: Int = 0) -> YAMLMapping? {
    let example = Self.smallestManifest
    switch root {
    case .mapping(let mapping): return mapping
    case .invalid: return nil
    case nil:
      report(
        .notAManifest, "the file is empty: expected a mapping with 'tasks'",
        at: .beginning(ofFile: file), notes: [example])
    case .scalar(let scalar) where scalar.isNull:
      report(
        .notAManifest, "the manifest is empty: expected a mapping with 'tasks'", at: SourceSpan(scalar.span),
        notes: [example])
    case .some(let node):
      report(
        .notAManifest, "expected a mapping with 'tasks', found \(node.kindDescription)",
        at: SourceSpan(node.span), notes: [example])
    }
    return nil
  }

  private mutating func readVars(_ node: YAMLNode?) {
    brokenVars = []
    var members: [ValueObject.Member] = []
    if let node, let mapping = mapping(node, of: "'vars'") {
      for pair in mapping.pairs {
        knownVars.insert(pair.key.text)
        if let value = constant(pair.value, in: "vars") {
          members.append(.init(key: pair.key.text, value: value))
        } else {
          brokenVars.insert(pair.key.text)
        }
      }
    }
    vars = ValueObject(members)
    // A file that is included has variables of its own; what it does not declare is none of its business.
    for (name, text) in variables where base == nil || vars[name] != nil || brokenVars.contains(name) {
      vars[name] = Self.commandLineValue(text)
      brokenVars.remove(name)
    }
  }

  /// The names given by `--var` that nothing in the manifest could ever read.
  private var unusedVariables: [Manifest.UnusedVariable] {
    variables.filter { !knownVars.contains($0.name) }.map { variable in
      .init(
        name: variable.name,
        suggestion: SpellingSuggestion.nearest(to: variable.name, in: knownVars.sorted()))
    }
  }

  /// A number or truth value only if its text says all of it: `1.10` and `010` stay what was typed.
  private static func commandLineValue(_ text: String) -> Value {
    let scalar = YAMLScalar(text: text, style: .plain, span: .beginning)
    if case .value(let value) = scalar.plainValue, value.jsonText == text { return value }
    return .string(text)
  }

  private mutating func pools(_ node: YAMLNode?) -> PerKind<PoolSize> {
    var pools = PerKind(io: PoolSize.auto, cpu: .auto)
    guard let node, let mapping = mapping(node, of: "'pools'") else { return pools }
    for pair in mapping.pairs {
      if let kind = TaskKind(rawValue: pair.key.text) {
        if let size = poolSize(pair.value) { pools[kind] = size }
      } else if !pair.key.text.hasPrefix("x-") {
        reportUnknown(pair.key, in: "'pools'", known: TaskKind.allCases.map(\.rawValue))
      }
    }
    return pools
  }
}
