import TaskrunAPI
import TaskrunManifest

/// How entries of the plan go from phase to phase.
extension Scheduler {
  /// What the end of a run still has to look at, a little in each step.
  struct Drain: Sendable {
    /// The next entry.
    var entry = Int.max
    /// The instances between two attempts, the last first.
    var retries: [Int] = []
  }

  /// Whether an entry runs although the run ends early: what was asked to run in any case, unless somebody wants
  /// the whole run to be over.
  func survives(_ entry: Int) -> Bool {
    switch end {
    case nil: true
    case .failFast: plan.entries[entry].definition.condition == .always
    case .deadline, .interrupted: false
    }
  }

  /// Decides what becomes of an entry now that all it needs has ended.
  mutating func decide(_ entry: Int, now: Duration) {
    guard entries[entry].phase == .waiting else { return }
    entries[entry].queued = now
    let hasSameInputs = plan.entries[entry].needs.allSatisfy { entries[$0].isResumed }
    entries[entry].hasSameInputs = hasSameInputs
    entries[entry].isResumed = hasSameInputs
    if !survives(entry) { return dispose(of: entry, .end) }
    let cause = cause(amongNeedsOf: entry)
    switch plan.entries[entry].definition.condition {
    case .success:
      if let cause { dispose(of: entry, .dependency(cause)) } else { makeReady(entry, now: now) }
    case .failure:
      if cause?.isFailure == true { makeReady(entry, now: now) } else { dispose(of: entry, .condition) }
    case .always: makeReady(entry, now: now)
    }
  }

  /// Why not all is well with what an entry needs: the first failure in the order of the needs, or else the first
  /// task that was left out.
  private func cause(amongNeedsOf entry: Int) -> RootCause? {
    var omission: RootCause?
    for need in plan.entries[entry].needs {
      guard let cause = entries[need].cause else { continue }
      if cause.isFailure { return cause }
      omission = omission ?? cause
    }
    return omission
  }

  private mutating func makeReady(_ entry: Int, now: Duration) {
    let planned = plan.entries[entry]
    entries[entry].phase = .ready
    if case .results(let task)? = planned.definition.items {
      guard expand(entry, from: plan.entry(ofTask: task), now: now) else { return }
    }
    for read in planned.definition.resultReads {
      guard let source = plan.entry(ofTask: read.task) else { continue }
      entries[entry].inputs[read] = results.value(read.field, of: source)
    }
    entries[entry].open = entries[entry].count
    results.begin(entry, count: entries[entry].count)
    if entries[entry].count == 0 {
      complete(entry)
    } else {
      lanes[planned.definition.kind.lane].ready.push(.fresh(entry))
    }
  }

  /// Makes the instances of an entry that has one for each result of another.
  /// - Returns: whether there are not too many; otherwise the entry has failed.
  private mutating func expand(_ entry: Int, from source: Int?, now: Duration) -> Bool {
    let items = source.map { results.items(of: $0) } ?? []
    let total = knownInstances + min(items.count, .max - knownInstances)
    guard total <= Self.maximumInstances else {
      collapse(entry)
      var record = record(entry, nil, status: .failed, reason: .notStarted)
      record.error = ErrorDescription(
        type: "too_many_instances",
        message: "\(items.count) results would make \(total) instances in this run; "
          + "at most \(Self.maximumInstances) are allowed")
      entries[entry].next = 1
      close(entry, record, at: now, now: now)
      return false
    }
    knownInstances = total
    entries[entry].items = items
    entries[entry].count = items.count
    return true
  }

  /// One record stands for all the instances that nobody can count.
  private mutating func collapse(_ entry: Int) {
    entries[entry].isCollapsed = true
    entries[entry].count = 1
    entries[entry].open = 1
    results.begin(entry, count: 1)
  }

  // MARK: Without running

  private mutating func dispose(of entry: Int, _ disposal: EntryState.Disposal) {
    let isUnknown = plan.entries[entry].count == nil && entries[entry].items == nil
    if entries[entry].phase == .waiting {
      if isUnknown {
        collapse(entry)
      } else {
        entries[entry].open = entries[entry].count
        results.begin(entry, count: entries[entry].count)
      }
    }
    entries[entry].phase = .disposing
    entries[entry].disposal = disposal
    if entries[entry].next < entries[entry].count {
      disposals.append(entry)
    } else if entries[entry].open == 0 {
      complete(entry)
    }
  }

