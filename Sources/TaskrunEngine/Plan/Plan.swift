package import TaskrunAPI
package import TaskrunManifest

/// What a run will do, decided before anything starts: the selected tasks, and who waits for whom.
///
/// A plan is a value. Instances are made one by one while the run goes on, so a plan of a million instances is as
/// small as one of ten. Making one takes time linear in the number of tasks and needs.
package struct Plan: Sendable {
  /// One task of the plan.
  package struct Entry: Sendable {
    /// What the manifest says. Positions in it are those of ``Manifest/tasks``: see ``Plan/entry(ofTask:)``.
    package var definition: TaskDefinition
    /// The task's position in ``Manifest/tasks``.
    package var task: Int
    /// What has to end first: positions in ``Plan/entries``, in the order of the definition. A need that the selection
    /// took out is not among them.
    package var needs: [Int] = []
    /// What waits for it: positions in ``Plan/entries``, ascending.
    package var dependents: [Int] = []
    /// Whose results it reads: positions in ``Plan/entries``, ascending, each among ``needs``.
    package var sources: [Int] = []
    /// How many instances it has; `nil` if only the results of another task will tell.
    package var count: Int?
    /// What others read of its results.
    package var fieldsRead: ResultFields = []
    /// How many others read its results.
    package var readerCount = 0

    /// The id of an instance: `task`, `task[2]`, `task[linux,1]`.
    /// - Parameter index: the position among the instances; `nil` for a task without, or for all of them.
    package func instanceID(_ index: Int?) -> String {
      guard let index else { return definition.name }
      if case .matrix(let matrix)? = definition.items {
        return "\(definition.name)[\(matrix.combinations[index].label)]"
      }
      return "\(definition.name)[\(index)]"
    }
  }

  /// The tasks in the order of the manifest. Never empty.
  package let entries: [Entry]
  /// How many instances there are, at most what fits in an `Int`; `nil` if only the run will tell.
  package let total: Int?
  /// The counting semaphores, at the positions that ``TaskDefinition/limits`` names.
  package let limits: [Limit]

  private let manifest: String
  private let entryOfTask: [Int?]

  /// Plans the selected tasks of a manifest and what they need.
  /// - Throws: ``PlanError`` if a name, glob or tag is about no task, if nothing is left, or if a task reads what is
  ///   taken out.
  package init(_ manifest: Manifest, selection: Selection = Selection()) throws(PlanError) {
    let isIncluded = try selection.tasks(of: manifest)
    var entryOfTask = [Int?](repeating: nil, count: manifest.tasks.count)
    var entries: [Entry] = []
    for (position, task) in manifest.tasks.enumerated() where isIncluded[position] {
      entryOfTask[position] = entries.count
      let count = task.items.map(\.count) ?? 1
      entries.append(Entry(definition: task, task: position, count: count))
    }
    guard !entries.isEmpty else { throw .everythingSkipped(patterns: selection.skipped) }
    self.manifest = manifest.path
    self.entryOfTask = entryOfTask
    limits = manifest.limits
    total = entries.reduce(0 as Int?) { total, entry in
      guard let total, let count = entry.count else { return nil }
      // No run gets as far as to see the difference that saturation makes.
      return total + min(count, Int.max - total)
    }
    self.entries = try Self.connect(entries, entryOfTask, manifest)
  }

  /// The position in ``entries`` of a task of the manifest; `nil` if the selection took it out.
  package func entry(ofTask position: Int) -> Int? { entryOfTask[position] }

  /// Finds the first task whose instances no pool could ever run.
  /// - Throws: ``PlanError/tooWide(task:place:cpus:kind:poolSize:)``.
  package func check(poolSizes: PerKind<Int>) throws(PlanError) {
    for entry in entries {
      let task = entry.definition
      let size = poolSizes[task.kind]
      guard task.cpus > size else { continue }
      throw .tooWide(
        task: task.name, place: task.place(in: manifest), cpus: task.cpus, kind: task.kind, poolSize: size)
    }
  }

  /// Draws the edges between entries.
  private static func connect(
    _ entries: [Entry], _ entryOfTask: [Int?], _ manifest: Manifest
  ) throws(PlanError) -> [Entry] {
    var entries = entries
    for position in entries.indices {
      let task = entries[position].definition
      for need in task.needs {
        guard let needed = entryOfTask[need.task] else { continue }
        entries[position].needs.append(needed)
        entries[needed].dependents.append(position)
      }
      for (source, fields) in task.fieldsRead {
        guard let source = entryOfTask[source] else {
          throw .readsSkipped(
            task: task.name, place: task.place(in: manifest.path), skipped: manifest.tasks[source].name)
        }
        entries[source].fieldsRead.formUnion(fields)
        entries[source].readerCount += 1
        entries[position].sources.append(source)
      }
    }
    return entries
  }
}

