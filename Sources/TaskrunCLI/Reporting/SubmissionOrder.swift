package import TaskrunAPI

/// The order in which reporters see the ends of instances.
package enum ReportOrder: String, Sendable, Hashable, CaseIterable {
  /// As they end.
  case completed
  /// As they are declared.
  case submitted
}

/// Puts the ends of instances in the order of declaration: a `taskFinished` is held back until all with a
/// smaller ordinal have gone.
///
/// A pure value. An end that was held back carries the time at which it is let go, so that times never
/// decrease along the stream; when the instance ran stands in its record.
package struct SubmissionOrder: Sendable {
  private var next = 0
  private var held: [Int: TaskRecord] = [:]

  /// Begins with ordinal 0.
  package init() {}

  /// Takes one event.
  /// - Returns: what may be passed on now, in order. The end of the run lets all go that is still held back.
  package mutating func pass(_ event: RunEvent) -> [RunEvent] {
    switch event.kind {
    case .runStarted, .taskStarted: return [event]
    case .taskFinished(let record):
      guard record.ordinal == next else {
        held[record.ordinal] = record
        return []
      }
      next += 1
      return [event] + release(at: event.time)
    case .runFinished:
      let rest = held.values.sorted { $0.ordinal < $1.ordinal }
      held = [:]
      return rest.map { RunEvent(time: event.time, kind: .taskFinished($0)) } + [event]
    }
  }

  private mutating func release(at time: Duration) -> [RunEvent] {
    var events: [RunEvent] = []
    while let record = held.removeValue(forKey: next) {
      events.append(RunEvent(time: time, kind: .taskFinished(record)))
      next += 1
    }
    return events
  }
}
