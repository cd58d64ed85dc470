import TaskrunAPI
import TaskrunManifest

/// How far an entry of the plan has come.
struct EntryState: Sendable {
  /// The stages, in their order. From each an entry may go to ``disposing``.
  enum Phase: Sendable {
    /// Not all that it needs has ended.
    case waiting
    /// Its instances may start, or have started.
    case ready
    /// Its instances that have not started get their records without running.
    case disposing
    /// Every instance has its record.
    case ended
  }

  /// Why instances get their records without running.
  enum Disposal: Sendable {
    /// The run ends early.
    case end
    /// What it needs did not succeed.
    case dependency(RootCause)
    /// Its `if: failure` is not true.
    case condition
  }

  var phase = Phase.waiting
  /// How many of its needs have not ended.
  var waiting: Int
  /// How many instances it has; 0 until it is known.
  var count: Int
  /// The next instance to start or to dispose of.
  var next = 0
  /// How many instances have no record yet.
  var open = 0
  /// When its instances could start.
  var queued = Duration.zero
  /// Whether its one record is about all the instances that it might have had.
  var isCollapsed = false
  /// Whether all that it needs was taken over from an earlier run, so that its inputs are those of then.
  var hasSameInputs = false
  /// Whether all its records, and all of those that it needs, were taken over from an earlier run.
  var isResumed = false
  /// Whether those that need it know that it has ended.
  var isAnnounced = false
  var disposal: Disposal?
  /// Why those that need it may not run; `nil` while all is well.
  var cause: RootCause?
  /// The items, once the results that they are made of are known.
  var items: [Value]?
  /// What its templates read.
  var inputs: [ResultRead: Value] = [:]

  init(_ entry: Plan.Entry) {
    waiting = entry.needs.count
    count = entry.count ?? 0
  }

  /// Notes a reason for those that need this; that of the first instance counts.
  mutating func note(_ other: RootCause) {
    guard let cause, (cause.index ?? 0) <= (other.index ?? 0) else {
      cause = other
      return
    }
  }
}

/// The instance because of which others do not run: the first one of a chain.
struct RootCause: Sendable {
  /// Its position in ``Plan/entries``.
  let entry: Int
  /// Its index; `nil` for a task without instances.
  let index: Int?
  /// How it ended. ``TaskStatus/skipped`` stands for a condition that was not true, which is no failure.
  let status: TaskStatus

  /// Whether something went wrong.
  var isFailure: Bool { status != .skipped }

  /// What happened, in words: `'fetch[3]' failed`.
  func text(in plan: Plan) -> String {
    let id = "'\(plan.entries[entry].instanceID(index))'"
    return switch status {
    case .succeeded, .failed: "\(id) failed"
    case .timedOut: "\(id) timed out"
    case .cancelled: "\(id) was cancelled"
    case .skipped: "\(id) was skipped"
    }
  }
}
