import TaskrunYAML

/// Which task needs which, and where that is written.
struct NeedGraph {
  struct Edge {
    /// The position of the task that is needed.
    var target: Int
    var place: Place

    var isImplied: Bool { if case .needs = place { false } else { true } }
  }

  enum Place {
    case needs(YAMLSpan)
    /// `foreach: {from: ...}`.
    case from(YAMLSpan)
    /// A template, and where it stands in its text.
    case template(YAMLScalar, Range<Int>)
  }

  /// The edges that begin at each task, no two of them to the same one.
  private(set) var edges: [[Edge]]

  init(taskCount: Int) {
    edges = Array(repeating: [], count: taskCount)
  }

  mutating func add(_ additions: [Edge], to task: Int) {
    edges[task] += additions
  }
}

extension NeedGraph {
  /// A step on a cycle: the edge at an index of a task.
  struct Step {
    var task: Int
    var edge: Int
  }

  /// One shortest cycle of each strongly connected part, each from its first task on, in the order of these.
  ///
  /// Takes time linear in tasks and edges, and no recursion: a chain may be as long as the file.
  func cycles() -> [[Step]] {
    guard edges.contains(where: { !$0.isEmpty }) else { return [] }
    var search = PartSearch(edges)
    let starts = search.firstTasksOfCyclicParts().sorted()
    return starts.map { cycle(through: $0, parts: search.parts) }
  }

  private func cycle(through start: Int, parts: [Int]) -> [Step] {
    var arrivals: [Int: Step] = [:]
    var queue = [start]
    var next = 0
    while next < queue.count {
      let task = queue[next]
      next += 1
      for (index, edge) in edges[task].enumerated() where parts[edge.target] == parts[start] {
        guard edge.target != start else { return way(to: Step(task: task, edge: index), arrivals) }
        if arrivals[edge.target] == nil {
          arrivals[edge.target] = Step(task: task, edge: index)
          queue.append(edge.target)
        }
      }
    }
    return []
  }

  private func way(to last: Step, _ arrivals: [Int: Step]) -> [Step] {
    var steps = [last]
    var task = last.task
    while let step = arrivals[task] {
      steps.append(step)
      task = step.task
    }
    return steps.reversed()
  }
}

/// Tarjan's search for strongly connected parts, with a stack of its own in place of recursion.
private struct PartSearch {
  /// The number of the part of each task; 0 until it is known.
  private(set) var parts: [Int]

  private let edges: [[NeedGraph.Edge]]
  /// When each task was entered, from 1; 0 if it has not been.
  private var entered: [Int]
  /// The earliest entered task that can be reached and whose part is not known.
  private var earliest: [Int]
  private var entries = 0
  private var partCount = 0
  private var way: [(task: Int, nextEdge: Int)] = []
  /// Entered tasks whose part is not known.
  private var open: [Int] = []
  private var cyclicStarts: [Int] = []

  init(_ edges: [[NeedGraph.Edge]]) {
    self.edges = edges
    parts = Array(repeating: 0, count: edges.count)
    entered = parts
    earliest = parts
  }

  mutating func firstTasksOfCyclicParts() -> [Int] {
    for root in edges.indices where entered[root] == 0 {
      enter(root)
      while let (task, nextEdge) = way.last {
        guard nextEdge < edges[task].count else {
          leave(task)
          continue
        }
        way[way.count - 1].nextEdge += 1
        let target = edges[task][nextEdge].target
        if entered[target] == 0 {
          enter(target)
        } else if parts[target] == 0 {
          earliest[task] = min(earliest[task], entered[target])
        }
      }
    }
    return cyclicStarts
  }

  private mutating func enter(_ task: Int) {
    entries += 1
    entered[task] = entries
    earliest[task] = entries
    way.append((task, 0))
    open.append(task)
  }

  private mutating func leave(_ task: Int) {
    way.removeLast()
    if let parent = way.last?.task { earliest[parent] = min(earliest[parent], earliest[task]) }
    guard earliest[task] == entered[task] else { return }
    partCount += 1
    var first = task
    var count = 0
    while let member = open.popLast() {
      parts[member] = partCount
      first = min(first, member)
      count += 1
      if member == task { break }
    }
    if count > 1 || edges[task].contains(where: { $0.target == task }) { cyclicStarts.append(first) }
  }
}
