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
  _ name: String, _ kind: TaskKind = .io, count: Int? = nil, timeout: Duration? = nil, grace: Duration? = nil
) -> TaskDefinition {
  var task = TaskDefinition(
    name: name, position: SourcePosition(line: 1, column: 1, offset: 0), kind: kind, uses: "do.it", with: [])
  task.foreach = count.map { .range(start: 0, end: $0, step: 1) }
  task.timeout = timeout
  task.grace = grace
  return task
}

func plan(_ tasks: TaskDefinition...) throws -> Plan {
  try Plan(Manifest(path: "tasks.yaml", pools: [:], vars: [:], tasks: tasks))
}

extension RunContext {
  static func sample(
    vars: ValueObject = [:], environment: [String: String] = [:], arguments: [String] = []
  ) -> RunContext {
    RunContext(
      runID: "run-1", manifest: "tasks.yaml", directory: "/base", vars: vars, environment: environment,
      arguments: arguments)
  }
}

/// The same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
