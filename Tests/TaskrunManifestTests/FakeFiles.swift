import TaskrunAPI
import TaskrunManifest

/// Files that only a test knows: contents by path. What stands before a slash is a folder.
struct FakeFiles: ManifestFiles {
  var files: [String: [UInt8]] = [:]
  /// Symbolic links to folders, by path.
  var links: [String: String] = [:]
  /// What the system refuses to read.
  var refused: Set<String> = []
  /// Names that are not UTF-8, by path.
  var strangeNames: Set<String> = []

  init(_ texts: [String: String] = [:]) {
    files = texts.mapValues { Array($0.utf8) }
  }

  func read(_ path: String, limitBytes: Int) throws(ManifestFileError) -> [UInt8] {
    if refused.contains(path) { throw .unreadable(reason: "permission denied") }
    guard let bytes = files[normal(path)] else { throw .missing }
    guard bytes.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
    return bytes
  }

  func entries(of path: String) throws(ManifestFileError) -> [FolderEntry] {
    if refused.contains(path) { throw .unreadable(reason: "permission denied") }
    let folder = normal(path)
    let prefix = folder.isEmpty || folder == "/" ? folder : folder + "/"
    var entries: [String: FolderEntry] = [:]
    for path in files.keys where path.hasPrefix(prefix) && path != prefix {
      let parts = path.dropFirst(prefix.count).split(separator: "/", maxSplits: 1)
      guard let name = parts.first.map({ String($0) }) else { continue }
      let kind: FolderEntry.Kind = parts.count > 1 ? .folder : .file
      entries[name] = FolderEntry(name: name, isText: !strangeNames.contains(path), kind: kind)
    }
    for path in links.keys where path.hasPrefix(prefix) && !path.dropFirst(prefix.count).contains("/") {
      let name = String(path.dropFirst(prefix.count))
      entries[name] = FolderEntry(name: name, kind: .linkedFolder)
    }
    if entries.isEmpty, !folder.isEmpty { throw .missing }
    // In an order that nobody would rely on.
    return entries.values.sorted { $0.name > $1.name }
  }

  func canonicalPath(_ path: String) -> String? { files[normal(path)] == nil ? nil : normal(path) }

  private func normal(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", parts.last != nil { parts.removeLast() } else { parts.append(part) }
    }
    var result = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    for (link, target) in links where result == link || result.hasPrefix(link + "/") {
      result = target + result.dropFirst(link.count)
    }
    return result
  }
}

/// The manifest `tasks.yaml` among other files, which is expected to be good.
func load(_ files: FakeFiles, _ variables: [(name: String, value: String)] = []) throws -> Manifest {
  var loader = ManifestLoader.sample(variables)
  loader.files = files
  return try loader.load(files.files["tasks.yaml"] ?? [], path: "tasks.yaml")
}

/// What is wrong with the manifest `tasks.yaml` among other files.
func rejection(of files: FakeFiles) -> ManifestRejected {
  do {
    _ = try load(files)
    return ManifestRejected(diagnostics: [])
  } catch {
    return error as? ManifestRejected ?? ManifestRejected(diagnostics: [])
  }
}

extension Manifest {
  /// The variables of a task, as its command gets them.
  func environment(of task: String) throws -> [String] {
    guard let task = tasks.first(where: { $0.name == task }) else { return [] }
    let scope = TemplateScope(vars: task.vars ?? vars)
    return try task.env.map { "\($0.key)=\(try $0.value.evaluate(in: scope).plainText)" }
  }
}
