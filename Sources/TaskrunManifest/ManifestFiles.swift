/// The files that a manifest reads besides itself. This target reads none: whoever loads a manifest brings this.
///
/// Paths are relative to wherever the path of the manifest is relative to, or absolute.
package protocol ManifestFiles: Sendable {
  /// Reads a whole file. It never waits for a writer: what is not a file is refused.
  /// - Throws: if there is no such file, it cannot be read, or it has more than `limitBytes`.
  func read(_ path: String, limitBytes: Int) throws(ManifestFileError) -> [UInt8]

  /// What a folder has in it, in any order, without `.` and `..`.
  /// - Parameter path: the folder; empty for the one where relative paths begin.
  /// - Throws: if there is no such folder, or it cannot be read.
  func entries(of path: String) throws(ManifestFileError) -> [FolderEntry]

  /// One name for one file, by whichever links and dots it is reached; `nil` if there is no such file.
  func canonicalPath(_ path: String) -> String?
}

/// One name in a folder.
package struct FolderEntry: Sendable, Hashable {
  /// What it names.
  package enum Kind: Sendable, Hashable {
    /// A folder.
    case folder
    /// A symbolic link to a folder.
    case linkedFolder
    /// Anything else.
    case file
  }

  /// The name; what is not UTF-8 in it is U+FFFD.
  package var name: String
  /// Whether the name is UTF-8.
  package var isText: Bool
  /// What it names.
  package var kind: Kind

  /// Makes an entry.
  package init(name: String, isText: Bool = true, kind: Kind) {
    self.name = name
    self.isText = isText
    self.kind = kind
  }
}

/// Why a file that a manifest names has not been read.
package enum ManifestFileError: Error, Sendable, Hashable {
  /// There is nothing of that name.
  case missing
  /// It is something else, such as `a folder`.
  case notAFile(kind: String)
  /// It has more bytes than it may have.
  case tooLarge(limitBytes: Int)
  /// The system refuses, for this reason.
  case unreadable(reason: String)
}

extension ManifestFileError: CustomStringConvertible {
  /// The error in words, without the path.
  package var description: String {
    switch self {
    case .missing: "no such file or directory"
    case .notAFile(let kind): "it is \(kind), not a file"
    case .tooLarge(let limit): "it is larger than \(limit >> 20) MiB"
    case .unreadable(let reason): reason
    }
  }
}

/// No files at all, for a manifest that stands alone.
package struct NoManifestFiles: ManifestFiles {
  /// There is only this one.
  package init() {}

  package func read(_ path: String, limitBytes: Int) throws(ManifestFileError) -> [UInt8] { throw .missing }

  package func entries(of path: String) throws(ManifestFileError) -> [FolderEntry] { throw .missing }

  package func canonicalPath(_ path: String) -> String? { nil }
}

/// Paths as text; nothing here looks at a disk.
enum FilePath {
  /// A path that is relative to a folder, or absolute.
  /// - Parameter folder: empty for where relative paths begin.
  static func joined(_ folder: String, _ path: String) -> String {
    if folder.isEmpty || path.hasPrefix("/") { return path }
    if path.isEmpty { return folder }
    return folder.hasSuffix("/") ? folder + path : folder + "/" + path
  }

  /// The folder of a file: empty for `a.yaml` and `-`, `/` for `/a.yaml`.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