  /// Tells the dependents of an entry that it has ended, or gives one instance its record that will not run.
  /// - Returns: whether there was something to do.
  mutating func settleNext(now: Duration) -> Bool {
    if let entry = ended.popFirst() {
      finish(entry, now: now)
      return true
    }
    guard let entry = disposals.first else { return false }
    let index = entries[entry].next
    entries[entry].next += 1
    if entries[entry].next == entries[entry].count { disposals.popFirst() }
    close(entry, disposalRecord(entry, index: index), at: now, now: now)
    return true
  }

  private func disposalRecord(_ entry: Int, index: Int) -> TaskRecord {
    switch entries[entry].disposal {
    case .dependency(let cause):
      var record = record(entry, index, status: .skipped, reason: .dependency)
      record.error = ErrorDescription(type: "dependency", message: cause.text(in: plan))
      return record
    case .condition:
      var record = record(entry, index, status: .skipped, reason: .condition)
      record.error = ErrorDescription(type: "condition", message: "nothing that it needs has failed")
      return record
    case .end, nil:
      let end = end ?? .failFast
      return record(entry, index, status: end.status, reason: end.reason)
    }
  }

  /// Looks at one more entry, or instance between two attempts, that the end of the run may concern.
  /// - Returns: whether there was one.
  mutating func drainNext(now: Duration) -> Bool {
    if drain.entry < entries.count {
      let entry = drain.entry
      drain.entry += 1
      let phase = entries[entry].phase
      let hasMore = phase == .waiting || phase == .ready && entries[entry].next < entries[entry].count
      if hasMore, !survives(entry) {
        if phase == .waiting { entries[entry].queued = now }
        dispose(of: entry, .end)
      }
      return true
    }
    guard let id = drain.retries.popLast() else { return false }
    if let retry = retries.removeValue(forKey: id) { close(retry.entry, retry.last, at: now, now: now) }
    return true
  }

  // MARK: The end of an entry

  /// Takes the final record of an instance.
  mutating func close(_ entry: Int, _ record: TaskRecord, at time: Duration, now: Duration) {
    var record = record
    if let allowed = plan.entries[entry].definition.allowedFailure {
      record.isAllowedFailure = allowed.covers(record)
    }
    let isSuccess = record.status == .succeeded || record.reason == .resumed
    results.add(record, of: entry, at: record.index ?? 0, isSuccess: isSuccess)
    if record.reason != .resumed { entries[entry].isResumed = false }
    if !isSuccess, !record.isAllowedFailure {
      switch entries[entry].disposal {
      case .dependency(let cause) where record.status == .skipped: entries[entry].note(cause)
      default: entries[entry].note(RootCause(entry: entry, index: record.index, status: record.status))
      }
    }
    entries[entry].open -= 1
    if entries[entry].open == 0 { complete(entry) }
    emit(record, at: time)
    countFailure(record, now: now)
  }

  private mutating func complete(_ entry: Int) {
    pending -= 1
    ended.append(entry)
    entries[entry].phase = .ended
    while frontier < entries.count, entries[frontier].phase == .ended { frontier += 1 }
  }

  /// Tells those that need an entry that it has ended. One that the end of the run took out has its records early; those
  /// that need it still do not start before all that came before has ended.
  private mutating func finish(_ entry: Int, now: Duration) {
    guard entries[entry].waiting == 0, !entries[entry].isAnnounced else { return }
    entries[entry].isAnnounced = true
    entries[entry].inputs = [:]
    entries[entry].items = nil
    for source in plan.entries[entry].sources { results.release(source) }
    for dependent in plan.entries[entry].dependents {
      entries[dependent].waiting -= 1
      guard entries[dependent].waiting == 0 else { continue }
      if entries[dependent].phase == .ended { ended.append(dependent) } else { decide(dependent, now: now) }
    }
  }

  // MARK: Records

  /// A record that says nothing yet but which instance it is about.
  func record(_ entry: Int, _ index: Int?, status: TaskStatus, reason: TaskReason? = nil) -> TaskRecord {
    let state = entries[entry]
    let index = plan.entries[entry].definition.items == nil || state.isCollapsed ? nil : index
    var record = TaskRecord(
      id: plan.entries[entry].instanceID(index), task: plan.entries[entry].definition.name, index: index,
      item: index.flatMap { item(entry, $0) }, kind: plan.entries[entry].definition.kind,
      place: TaskPlace(task: entry, index: index ?? 0, count: state.count, settled: frontier),
      status: status, reason: reason)
    record.queued = state.queued
    return record
  }

  /// The item of an instance.
  func item(_ entry: Int, _ index: Int) -> Value? {
    entries[entry].items?[index] ?? plan.entries[entry].definition.items?[index]
  }
}

extension TaskKind {
  /// The position among the lanes.
  var lane: Int { self == .io ? 0 : 1 }
}
