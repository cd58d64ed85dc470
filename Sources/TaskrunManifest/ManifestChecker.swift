import TaskrunAPI
import TaskrunYAML

/// Turns a YAML tree into a manifest and collects all that is wrong on the way.
///
/// It never stops at a fault: a part that is wrong is left out, and what depends on it is not complained about.
struct ManifestChecker {
  let source: [UInt8]
  /// The types by name, and their names in order.
  let types: [String: TaskTypeEntry]
  let typeNames: [String]
  /// `vars` with `--var` over them.
  private(set) var vars: ValueObject = [:]
  /// The names in `vars` whose values have been complained about.
  private(set) var brokenVars: Set<String> = []
  /// How many instances the tasks so far have.
  var instances: Int128 = 0

  private(set) var diagnostics: [Diagnostic] = []
  private var omitted = 0
  private var seen: Set<Diagnostic> = []
  private let variables: [(name: String, value: String)]

  /// More than is shown, so that the first ones in the file's order are among them.
  private static let keptLimit = 1000

  init(source: [UInt8], taskTypes: [any TaskType], variables: [(name: String, value: String)]) {
    self.source = source
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

  /// All that was found, in the order of the file.
  func rejection(path: String) -> ManifestRejected {
    // The sort is not stable, and two faults at one place must not change places from run to run.
    let sorted = diagnostics.enumerated().sorted {
      ($0.element.span.start.offset, $0.offset) < ($1.element.span.start.offset, $1.offset)
    }
    let shown = sorted.prefix(ManifestRejected.shownLimit).map(\.element)
    return ManifestRejected(
      diagnostics: shown, omitted: diagnostics.count - shown.count + omitted, path: path, source: source)
  }

  /// Checks a whole document.
  /// - Returns: the manifest; `nil` if there is nothing like one. It is good only without diagnostics.
  mutating func manifest(_ root: YAMLNode?, path: String) -> Manifest? {
    guard let top = topLevel(root) else { return nil }
    var nodes: [TopLevelKey: YAMLMapping.Pair] = [:]
    for pair in top.pairs {
      let name = pair.key.text
      if let key = TopLevelKey(rawValue: name) {
        if key.isSupported { nodes[key] = pair } else { reportUnsupported(pair.key, "key") }
      } else if !name.hasPrefix("x-") {
        reportUnknown(pair.key, in: "the manifest", known: TopLevelKey.names)
      }
    }
    // Templates everywhere read `vars`, so these come first, wherever they stand.
    readVars(nodes[.vars]?.value)
    let pools = pools(nodes[.pools]?.value)
    var base = TaskDraft()
    if let env = nodes[.env]?.value { readEnv(env, into: &base) }
    if let defaults = nodes[.defaults] { readDefaults(defaults, into: &base) }
    let tasks = tasks(nodes[.tasks], in: top, defaults: base)
    return Manifest(path: path, pools: pools, vars: vars, tasks: tasks)
  }

  /// For those who have none yet.
  static let smallestManifest = "the smallest manifest: tasks: {hello: {kind: io, run: echo hello}}"

  private mutating func topLevel(_ root: YAMLNode?) -> YAMLMapping? {
    let example = Self.smallestManifest
    switch root {
    case .mapping(let mapping): return mapping
    case .invalid: return nil
    case nil:
      report(
        .notAManifest, "the file is empty: expected a mapping with 'tasks'", at: .beginning, notes: [example])
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
    var members: [ValueObject.Member] = []
    if let node, let mapping = mapping(node, of: "'vars'") {
      for pair in mapping.pairs {
        if let value = constant(pair.value, in: "vars") {
          members.append(.init(key: pair.key.text, value: value))
        } else {
          brokenVars.insert(pair.key.text)
        }
      }
    }
    vars = ValueObject(members)
    for (name, text) in variables {
      vars[name] = Self.commandLineValue(text)
      brokenVars.remove(name)
    }
  }

  /// A number or truth value only if its text says all of it: `1.10` and `010` stay what was typed.
  private static func commandLineValue(_ text: String) -> Value {
    let scalar = YAMLScalar(text: text, style: .plain, span: .beginning)
    if case .value(let value) = scalar.plainValue, value.jsonText == text { return value }
    return .string(text)
  }

  private mutating func pools(_ node: YAMLNode?) -> [TaskKind: PoolSize] {
    var pools: [TaskKind: PoolSize] = [:]
    guard let node, let mapping = mapping(node, of: "'pools'") else { return [:] }
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
