import ConcurrentFutures
import TaskrunAPI
import TaskrunManifest

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A manifest that has been found, read and checked: what `run` and `check` have in common.
struct PreparedManifest {
  let manifest: Manifest
  let directory: String

  /// Prepares a manifest, telling on standard error what is wrong with it.
  /// - Throws: the status to end with.
  init(_ options: CheckOptions, _ plugins: [Plugin]) throws(ExitStatus) {
    if let folder = options.directory, chdir(folder) != 0 {
      let error = SystemError.last
      Console.error.write("error: cannot enter folder '\(folder)': \(error)\n")
      throw .usage
    }
    let loader = ManifestLoader(
      taskTypes: plugins.flatMap(\.taskTypes), variables: options.variables, files: DiskFiles())
    do {
      let file = try ManifestFile(options.manifest)
      manifest = try loader.load(file.bytes, path: file.path)
      directory = file.directory
    } catch let rejected as ManifestRejected {
      Console.error.write(Self.text(of: rejected, options))
      throw .manifest
    } catch {
      Console.error.write("error: \(error)\n")
      throw .manifest
    }
    if let variable = manifest.unusedVariables.first {
      let error = UsageError.unknownVariable(variable.name, suggestion: variable.suggestion)
      Console.error.write(error.message)
      throw .usage
    }
  }

  /// The manifest's absolute path; `nil` for standard input.
  var absolutePath: String? {
    guard manifest.path != "-" else { return nil }
    let path = manifest.path
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
    return (directory == "/" ? "" : directory) + "/" + name
  }

  private static func text(of rejected: ManifestRejected, _ options: CheckOptions) -> String {
    switch options.diagnostics {
    case .json: return rejected.json.jsonText + "\n"
    case .text:
      let environment = ProcessEnvironment.current.dictionary
      let isTerminal = Console.isTerminal(STDERR_FILENO)
      return rejected.text(
        isColored: usesColor(options.color, isTerminal: isTerminal, environment: environment))
    }
  }
}

/// `taskrun check`: all diagnostics, nothing started.
struct CheckCommand {
  private let options: CheckOptions
  private let plugins: [Plugin]

  init(_ options: CheckOptions, _ plugins: [Plugin]) {
    self.options = options
    self.plugins = plugins
  }

  func run() -> ExitStatus {
    do throws(ExitStatus) {
      let prepared = try PreparedManifest(options, plugins)
      guard options.verbosity != .quiet else { return .success }
      let count = prepared.manifest.tasks.count
      return Console.output(
        "\(prepared.manifest.path): \(count) \(count == 1 ? "task" : "tasks"), no errors\n")
    } catch {
      return error
    }
  }
}

extension ExitStatus: Error {}
