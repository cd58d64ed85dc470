package import TaskrunAPI
package import TaskrunManifest

/// Names one attempt of one instance within a run; never used twice.
package struct AttemptID: Sendable, Hashable {
  /// Counts up from 0.
  package let number: Int

  /// Makes an id.
  package init(_ number: Int) {
    self.number = number
  }
}

/// One try of an instance with every template filled: all that an executor needs.
package struct Attempt: Sendable {
  /// This attempt.
  package var id: AttemptID
  /// The instance, such as `fetch[2]`.
  package var instance: String
  /// The number of the attempt, from 1.
  package var number: Int
  /// Where it runs.
  package var kind: TaskKind
  /// The slot of the pool, from 0.
  package var slot: Int
  /// The task type.
  package var uses: String
  /// The type's parameters.
  package var parameters: ValueObject
  /// Variables on top of the runner's environment, in order; later ones win.
  package var environment: [(name: String, value: String)]
  /// The folder, absolute.
  package var directory: String
  /// What can be read from standard input; `nil` for end of file at once.
  package var input: String?
  /// How many bytes of each output stream are kept.
  package var outputLimitBytes: Int
}

/// What is the same for all attempts of a run.
package struct RunContext: Sendable {
  /// Unique among runs.
  package var runID: String
  /// The manifest as the user named it.
  package var manifest: String
  /// The manifest's folder, absolute.
  package var directory: String
  /// `vars`.
  package var vars: ValueObject
  /// The runner's environment.
  package var environment: [String: String]
  /// What followed `--`.
  package var arguments: [String]

  /// Makes a context.
  package init(
    runID: String, manifest: String, directory: String, vars: ValueObject, environment: [String: String],
    arguments: [String]
  ) {
    self.runID = runID
    self.manifest = manifest
    self.directory = directory
    self.vars = vars
    self.environment = environment
    self.arguments = arguments
  }
}

extension RunContext {
  /// Output kept of each stream, unless the task says otherwise.
  package static let defaultOutputLimitBytes = 1 << 20

  /// What libraries that make threads of their own look at; a cpu task has as many as it has slots.
  private static let threadCountVariables = [
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS", "GOMAXPROCS",
  ]

  /// Fills the templates of an instance.
  /// - Throws: ``TemplateError`` if one cannot be filled.
  package func attempt(
    _ instance: TaskInstance, id: AttemptID, number: Int, slot: Int
  ) throws(TemplateError) -> Attempt {
    let task = instance.definition
    let scope = TemplateScope(
      item: instance.item, index: instance.index, vars: vars, env: environment, args: arguments)
    return Attempt(
      id: id, instance: instance.id, number: number, kind: task.kind, slot: slot, uses: task.uses,
      parameters: try parameters(of: task, scope),
      environment: try variables(of: instance, number: number, slot: slot, scope),
      directory: try folder(of: task, scope),
      input: try task.stdin?.evaluate(in: scope).plainText,
      outputLimitBytes: task.outputLimitBytes ?? Self.defaultOutputLimitBytes)
  }

  private func parameters(
    of task: TaskDefinition, _ scope: TemplateScope
  ) throws(TemplateError) -> ValueObject {
    var members: [ValueObject.Member] = []
    for member in task.with {
      members.append(.init(key: member.key, value: try member.value.evaluate(in: scope)))
    }
    return ValueObject(members)
  }

  private func folder(of task: TaskDefinition, _ scope: TemplateScope) throws(TemplateError) -> String {
    guard let path = try task.dir?.evaluate(in: scope).plainText else { return directory }
    return path.hasPrefix("/") ? path : directory + "/" + path
  }

  /// In order, later ones winning: what shell text reads its data from, the manifest's `env`, then the names
  /// that belong to taskrun.
  private func variables(
    of instance: TaskInstance, number: Int, slot: Int, _ scope: TemplateScope
  ) throws(TemplateError) -> [(name: String, value: String)] {
    let task = instance.definition
    var variables: [(name: String, value: String)] = []
    if task.kind == .cpu {
      variables += Self.threadCountVariables.filter { environment[$0] == nil }.map { ($0, "1") }
    }
    if task.with.contains(where: { $0.key == "shell" }) {
      variables += itemEnvironment(item: instance.item, index: instance.index).map { ($0.0, $0.1) }
    }
    for member in task.env { variables.append((member.key, try member.value.evaluate(in: scope).plainText)) }
    variables += [
      ("TASKRUN_TASK", instance.id), ("TASKRUN_RUN_ID", runID), ("TASKRUN_ATTEMPT", "\(number)"),
      ("TASKRUN_KIND", task.kind.rawValue), ("TASKRUN_SLOT", "\(slot)"),
    ]
    return variables
  }
}
