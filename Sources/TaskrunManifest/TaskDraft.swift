import TaskrunAPI
import TaskrunYAML

/// A task while its keys are read: `defaults` first, then its own keys over them.
struct TaskDraft {
  var description: String?
  var tags: [String] = []
  var kind: Kind = .absent
  var action: Action?
  var with: With?
  var foreach: Foreach?
  var needs: [Reference] = []
  /// Whether `needs` names something, be it right or wrong.
  var hasNeeds = false
  var condition: Located<TaskDefinition.Condition>?
  var matrix: Matrix?
  var retry: RetryPolicy?
  var allowedFailure: TaskDefinition.AllowedFailure?
  var limits: [Int] = []
  var cpus = 1
  var outputs: Located<TaskDefinition.OutputFormat>?
  var env: [TaskDefinition.Member] = []
  var dir: TemplateValue?
  var stdin: TemplateValue?
  var timeout: Duration?
  var grace: Duration?
  var outputLimitBytes: Int?
  /// Where templates read what belongs to the instance or to other tasks; whether they may is known when all
  /// keys are.
  var reads: [TemplateRead] = []

  enum Kind {
    case absent
    case known(TaskKind)
    /// Already complained about.
    case broken
  }

  enum Action {
    /// `run`, as the parameters of the type `run`.
    case run([TaskDefinition.Member], key: YAMLScalar)
    /// `uses`; without a type if it has been complained about.
    case uses(TaskTypeEntry?, name: YAMLScalar)
    /// Already complained about.
    case broken
  }

  /// `with`, and where its parts stand.
  struct With {
    var key: YAMLScalar
    var members: [TaskDefinition.Member]
    var mapping: YAMLMapping?
  }

  /// `foreach`; without a source if it has been complained about.
  struct Foreach {
    var source: ItemSource?
    var node: YAMLNode
  }

  /// A name of something, and where it stands.
  struct Reference {
    var position: Int
    var span: YAMLSpan
  }

  /// A value, and where it stands.
  struct Located<Value> {
    var value: Value
    var span: YAMLSpan
    /// Whether it comes from `defaults`, and may have no meaning in a task.
    var isInherited = false
  }

  /// `matrix`; without combinations if it has been complained about.
  struct Matrix {
    var key: YAMLScalar
    var matrix: TaskrunManifest.Matrix?
    /// How many instances it makes; if there are too many they are not made.
    var count: Int128 = 0
  }

  /// One place where a template reads `item`, `index`, `matrix` or `tasks`.
  struct TemplateRead {
    /// The key it belongs to, and with `env` the variable: what replaces the key takes the read away.
    var owner: Owner
    var path: TemplatePath
    var isOptional: Bool
    var scalar: YAMLScalar
    var range: Range<Int>
  }

  struct Owner: Equatable {
    var key: TaskKey
    var member: String?

    init(_ key: TaskKey, member: String? = nil) {
      self.key = key
      self.member = member
    }
  }

  /// The keys of which a task has only one of two.
  struct ExclusiveKeys {
    var run: YAMLScalar?
    var uses: YAMLScalar?
    var foreach: YAMLScalar?
    var matrix: YAMLScalar?
  }

  /// Forgets what `defaults` say and what has no meaning beside a mapping's own keys.
  mutating func forgetInherited(for keys: ExclusiveKeys) {
    // A task that says what it runs does not want the parameters of what `defaults` would have run.
    if keys.run != nil {
      with = nil
      forgetReads(of: .init(.with))
    }
    if keys.uses != nil { outputs?.isInherited = true }
    if keys.foreach != nil { matrix = nil }
    if keys.matrix != nil { foreach = nil }
  }

  /// Forgets what the templates of a key read, because its value is replaced.
  mutating func forgetReads(of owner: Owner) {
    if !reads.isEmpty { reads.removeAll { $0.owner == owner } }
  }
}

/// A task type, with what its properties compute asked once.
struct TaskTypeEntry {
  let name: String
  let kinds: Set<TaskKind>
  let parameters: [Parameter]
  let isCommand: Bool

  init(_ type: any TaskType) {
    name = type.name
    kinds = type.kinds
    parameters = type.parameters
    isCommand = if case .command = type.work { true } else { false }
  }
}
