package import TaskrunEngine

/// Why an earlier run cannot be continued. Nothing has been started then.
package enum ResumeError: Error, Sendable, Hashable {
  /// There are no journals of this manifest, and cannot be.
  case absent(JournalFolder.Absence)
  /// There is no earlier run.
  case noRuns
  /// No run has an id that begins so.
  case unknown(String, known: [String])
  /// Several have.
  case ambiguous(String, candidates: [String])
  /// The run goes on; `pid` is its runner, where that is known.
  case running(run: String, pid: Int?)
  /// The run was killed before anything was written.
  case empty(run: String)
  /// The journal ends before the run did.
  case incomplete(run: String)
  /// The system does not let us read the journal.
  case unreadable(path: String, SystemError)
  /// The journal is damaged, or of another version.
  case journal(path: String, JournalError)
  /// Nothing failed in that run that the manifest still has.
  case nothingFailed(run: String)

  /// How taskrun ends.
  package var exitStatus: ExitStatus {
    switch self {
    case .journal: .journalDamaged
    case .nothingFailed: .nothingSelected
    case .absent, .noRuns, .unknown, .ambiguous, .running, .empty, .incomplete, .unreadable: .usage
    }
  }
}

extension ResumeError: CustomStringConvertible {
  /// The error in words.
  package var description: String {
    switch self {
    case .absent(let absence): "there is nothing to resume: \(absence)"
    case .noRuns: "there is no earlier run of this manifest to resume; \(Self.without)"
    case .unknown(let run, let known):
      "no run '\(run)' of this manifest; there are: \(known.joined(separator: ", "))"
    case .ambiguous(let run, let candidates):
      "several runs begin with '\(run)': \(candidates.joined(separator: ", ")); write more of one"
    case .running(let run, let pid):
      "run '\(run)' is still going on\(pid.map { " (pid \($0))" } ?? ""); name another run to resume: --resume=RUN"
    case .empty(let run): "run '\(run)' ended before it could note anything; \(Self.without)"
    case .incomplete(let run):
      "run '\(run)' cannot be resumed: its journal could not be written to its end; \(Self.without)"
    case .unreadable(let path, let error): "cannot read the journal '\(path)': \(error)"
    case .journal(let path, let error):
      "cannot resume from the journal '\(path)': \(error); \(Self.without), or name another run"
    case .nothingFailed(let run): "nothing to run: in run '\(run)' nothing failed"
    }
  }

  private static let without = "run the manifest without --resume and --failed"
}
