package import TaskrunAPI

/// One task of a manifest, with `defaults` and the manifest's `env` already laid under its own keys.
package struct TaskDefinition: Sendable {
  /// The task's name, unique in the manifest.
  package var name: String
  /// Where the name stands.
  package var position: SourcePosition
  /// Its file's folder, absolute or relative to the manifest's folder; `nil` for that folder itself.
  package var folder: String?
  /// `vars` of its file; `nil` for those of the manifest.
  package var vars: ValueObject?
  /// What people read about it.
  package var description: String?
  /// Words to select it by.
  package var tags: [String]
  /// Where it runs.
  package var kind: TaskKind
  /// The task type: what stands in `uses`, or `run`.
  package var uses: String
  /// The type's parameters: `with`; for `run` a list it is `{argv: [...]}`, for `run` a string `{shell: ...}`.
  package var with: [Member]
  /// What it needs, without repetition: first what `needs` names, then what its templates and `foreach` read.
  package var needs: [Need]
  /// What must be true of ``needs``.
  package var condition: Condition
  /// What it has one instance for each of: `foreach` or `matrix`; `nil` for a plain task.
  package var items: ItemSource?
  /// Variables of the command, in order; later ones win. Values may read `item`, `index`, `vars`, `env`.
  package var env: [Member]
  /// Its folder, absolute or relative to ``folder``; `nil` for that folder itself.
  package var dir: TemplateValue?
  /// What it reads from standard input; `nil` for end of file at once.
  package var stdin: TemplateValue?
  /// The limit of each attempt.
  package var timeout: Duration?
  /// How long it may take to stop after the first signal; `nil` for the default.
  package var grace: Duration?
  /// How many bytes of each output stream are kept; `nil` for the default.
  package var outputLimitBytes: Int?
  /// What happens after a failed attempt; `nil` for one attempt only.
  package var retry: RetryPolicy?
  /// Which failures do not count; `nil` for none.
  package var allowedFailure: AllowedFailure?
  /// The limits that an instance holds while it runs: positions in ``Manifest/limits``, without repetition.
  package var limits: [Int]
  /// How many slots of its pool an instance takes, at least 1.
  package var cpus: Int
  /// What the value of a command is.
  package var outputs: OutputFormat
  /// What its templates read of other tasks' results, without repetition. Each of these tasks is among ``needs``.
  package var resultReads: [ResultRead]

  /// A key and a value that templates may fill.
  package struct Member: Sendable {
    /// The key, always literal.
    package var key: String
    /// The value.
    package var value: TemplateValue

    /// Makes a member.
    package init(key: String, value: TemplateValue) {
      self.key = key
      self.value = value
    }
  }

  /// Makes a task with nothing but what every task has.
  package init(name: String, position: SourcePosition, kind: TaskKind, uses: String, with: [Member]) {
    self.name = name
    self.position = position
    self.kind = kind
    self.uses = uses
    self.with = with
    tags = []
    needs = []
    condition = .success
    env = []
    limits = []
    cpus = 1
    outputs = .text
    resultReads = []
  }
}

extension TaskDefinition {
  /// Another task that has to end first.
  package struct Need: Sendable, Hashable {
    /// The task's position in ``Manifest/tasks``.
    package var task: Int
    /// Whether nobody wrote it under `needs`: a template or `foreach: {from: ...}` reads the task.
    package var isImplied: Bool

    /// Makes a need.
    package init(task: Int, isImplied: Bool = false) {
      self.task = task
      self.isImplied = isImplied
    }
  }

  /// What must be true of a task's needs when all of them have ended.
  package enum Condition: String, Sendable, Hashable, CaseIterable {
    /// All have succeeded, or were allowed to fail.
    case success
    /// At least one has not.
    case failure
    /// Nothing.
    case always
  }

  /// Which failures of a task do not fail the run, and do not keep back the tasks that need it.
  package enum AllowedFailure: Sendable, Hashable {
    /// All.
    case any
    /// Those of commands that end with one of these statuses.
    case exitCodes(Set<Int>)
  }

  /// What the value of a command is.
  package enum OutputFormat: String, Sendable, Hashable, CaseIterable {
    /// Its standard output without the last newline.
    case text
    /// Its standard output, read as one JSON value.
    case json
  }
}

/// How often and when a failed attempt is repeated.
package struct RetryPolicy: Sendable, Hashable {
  /// How many further attempts there are after the first.
  package var maximum: Int
  /// How long it waits before the second attempt.
  package var delay: Duration = .zero
  /// By how much each further delay is longer than the one before; at least 1.
  package var backoff: Double = 1
  /// The longest delay, before jitter; `nil` for no bound.
  package var maximumDelay: Duration?
  /// By which part of itself, at most, a delay is made longer or shorter at random; from 0 to 1.
  package var jitter: Double = 0
  /// Only commands that end with one of these statuses get a further attempt; `nil` for every failure and timeout.
  package var exitCodes: Set<Int>?

  /// Makes a policy that repeats at once.
  package init(maximum: Int) {
    self.maximum = maximum
  }
}

/// A part of a task's result that a template reads.
package struct ResultRead: Sendable, Hashable {
  /// The task's position in ``Manifest/tasks``.
  package var task: Int
  /// Which part.
  package var field: Field

  /// The parts: `tasks.NAME.value`, `.stdout`, `.status`. Each is a list in order of index if the task has instances.
  package enum Field: String, Sendable, Hashable, CaseIterable {
    case value
    case stdout
    case status
  }

  /// Makes a read.
  package init(task: Int, field: Field) {
    self.task = task
    self.field = field
  }
}
