package import Foundation
package import Testing

/// A folder of one test, removed with its content when the last one who knows it lets go.
package final class TemporaryFolder: Sendable {
  /// The absolute path, without symbolic links, for that is how programs see the folder they run in.
  package let path: String

  /// The folder of all temporary files. Foundation's way to resolve links makes `/private/var` of macOS a link again.
  private static let parent: String = {
    let path = FileManager.default.temporaryDirectory.path
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }()

  /// Makes a folder that nobody else has; if it cannot be made, an issue is recorded.
  package init(sourceLocation: SourceLocation = #_sourceLocation) {
    path = Self.parent + "/taskrun-test-" + UUID().uuidString.lowercased()
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    } catch {
      Issue.record("cannot make the folder '\(path)': \(error)", sourceLocation: sourceLocation)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path as a URL.
  package var url: URL { URL(filePath: path) }

  /// The absolute path of something in the folder.
  package subscript(name: String) -> String { path + "/" + name }

  /// Whether something of that name is there; a link counts as what it leads to.
  package func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }

  /// All names in the folder, hidden ones too, sorted; if it cannot be read, an issue is recorded.
  package var names: [String] {
    do {
      return try names(in: "")
    } catch {
      // "Nothing is there" would pass for "nothing is left behind".
      Issue.record("cannot list the folder '\(path)': \(error)")
      return []
    }
  }

  /// All names in a folder below, hidden ones too, sorted.
  /// - Throws: what Foundation says if there is no such folder.
  package func names(in subfolder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: self[subfolder]).sorted()
  }

  /// The content of a file.
  /// - Throws: what Foundation says if it cannot be read.
  package func bytes(of name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: self[name])))
  }

  /// The content of a file, with U+FFFD for what is not UTF-8.
  /// - Throws: what Foundation says if it cannot be read.
  package func text(_ name: String) throws -> String { String(decoding: try bytes(of: name), as: UTF8.self) }

  /// What somebody else has written to a file by now: nothing, if he has not begun.
  package func textSoFar(_ name: String) -> String { (try? text(name)) ?? "" }

  /// Writes a file, and makes the folders above it.
  /// - Parameter mode: its permissions.
  /// - Returns: its absolute path.
  /// - Throws: what Foundation says if that cannot be.
  @discardableResult
  package func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
    let url = URL(filePath: self[name])
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: self[name])
    return self[name]
  }
}
