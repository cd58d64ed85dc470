package import TaskrunAPI

/// Reads manifests: bytes to a checked ``Manifest``, or to all that is wrong with them.
package struct ManifestLoader: Sendable {
  /// The task types that `uses` may name, the one called `run` among them.
  package var taskTypes: [any TaskType]
  /// `--var NAME=VALUE`.
  package var variables: [(name: String, value: String)]

  /// Makes a loader.
  package init(taskTypes: [any TaskType], variables: [(name: String, value: String)] = []) {
    self.taskTypes = taskTypes
    self.variables = variables
  }

  /// Checks a manifest.
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - path: the file as the user named it, for diagnostics.
  /// - Throws: all diagnostics of the pass, at least one.
  package func load(_ bytes: [UInt8], path: String) throws(ManifestRejected) -> Manifest {
    throw ManifestRejected(diagnostics: [])
  }
}

/// A manifest that is wrong.
package struct ManifestRejected: Error, Sendable {
  /// What is wrong, in the order of the file; at most 50.
  package var diagnostics: [Diagnostic]
}

package struct Diagnostic: Sendable {}
