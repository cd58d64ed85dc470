// This target says what a manifest means: it turns the YAML tree into a checked `Manifest` or into diagnostics,
// and fills templates. It starts nothing, touches no disk (`ManifestFiles` does that for it), and knows neither
// the parser nor the engine.
package import TaskrunAPI
import TaskrunYAML

/// Reads manifests: bytes to a checked ``Manifest``, or to all that is wrong with them.
package struct ManifestLoader: Sendable {
  /// How many bytes a manifest may have.
  package static let maximumBytes = YAMLLimits.sizeBytes
  /// How many instances the tasks of a manifest may have, all together.
  package static let maximumInstances = 2_000_000

  /// The task types that `uses` may name, the one called `run` among them.
  package var taskTypes: [any TaskType]
  /// `--var NAME=VALUE`.
  package var variables: [(name: String, value: String)]
  /// Reads the files that manifests name.
  package var files: any ManifestFiles

  /// Makes a loader.
  package init(
    taskTypes: [any TaskType], variables: [(name: String, value: String)] = [],
    files: any ManifestFiles = NoManifestFiles()
  ) {
    self.taskTypes = taskTypes
    self.variables = variables
    self.files = files
  }

  /// Checks a manifest.
  ///
  /// - Parameters:
  ///   - bytes: the file's content. A caller that reads at most ``maximumBytes`` + 1 bytes of a file learns here
  ///     that it is too large.
  ///   - path: the file as the user named it, for diagnostics.
  /// - Throws: all diagnostics of the pass, at least one.
  package func load(_ bytes: [UInt8], path: String) throws(ManifestRejected) -> Manifest {
    let document = YAMLReader.read(bytes)
    var checker = ManifestChecker(
      SourceFile(path: path, source: bytes), disk: files, taskTypes: taskTypes, variables: variables)
    checker.add(document.faults.map { Diagnostic($0) }, omitted: document.omittedFaults)
    let manifest: Manifest?
    if document.root == nil, !document.faults.isEmpty {
      manifest = nil
    } else {
      manifest = checker.manifest(document.root, path: path)
    }
    guard checker.diagnostics.isEmpty, let manifest else {
      throw checker.rejection()
    }
    return manifest
  }
}