/// A set of parts of a result.
package struct ResultFields: OptionSet, Sendable, Hashable {
  /// One bit for each part.
  package let rawValue: UInt8

  /// Makes a set.
  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The set of one part.
  package init(_ field: ResultRead.Field) {
    switch field {
    case .value: self = .value
    case .stdout: self = .stdout
    case .status: self = .status
    }
  }

  /// `tasks.NAME.value`.
  package static let value = ResultFields(rawValue: 1)
  /// `tasks.NAME.stdout`.
  package static let stdout = ResultFields(rawValue: 2)
  /// `tasks.NAME.status`.
  package static let status = ResultFields(rawValue: 4)
  /// The values of what has succeeded, each of which becomes an instance.
  package static let items = ResultFields(rawValue: 8)
}

extension TaskDefinition {
  /// What it reads of other tasks, each task once: by templates, and for its items.
  fileprivate var fieldsRead: [(task: Int, fields: ResultFields)] {
    var reads: [Int: ResultFields] = [:]
    for read in resultReads { reads[read.task, default: []].formUnion(ResultFields(read.field)) }
    if case .results(let task)? = items { reads[task, default: []].formUnion(.items) }
    return reads.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  fileprivate func place(in manifest: String) -> String {
    "\(manifest):\(position.line):\(position.column)"
  }
}

extension Selection {
  /// Which tasks of a manifest run, by position.
  fileprivate func tasks(of manifest: Manifest) throws(PlanError) -> [Bool] {
    try check(against: manifest)
    let skips = NamePatterns(skipped)
    let isSkipped = manifest.tasks.map { !skipped.isEmpty && skips.matches($0.name) }
    guard !names.isEmpty || !tags.isEmpty else { return isSkipped.map { !$0 } }
    let wanted = NamePatterns(names)
    let tags = Set(tags)
    var isIncluded = [Bool](repeating: false, count: manifest.tasks.count)
    var open = manifest.tasks.indices.filter { position in
      let task = manifest.tasks[position]
      return wanted.matches(task.name) || task.tags.contains(where: tags.contains)
    }
    while let position = open.popLast() {
      guard !isSkipped[position], !isIncluded[position] else { continue }
      isIncluded[position] = true
      open += manifest.tasks[position].needs.map(\.task)
    }
    return isIncluded
  }

  /// A word that is about nothing is a mistake, and running without it could be one that cannot be undone.
  private func check(against manifest: Manifest) throws(PlanError) {
    let patterns = names + skipped
    let known = patterns.isEmpty ? [] : Set(manifest.tasks.map(\.name))
    for pattern in patterns where !known.contains(pattern) {
      let glob = GlobPattern(pattern)
      if GlobPattern.isGlob(pattern), manifest.tasks.contains(where: { glob.matches($0.name) }) { continue }
      throw .nothingSelected(pattern: pattern, tasks: manifest.tasks.map(\.name))
    }
    guard !tags.isEmpty else { return }
    var knownTags: Set<String> = []
    let inOrder = manifest.tasks.flatMap(\.tags).filter { knownTags.insert($0).inserted }
    for tag in tags where !knownTags.contains(tag) { throw .unknownTag(tag, tags: inOrder) }
  }
}
