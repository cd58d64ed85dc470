import TaskrunEngine

/// How the processes of a run, and those of one attempt, are told from all others: by a variable in their
/// environment whose name belongs to this run alone.
///
/// The name differs, and not the value, so that a taskrun that runs inside of a task hands the outer run's marks on
/// to its own tasks: whoever ends the outer one ends all.
package struct RunMark: Sendable {
  private let name: String

  /// The mark of a run. The id is made of letters, digits and `_`.
  package init(runID: String) {
    name = "_TASKRUN_RUN_\(runID)"
  }

  /// The variable that every process of the run has.
  var variable: (name: String, value: String) { (name, "1") }

  /// The variable that every process of an attempt has beside the run's.
  func variable(of id: AttemptID) -> (name: String, value: String) { ("\(name)_\(id.number)", "1") }

  /// The run's variable as it stands in an environment.
  package var entry: String { "\(name)=1" }

  /// The attempt's variable as it stands in an environment.
  func entry(of id: AttemptID) -> String { "\(name)_\(id.number)=1" }
}
