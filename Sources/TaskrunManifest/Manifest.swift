package import TaskrunAPI

/// A manifest that has been checked: every key is known, every value is of its type, every task type exists,
/// every template parses and reads names that exist.
package struct Manifest: Sendable {
  /// The file as the user named it; `-` for standard input.
  package var path: String
  /// Sizes of the pools, where the manifest gives them.
  package var pools: [TaskKind: PoolSize]
  /// `vars`, with `--var` already laid over them.
  package var vars: ValueObject
  /// The tasks in the order of the file. Never empty.
  package var tasks: [TaskDefinition]

  /// Makes a manifest.
  package init(path: String, pools: [TaskKind: PoolSize], vars: ValueObject, tasks: [TaskDefinition]) {
    self.path = path
    self.pools = pools
    self.vars = vars
    self.tasks = tasks
  }
}

/// How many slots a pool gets, before the machine is known.
package enum PoolSize: Sendable, Hashable {
  /// The default of the pool.
  case auto
  /// Exactly that many, at least 1.
  case exactly(Int)
  /// That part of the default, in per cent, rounded, at least 1.
  case percent(Int)
  /// So many more (or fewer) than the default, at least 1.
  case offset(Int)
}

/// One task of a manifest, with `defaults` and the manifest's `env` already laid under its own keys.
package struct TaskDefinition: Sendable {
  /// The task's name, unique in the manifest.
  package var name: String
  /// Where the name stands.
  package var position: SourcePosition
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
  /// What it has one instance for each of; `nil` for a plain task.
  package var foreach: ItemSource?
  /// Variables of the command, in order; later ones win. Values may read `item`, `index`, `vars`, `env`.
  package var env: [Member]
  /// Its folder, absolute or relative to the manifest's folder; `nil` for that folder itself.
  package var dir: TemplateValue?
  /// What it reads from standard input; `nil` for end of file at once.
  package var stdin: TemplateValue?
  /// The limit of each attempt.
  package var timeout: Duration?
  /// How long it may take to stop after the first signal; `nil` for the default.
  package var grace: Duration?
  /// How many bytes of each output stream are kept; `nil` for the default.
  package var outputLimitBytes: Int?

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
    env = []
  }
}

/// What a `foreach` goes through.
package enum ItemSource: Sendable, Hashable {
  /// The values themselves.
  case list([Value])
  /// `start, start + step, ...` while below `end` (above it, for a negative step). The step is never 0.
  case range(start: Int, end: Int, step: Int)
}

/// A place in a manifest.
package struct SourcePosition: Sendable, Hashable {
  /// The line, from 1.
  package var line: Int
  /// The column in code points, from 1.
  package var column: Int
  /// The byte offset, from 0.
  package var offset: Int

  /// Makes a position.
  package init(line: Int, column: Int, offset: Int) {
    self.line = line
    self.column = column
    self.offset = offset
  }
}
