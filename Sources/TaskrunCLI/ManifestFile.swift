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
    case unreadable(path: String, code: Int32)
    case notAFile(path: String, what: String)
    case tooLarge(path: String)
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
      bytes = try Self.read(STDIN_FILENO, path: "-")
      directory = Self.absolute(".")
      return
    }
    if let name { path = name } else { path = try Self.find() }
    // Not blocking: a FIFO without a writer must not hold us up before we can refuse it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(descriptor) }
    try Self.checkIsFile(descriptor, path: path)
    bytes = try Self.read(descriptor, path: path)
    directory = Self.absolute(Self.folder(of: path))
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  private static func find() throws(Failure) -> String {
    for name in RunOptions.manifestNames where access(name, F_OK) == 0 { return name }
    throw .noneFound(searched: RunOptions.manifestNames)
  }

  private static func checkIsFile(_ descriptor: Int32, path: String) throws(Failure) {
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw .unreadable(path: path, code: errno) }
    switch info.st_mode & S_IFMT {
    case S_IFREG: if info.st_size > limitBytes { throw .tooLarge(path: path) }
    case S_IFDIR: throw .notAFile(path: path, what: "a folder")
    case S_IFIFO: throw .notAFile(path: path, what: "a FIFO")
    case S_IFSOCK: throw .notAFile(path: path, what: "a socket")
    default: throw .notAFile(path: path, what: "a device")
    }
  }

  private static func read(_ descriptor: Int32, path: String) throws(Failure) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, &chunk, chunk.count)
      #else
        let count = Darwin.read(descriptor, &chunk, chunk.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, code: errno) }
      if count == 0 { return content }
      content += chunk[..<count]
      guard content.count <= limitBytes else { throw .tooLarge(path: path) }
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
    case .unreadable(let path, ENOENT):
      "cannot read manifest '\(path)': \(SystemError(code: ENOENT))" + Self.question(about: path)
    case .unreadable(let path, let code): "cannot read manifest '\(path)': \(SystemError(code: code))"
    case .notAFile(let path, let what): "cannot read manifest '\(path)': it is \(what), not a file"
    case .tooLarge(let path): "manifest '\(path)' is larger than \(ManifestFile.limitBytes >> 20) MiB"
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
