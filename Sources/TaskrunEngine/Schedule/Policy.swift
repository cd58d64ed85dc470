/// How a run reacts to failures and time.
package struct RunPolicy: Sendable, Hashable {
  /// After how many failures nothing new starts and what runs is cancelled; `nil` for never.
  package var maximumFailures: Int?
  /// The limit of the whole run.
  package var deadline: Duration?
  /// The limit of each attempt for tasks that have none of their own.
  package var timeout: Duration?

  /// Makes a policy: by default a failure stops nothing and there are no limits.
  package init(maximumFailures: Int? = nil, deadline: Duration? = nil, timeout: Duration? = nil) {
    self.maximumFailures = maximumFailures
    self.deadline = deadline
    self.timeout = timeout
  }
}
