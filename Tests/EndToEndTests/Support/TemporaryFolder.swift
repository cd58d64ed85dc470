import Foundation

/// A folder of one test, removed with its content when the last one who knows it lets go.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    // Resolved, for tasks see the folder without symbolic links.
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    path = base + "/taskrun-e2e-" + UUID().uuidString.lowercased()
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The absolute path of something in the folder.
  subscript(name: String) -> String { path + "/" + name }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }

  /// All names in the folder, sorted.
  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: self[name])), as: UTF8.self)
  }

  func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
    let url = URL(filePath: self[name])
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: self[name])
  }
}
