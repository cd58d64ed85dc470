import TaskrunManifest

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Finds and reads the manifest's bytes.
struct ManifestFile {
  /// The largest manifest, in bytes.
  static let limitBytes = 64 << 20

  /// Why there are no bytes.
  enum Failure: Error {
    case noneFound(searched: [String])
    case unreadable(path: String, ManifestFileError)
  }

  /// As the user named it, or as it was found.
  let path: String
  /// Its content.
  let bytes: [UInt8]
  /// Its folder, absolute: where relative paths of the manifest start.
  let directory: String

  /// Reads a manifest.
  /// - Parameter name: a path; `-` for standard input; `nil` for the first of the usual names that exists.
  init(_ name: String?) throws(Failure) {
    if name == "-" {
      path = "-"
      bytes = try Self.reading("-") { () throws(ManifestFileError) in
        try DiskFiles.readAll(STDIN_FILENO, limitBytes: Self.limitBytes)
      }
      directory = Self.absolute(".")
      return
    }
    let path = if let name { name } else { try Self.find() }
    self.path = path
    bytes = try Self.reading(path) { () throws(ManifestFileError) in
      try DiskFiles().read(path, limitBytes: Self.limitBytes)
    }
    directory = Self.absolute(Self.folder(of: path))
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  private static func find() throws(Failure) -> String {
    for name in RunOptions.manifestNames where access(name, F_OK) == 0 { return name }
    throw .noneFound(searched: RunOptions.manifestNames)
  }

  private static func reading(
    _ path: String, _ read: () throws(ManifestFileError) -> [UInt8]
  ) throws(Failure) -> [UInt8] {
    do throws(ManifestFileError) {
      return try read()
    } catch {
      throw .unreadable(path: path, error)
    }
  }

  private static func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

extension ManifestFile.Failure: CustomStringConvertible {
  var description: String {
    switch self {
    case .noneFound(let searched):
      "no manifest: there is neither \(searched.map { "'\($0)'" }.joined(separator: " nor ")) in this folder; \(Self.advice)"
    case .unreadable(let path, .tooLarge(let limit)): "manifest '\(path)' is larger than \(limit >> 20) MiB"
    case .unreadable(let path, let error):
      "cannot read manifest '\(path)': \(error)" + (error == .missing ? Self.question(about: path) : "")
    }
  }

  private static let advice = "name one, or see 'taskrun --help'"

  /// The word may have been meant for a task of the manifest that is there, or for a command.
  private static func question(about word: String) -> String {
    guard !word.contains("/"), !word.contains(".") else { return "" }
    var calls: [String] = []
    if let manifest = RunOptions.manifestNames.first(where: { access($0, F_OK) == 0 }) {
      calls.append("'taskrun \(manifest) \(word)'")
    }
    let commands = Subcommand.allCases.filter { $0 != .run && $0.isSupported }.map(\.rawValue)
    let command = SpellingSuggestion.nearest(to: word, in: commands)
    if let command { calls.append("'taskrun \(command)'") }
    return calls.isEmpty ? "" : "; did you mean \(calls.joined(separator: " or "))?"
  }
}
