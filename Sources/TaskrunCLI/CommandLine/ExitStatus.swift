/// How taskrun ends.
package enum ExitStatus: Sendable, Hashable {
  /// 0: every selected task succeeded or was allowed to fail.
  case success
  /// 1: at least one task failed, timed out, or was not run because of that.
  case tasksFailed
  /// 2: wrong usage. Nothing was started.
  case usage
  /// 3: the manifest cannot be read or is wrong. Nothing was started.
  case manifest
  /// 4: nothing selected. Nothing was started.
  case nothingSelected
  /// 65: the journal of the run to resume is damaged, or of another version. Nothing was started.
  case journalDamaged
  /// 70: a bug in taskrun.
  case internalError
  /// 71: the system refuses basic resources.
  case systemRefused
  /// 73: a report cannot be created. Nothing was started.
  case reportNotCreated
  /// 74: a report could not be written whole.
  case reportNotWritten
  /// 76: a plugin that the manifest needs cannot be started. Nothing was started.
  case pluginNotStarted
  /// 124: `--deadline` reached.
  case deadlineReached
  /// The run was ended by that signal, and taskrun dies by it too, so that whoever waits for it sees the same.
  case signal(Int32)

  /// The code: what `exit` takes, and what a shell shows; 128 and the number for a signal.
  package var code: Int32 {
    switch self {
    case .success: 0
    case .tasksFailed: 1
    case .usage: 2
    case .manifest: 3
    case .nothingSelected: 4
    case .journalDamaged: 65
    case .internalError: 70
    case .systemRefused: 71
    case .reportNotCreated: 73
    case .reportNotWritten: 74
    case .pluginNotStarted: 76
    case .deadlineReached: 124
    case .signal(let number): 128 + number
    }
  }

  /// The one that counts when several apply; ``success`` if none does.
  ///
  /// A signal, then 70, 71, 74, 124, 1. Those that are found before anything starts (2, 3, 4, 65, 76, 73) end taskrun
  /// where they are found and never meet 74, 124 and 1; they stand above these. Among signals the first counts.
  package static func strongest(of statuses: some Sequence<ExitStatus>) -> ExitStatus {
    statuses.reduce(.success) { $1.rank > $0.rank ? $1 : $0 }
  }

  private var rank: Int {
    switch self {
    case .success: 0
    case .tasksFailed: 1
    case .deadlineReached: 2
    case .reportNotWritten: 3
    case .reportNotCreated: 4
    case .pluginNotStarted: 5
    case .journalDamaged: 6
    case .nothingSelected: 7
    case .manifest: 8
    case .usage: 9
    case .systemRefused: 10
    case .internalError: 11
    case .signal: 12
    }
  }
}
