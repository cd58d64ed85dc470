package import TaskrunAPI
package import TaskrunManifest

/// One thing to run: a task, or one item of a task's `foreach`.
package struct TaskInstance: Sendable {
  /// The task.
  package let definition: TaskDefinition
  /// The position in the order of declaration among all instances, from 0.
  package let ordinal: Int
  /// The position among the task's instances; `nil` without `foreach`.
  package let index: Int?
  /// The item; `nil` without `foreach`.
  package let item: Value?

  /// `task`, or `task[index]`.
  package var id: String { index.map { "\(definition.name)[\($0)]" } ?? definition.name }

  /// A record that says nothing yet but which instance it is about.
  package func record(status: TaskStatus, reason: TaskReason? = nil) -> TaskRecord {
    TaskRecord(
      id: id, task: definition.name, index: index, item: item, kind: definition.kind, ordinal: ordinal,
      status: status, reason: reason)
  }
}

/// Goes through the instances of one kind, in the order of declaration, making each when it is asked for.
package struct InstanceCursor: Sendable {
  private let entries: [Plan.Entry]
  private var entry = 0
  private var index = 0

  /// Starts before the first instance.
  package init(_ plan: Plan, kind: TaskKind) {
    entries = plan.entries.filter { $0.definition.kind == kind && $0.count > 0 }
  }

  /// Whether there is a next instance.
  var hasMore: Bool { entry < entries.count }

  /// The next instance; `nil` after the last.
  package mutating func next() -> TaskInstance? {
    guard entry < entries.count else { return nil }
    let current = entries[entry]
    let instance = TaskInstance(
      definition: current.definition, ordinal: current.firstOrdinal + index,
      index: current.definition.foreach == nil ? nil : index, item: current.definition.foreach?[index])
    index += 1
    if index == current.count { (entry, index) = (entry + 1, 0) }
    return instance
  }
}
