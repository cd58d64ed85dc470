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
  var env: [TaskDefinition.Member] = []
  var dir: TemplateValue?
  var stdin: TemplateValue?
  var timeout: Duration?
  var grace: Duration?
  var outputLimitBytes: Int?
  /// Where templates read `item` or `index`; whether they may is known when all keys are.
  var reads: [ItemRead] = []

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

  /// One place where a template reads `item` or `index`.
  struct ItemRead {
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

  init(_ type: any TaskType) {
    name = type.name
    kinds = type.kinds
    parameters = type.parameters
  }
}
