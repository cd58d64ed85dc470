package import TaskrunAPI

/// The order in which reporters see the ends of instances.
package enum ReportOrder: String, Sendable, Hashable, CaseIterable {
  /// As they end.
  case completed
  /// As they are declared.
  case submitted
}

/// Puts the ends of instances in the order of declaration: a `taskFinished` is held back until all that come before it
/// have gone, by task and then by index.
///
/// A pure value. An end that was held back carries the time at which it is let go, so that times never
/// decrease along the stream; when the instance ran stands in its record.
///
/// How many are held back has no bound but the size of the run: if the first task ends last, all others wait for
/// it, with their output. That is what the order asks for; whoever cannot afford it takes them as they end.
package struct SubmissionOrder: Sendable {
  /// The task whose ends go now.
  private var task = 0
  /// How many of them have gone.
  private var gone = 0
  /// What is held back, by task and index.
  private var held: [Int: [Int: TaskRecord]] = [:]

  /// Begins with the first instance of the first task.
  package init() {}

  /// Takes one event.
  /// - Returns: what may be passed on now, in order. The end of the run lets all go that is still held back.
  package mutating func pass(_ event: RunEvent) -> [RunEvent] {
    switch event.kind {
    case .runStarted, .taskStarted: return [event]
    case .taskFinished(let record):
      held[record.place.task, default: [:]][record.place.index] = record
      return release(settled: record.place.settled, at: event.time)
    case .runFinished:
      let rest = held.sorted { $0.key < $1.key }.flatMap { $0.value.sorted { $0.key < $1.key } }
      held = [:]
      return rest.map { RunEvent(time: event.time, kind: .taskFinished($0.value)) } + [event]
    }
  }

  /// Lets go what nothing has to come before any more.
  /// - Parameter settled: the first task that may have further ends. Those before it may have had none at all.
  private mutating func release(settled: Int, at time: Duration) -> [RunEvent] {
    var events: [RunEvent] = []
    while true {
      if let record = held[task]?.removeValue(forKey: gone) {
        events.append(RunEvent(time: time, kind: .taskFinished(record)))
        gone += 1
        if gone == record.place.count { next() }
      } else if task < settled {
        next()
      } else {
        return events
      }
    }
  }

  private mutating func next() {
    held[task] = nil
    task += 1
    gone = 0
  }
}
