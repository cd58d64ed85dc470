package import TaskrunAPI

/// What a journal says about its run, without the records themselves: where they stand, and how each instance ended.
///
/// It grows with the number of instances, not with what they wrote.
package struct RecordedRun: Sendable {
  /// How far an instance came.
  package enum State: Sendable, Hashable {
    /// It succeeded, in this run or in one that this run continued.
    case done
    /// It was started, and the journal does not say how it ended.
    case cutOff
    /// It did not run because its `if` was not true.
    case passedOver
    /// It did not run because something else failed, or because the run was ended.
    case leftOut
    /// It ran and ended in another way, or could not be started.
    case failed
  }

  /// One instance.
  package struct Instance: Sendable, Hashable {
    /// How far it came.
    package var state: State
    /// Where its record begins in the journal, in bytes; -1 without one.
    package var offset = -1
    /// The length of the record's line without its newline, in bytes.
    package var length = 0
  }

  /// What the first line says; `nil` if the run was killed before it was written.
  package private(set) var start: RunStart?
  /// What the first line says beside the event.
  package private(set) var header = JournalHeader(manifestPath: "")
  /// The instances by their ids.
  package private(set) var instances: [String: Instance] = [:]
  /// The names of the tasks with an instance that was started in this run.
  package private(set) var ranTasks: Set<String> = []
  /// How many bytes at the end are not whole lines.
  package var tornBytes = 0

  /// A run of which nothing is known.
  package init() {}

  /// Takes the next line of the journal.
  /// - Throws: ``JournalError/unreadable(line:offset:reason:)`` if the line is no event.
  package mutating func take(_ line: JournalReader.Line) throws(JournalError) {
    switch line.fields["event"] {
    case "run_started": try begin(line)
    case "task_started":
      if let id = line.fields["id"]?.stringValue { instances[id] = Instance(state: .cutOff) }
      if let task = line.fields["task"]?.stringValue { ranTasks.insert(task) }
    case "task_finished":
      guard let id = line.fields["id"]?.stringValue else { return }
      instances[id] = Instance(
        state: Self.state(line.fields, wasStarted: instances[id] != nil), offset: line.offset,
        length: line.length)
    default: break
    }
  }

  private static func state(_ fields: ValueObject, wasStarted: Bool) -> State {
    switch (fields["status"], fields["reason"]) {
    case ("succeeded", _), ("skipped", "resumed"): .done
    case ("skipped", "condition"): .passedOver
    case ("skipped", _): .leftOut
    case ("cancelled", _): wasStarted ? .failed : .leftOut
    default: .failed
    }
  }

  private mutating func begin(_ line: JournalReader.Line) throws(JournalError) {
    do throws(EventDecodingError) {
      guard case .runStarted(let start) = try RunEvent(wireFields: line.fields)?.kind else { return }
      self.start = start
    } catch {
      throw .unreadable(line: 1, offset: line.offset, reason: error.description)
    }
    header = JournalHeader(wireFields: line.fields)
  }
}
