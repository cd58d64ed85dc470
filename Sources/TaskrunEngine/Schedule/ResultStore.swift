import TaskrunAPI
import TaskrunManifest

/// What tasks have left for others that read it: kept from the start of a task to the end of its last reader, and only
/// the parts that somebody reads.
struct ResultStore: Sendable {
  /// The results of one task, by index of the instance.
  private struct Results: Sendable {
    let fields: ResultFields
    let isList: Bool
    var readers: Int
    var values: [Value?] = []
    var outputs: [Value?] = []
    var statuses: [Value] = []
    /// The lists that readers get, made once.
    var lists: [ResultRead.Field: Value] = [:]
  }

  private var results: [Int: Results] = [:]

  /// How many tasks have results here.
  var count: Int { results.count }

  init(_ plan: Plan) {
    for (position, entry) in plan.entries.enumerated() where entry.readerCount > 0 {
      results[position] = Results(
        fields: entry.fieldsRead, isList: entry.definition.items != nil, readers: entry.readerCount)
    }
  }

  /// Makes room for the results of a task.
  mutating func begin(_ entry: Int, count: Int) {
    guard let fields = results[entry]?.fields else { return }
    if !fields.isDisjoint(with: [.value, .items]) {
      results[entry]?.values = Array(repeating: nil, count: count)
    }
    if fields.contains(.stdout) { results[entry]?.outputs = Array(repeating: nil, count: count) }
    if fields.contains(.status) { results[entry]?.statuses = Array(repeating: .null, count: count) }
  }

  /// Keeps what is read of an instance's final record.
  mutating func add(_ record: TaskRecord, of entry: Int, at index: Int, isSuccess: Bool) {
    guard let fields = results[entry]?.fields else { return }
    if isSuccess {
      if !fields.isDisjoint(with: [.value, .items]) { results[entry]?.values[index] = record.value ?? .null }
    }
    if fields.contains(.stdout), isSuccess || !record.attempts.isEmpty {
      results[entry]?.outputs[index] = .string(record.stdout.text)
    }
    if fields.contains(.status) {
      results[entry]?.statuses[index] = .string(isSuccess ? "succeeded" : record.status.rawValue)
    }
  }

  /// What a template gets that reads a task that has ended; `nil` if the task left nothing.
  mutating func value(_ field: ResultRead.Field, of entry: Int) -> Value? {
    guard let found = results[entry] else { return nil }
    guard found.isList else {
      switch field {
      case .value: return found.values.first.flatMap(\.self)
      case .stdout: return found.outputs.first.flatMap(\.self)
      case .status: return found.statuses.first
      }
    }
    if let list = found.lists[field] { return list }
    let list: Value =
      switch field {
      case .value: .array(found.values.map { $0 ?? .null })
      case .stdout: .array(found.outputs.map { $0 ?? .null })
      case .status: .array(found.statuses)
      }
    results[entry]?.lists[field] = list
    return list
  }

  /// The items that `foreach: {from: ...}` makes of a task that has ended.
  func items(of entry: Int) -> [Value] {
    guard let found = results[entry] else { return [] }
    if !found.isList, case .array(let elements)?? = found.values.first { return elements }
    return found.values.compactMap(\.self)
  }

  /// One reader less. The last one takes the results along.
  mutating func release(_ entry: Int) {
    results[entry]?.readers -= 1
    if results[entry]?.readers == 0 { results[entry] = nil }
  }
}
