package import TaskrunAPI

/// A manifest that has been checked: every key is known, every value is of its type, every task type exists,
/// every template parses and reads names that exist.
package struct Manifest: Sendable {
  /// The file as the user named it; `-` for standard input.
  package var path: String
  /// The paths of all files it was read from, in the order in which positions count them: first ``path``.
  package var files: [String]
  /// Sizes of the pools, ``PoolSize/auto`` where the manifest gives none.
  package var pools: PerKind<PoolSize>
  /// The counting semaphores that tasks may hold, in the order of the file.
  package var limits: [Limit] = []
  /// Names of variables of the environment whose values no report shows.
  package var secrets: [String] = []
  /// `vars`, with `--var` already laid over them.
  package var vars: ValueObject
  /// What `--var` gave that is neither in `vars` nor read by any template, in the order given.
  package var unusedVariables: [UnusedVariable]
  /// The tasks in the order of the file. Never empty.
  package var tasks: [TaskDefinition]

  /// Makes a manifest.
  package init(
    path: String, pools: PerKind<PoolSize>, vars: ValueObject, unusedVariables: [UnusedVariable] = [],
    tasks: [TaskDefinition]
  ) {
    self.path = path
    files = [path]
    self.pools = pools
    self.vars = vars
    self.unusedVariables = unusedVariables
    self.tasks = tasks
  }

  /// A name given by `--var` that the manifest does not know. It can only be a mistake.
  package struct UnusedVariable: Sendable, Hashable {
    /// The name as it was given.
    package var name: String
    /// The name that was meant, if one is near.
    package var suggestion: String?
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

/// A named counting semaphore.
package struct Limit: Sendable, Hashable {
  /// Its name.
  package var name: String
  /// How many instances may hold it at once, at least 1.
  package var count: Int

  /// Makes a limit.
  package init(name: String, count: Int) {
    self.name = name
    self.count = count
  }
}

/// A place in a manifest, or in a file that it reads.
package struct SourcePosition: Sendable, Hashable {
  /// The line, from 1.
  package var line: Int
  /// The column in code points, from 1.
  package var column: Int
  /// The byte offset, from 0.
  package var offset: Int
  /// Which file it is a place of: a position in ``Manifest/files`` or ``ManifestRejected/files``.
  package var file: Int

  /// Makes a position.
  package init(line: Int, column: Int, offset: Int, file: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
    self.offset = offset
  }
}
