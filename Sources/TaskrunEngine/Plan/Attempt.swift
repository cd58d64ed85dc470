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
  /// The slot of the pool, from 0; of several the one that was taken first.
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
  /// What the value is, if this is a command.
  package var outputs: TaskDefinition.OutputFormat
  /// What all of this amounts to, without what differs from run to run: 32 hexadecimal digits.
  package var fingerprint: String
  /// How long it may run; `nil` for as long as it likes. The scheduler sees to that, from the time at which it is told
  /// that the attempt has started.
  package var timeout: Duration?
}

/// One thing to run: a task, or one item of its `foreach` or `matrix`.
package struct TaskInstance: Sendable {
  /// `task`, `task[index]` or `task[label]`.
  package var id: String
  /// The position among the task's instances; `nil` for a task without.
  package var index: Int?
  /// The item; `nil` for a task without instances.
  package var item: Value?
  /// What its templates read of other tasks.
  package var results: [ResultRead: Value]

  /// Makes an instance.
  package init(id: String, index: Int? = nil, item: Value? = nil, results: [ResultRead: Value] = [:]) {
    self.id = id
    self.index = index
    self.item = item
    self.results = results
  }
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
  /// In which variables a cpu task is told how many threads its libraries are to make: as many as it has slots.
  package var threadCountVariables: [String]

  /// Makes a context.
  package init(
    runID: String, manifest: String, directory: String, vars: ValueObject, environment: [String: String],
    arguments: [String], threadCountVariables: [String]
  ) {
    self.runID = runID
    self.manifest = manifest
    self.directory = directory
    self.vars = vars
    self.environment = environment
    self.arguments = arguments
    self.threadCountVariables = threadCountVariables
  }
}

extension RunContext {
  /// Output kept of each stream, unless the task says otherwise.
  package static let defaultOutputLimitBytes = 1 << 20

  /// Fills the templates of an instance of a task.
  /// - Throws: ``TemplateError`` if one cannot be filled.
  package func attempt(
    _ instance: TaskInstance, of task: TaskDefinition, id: AttemptID, number: Int, slot: Int
  ) throws(TemplateError) -> Attempt {
    let scope = scope(of: instance, task)
    let parameters = try parameters(of: task, scope)
    let own = try variables(of: instance, task, scope)
    let folder = try folder(of: task, scope)
    let input = try task.stdin?.evaluate(in: scope).plainText
    var fingerprint = Fingerprint()
    fingerprint.add(task.uses)
    fingerprint.add(.object(parameters))
    for (name, value) in own {
      fingerprint.add(name)
      fingerprint.add(value)
    }
    fingerprint.add(nil as String?)
    fingerprint.add(folder)
    fingerprint.add(input)
    fingerprint.add(task.outputs.rawValue)
    return Attempt(
      id: id, instance: instance.id, number: number, kind: task.kind, slot: slot, uses: task.uses,
      parameters: parameters,
      environment: threadCounts(for: task) + own + [
        ("TASKRUN_TASK", instance.id), ("TASKRUN_RUN_ID", runID), ("TASKRUN_ATTEMPT", "\(number)"),
        ("TASKRUN_KIND", task.kind.rawValue), ("TASKRUN_SLOT", "\(slot)"),
      ],
      directory: folder.hasPrefix("/") ? folder : directory + (folder.isEmpty ? "" : "/" + folder),
      input: input, outputLimitBytes: task.outputLimitBytes ?? Self.defaultOutputLimitBytes,
      outputs: task.outputs, fingerprint: fingerprint.text)
  }

  private func scope(of instance: TaskInstance, _ task: TaskDefinition) -> TemplateScope {
    var scope = TemplateScope(
      index: instance.index, vars: task.vars ?? vars, env: environment, args: arguments)
    if task.hasMatrix { scope.matrix = instance.item?.objectValue } else { scope.item = instance.item }
    let results = instance.results
    if !results.isEmpty { scope.result = { results[$0] } }
    return scope
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

  /// As the task names it; empty for the manifest's own.
  private func folder(of task: TaskDefinition, _ scope: TemplateScope) throws(TemplateError) -> String {
    let folders = [task.folder, try task.dir?.evaluate(in: scope).plainText].compactMap(\.self)
    return folders.reduce("") { $1.isEmpty ? $0 : $0.isEmpty || $1.hasPrefix("/") ? $1 : $0 + "/" + $1 }
  }

  /// What shell text reads its data from, then the manifest's `env`; later ones win.
  private func variables(
    of instance: TaskInstance, _ task: TaskDefinition, _ scope: TemplateScope
  ) throws(TemplateError) -> [(name: String, value: String)] {
    var variables: [(name: String, value: String)] = []
    if task.with.contains(where: { $0.key == "shell" }) {
      variables += itemEnvironment(item: scope.item, index: instance.index).map { ($0.0, $0.1) }
      for member in scope.matrix?.members ?? [] where isVariableName(member.key) {
        variables.append(("matrix_" + member.key, member.value.plainText))
      }
    }
    for member in task.env { variables.append((member.key, try member.value.evaluate(in: scope).plainText)) }
    return variables
  }

  /// As many threads as the task has slots, unless the user has said otherwise.
  private func threadCounts(for task: TaskDefinition) -> [(name: String, value: String)] {
    guard task.kind == .cpu else { return [] }
    return threadCountVariables.filter { environment[$0] == nil }.map { ($0, "\(task.cpus)") }
  }
}

extension TaskDefinition {
  fileprivate var hasMatrix: Bool {
    if case .matrix? = items { true } else { false }
  }
}
