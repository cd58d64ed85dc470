import TaskrunAPI
import TaskrunEngine
import TaskrunManifest

/// A task type that only has words: nothing in these tests runs anything.
private struct SampleType: FunctionTaskType {
  var name: String
  var summary = "a sample"
  var parameters: [Parameter]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value { .null }
}

/// The manifest of a text that is expected to be good. Tasks use `do.it`, with any `value`, or `run`.
func load(_ text: String) throws -> Manifest {
  let types: [any TaskType] = [
    SampleType(name: "do.it", parameters: [.init("value", .any, "anything")]),
    SampleType(
      name: "run",
      parameters: [.init("argv", .list(.string), "a command"), .init("shell", .string, "a text")]),
  ]
  return try ManifestLoader(taskTypes: types).load(Array(text.utf8), path: "tasks.yaml")
}

/// A task that does nothing in particular.
func task(
  _ name: String, _ kind: TaskKind = .io, count: Int? = nil, needs: [Int] = [], tags: [String] = [],
  timeout: Duration? = nil, grace: Duration? = nil
) -> TaskDefinition {
  var task = TaskDefinition(
    name: name, position: SourcePosition(line: 1, column: 1, offset: 0), kind: kind, uses: "do.it", with: [])
  task.items = count.map { .range(start: 0, end: $0, step: 1) }
  task.needs = needs.map { TaskDefinition.Need(task: $0) }
  task.tags = tags
  task.timeout = timeout
  task.grace = grace
  return task
}

extension TaskDefinition {
  /// The same task with something changed.
  func with(_ change: (inout TaskDefinition) -> Void) -> TaskDefinition {
    var task = self
    change(&task)
    return task
  }

  func when(_ condition: Condition) -> TaskDefinition { with { $0.condition = condition } }

  /// One instance for each result of the task at a position.
  func forEachResult(of task: Int) -> TaskDefinition {
    with {
      $0.items = .results(ofTask: task)
      if !$0.needs.contains(where: { $0.task == task }) {
        $0.needs.append(.init(task: task, isImplied: true))
      }
    }
  }

  func reading(_ task: Int, _ field: ResultRead.Field) -> TaskDefinition {
    with {
      $0.resultReads.append(ResultRead(task: task, field: field))
      if !$0.needs.contains(where: { $0.task == task }) {
        $0.needs.append(.init(task: task, isImplied: true))
      }
    }
  }
}

func plan(_ tasks: TaskDefinition..., limits: [Limit] = []) throws -> Plan {
  try plan(tasks, limits: limits)
}

func plan(_ tasks: [TaskDefinition], limits: [Limit] = []) throws -> Plan {
  var manifest = Manifest(path: "tasks.yaml", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: tasks)
  manifest.limits = limits
  return try Plan(manifest)
}

extension RunContext {
  static func sample(
    vars: ValueObject = [:], environment: [String: String] = [:], arguments: [String] = []
  ) -> RunContext {
    RunContext(
      runID: "run-1", manifest: "tasks.yaml", directory: "/base", vars: vars, environment: environment,
      arguments: arguments,
      threadCountVariables: ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMAXPROCS"])
  }
}
