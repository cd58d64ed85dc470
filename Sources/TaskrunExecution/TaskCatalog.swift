package import TaskrunAPI
package import TaskrunManifest

/// The task types of a run by name.
package struct TaskCatalog: Sendable {
  // Not the types themselves: asking one at run time which of the two protocols it has costs a search through all
  // conformances of the program.
  private let works: [String: TaskWork]

  /// Makes a catalog. Of two types with one name the first counts; whoever collects plugins refuses that before.
  package init(_ types: [any TaskType]) {
    works = Dictionary(types.map { ($0.name, $0.work) }, uniquingKeysWith: { first, _ in first })
  }

  /// How the work of the type of that name is done.
  package subscript(name: String) -> TaskWork? { works[name] }

  /// Whether a task runs in a process of its own or in a worker.
  package func makesProcess(_ task: TaskDefinition) -> Bool {
    switch works[task.uses] {
    case .command: true
    case .function, nil: task.kind == .cpu
    }
  }

  /// Whether a task is a function on a thread of this process, with descriptors that no other process bears.
  package func runsOnThread(_ task: TaskDefinition) -> Bool {
    if case .function = works[task.uses] { task.kind == .io } else { false }
  }

  /// All types that are functions, by name.
  package var functions: [any FunctionTaskType] {
    let functions = works.values.compactMap { work in
      if case .function(let type) = work { type } else { nil }
    }
    return functions.sorted { $0.name < $1.name }
  }
}
