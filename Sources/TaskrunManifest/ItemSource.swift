package import TaskrunAPI

/// What a task has instances for.
package enum ItemSource: Sendable, Hashable {
  /// The values themselves.
  case list([Value])
  /// `start, start + step, ...` while below `end` (above it, for a negative step). The step is never 0.
  case range(start: Int, end: Int, step: Int)
  /// The results of the task at this position in ``Manifest/tasks``, known when it has ended: one item for each of
  /// its instances that has succeeded, in order of index; for a plain task whose value is a list, each element.
  case results(ofTask: Int)
  /// The combinations of a `matrix`.
  case matrix(Matrix)
}

/// The combinations of a `matrix`, with `include` and `exclude` already done.
package struct Matrix: Sendable, Hashable {
  /// What one instance reads as `matrix.KEY`, and what its id ends with.
  package struct Combination: Sendable, Hashable {
    /// The members, the axes first.
    package var members: ValueObject
    /// What stands in brackets in the instance's id, such as `a,1`; unique within the matrix.
    package var label: String

    /// Makes a combination.
    package init(members: ValueObject, label: String) {
      self.members = members
      self.label = label
    }
  }

  /// The combinations in order: the last axis changes fastest, what `include` adds comes last.
  package var combinations: [Combination]

  /// Makes a matrix.
  package init(combinations: [Combination]) {
    self.combinations = combinations
  }
}
