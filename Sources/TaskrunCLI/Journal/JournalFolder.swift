/// The folder that holds the journals of one manifest, whether it exists or not.
package struct JournalFolder: Sendable, Hashable {
  /// Why there is none.
  package enum Absence: Error, Sendable, Hashable {
    /// The manifest comes from standard input, so no later run can have the same.
    case standardInput
    /// `TASKRUN_STATE_DIR` is empty: the user wants none.
    case switchedOff
    /// No variable tells where the user's files are.
    case noHome
  }

  /// Its path.
  package let path: String

  /// Names the folder.
  /// - Parameters:
  ///   - manifest: the manifest's absolute path; `nil` for standard input.
  ///   - environment: of taskrun.
  /// - Throws: why there is no folder.
  package init(manifest: String?, environment: [String: String]) throws(Absence) {
    guard let manifest else { throw .standardInput }
    path = try Self.root(environment) + "/" + Self.readableName(of: manifest) + "-" + Self.hash(of: manifest)
  }

  /// The journal of a run.
  package func journal(of run: String) -> String { path + "/" + run + ".jsonl" }

  private static func root(_ environment: [String: String]) throws(Absence) -> String {
    if let folder = environment["TASKRUN_STATE_DIR"] {
      if folder.isEmpty { throw .switchedOff }
      return folder
    }
    // A relative path is to be ignored, says the standard of these variables.
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/taskrun" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { throw .noHome }
    #if canImport(Darwin)
      return home + "/Library/Application Support/taskrun"
    #else
      return home + "/.local/state/taskrun"
    #endif
  }

  /// The last two parts of the path, as far as every file system takes them.
  private static func readableName(of path: String) -> String {
    var name = ""
    for part in path.split(separator: "/").suffix(2) {
      if !name.isEmpty { name += "-" }
      name += String(part)
    }
    var text = ""
    for scalar in name.unicodeScalars.prefix(60) {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": text.unicodeScalars.append(scalar)
      default: text += "_"
      }
    }
    return text
  }

  /// FNV-1a: two manifests do not share a folder by accident.
  private static func hash(of path: String) -> String {
    let hash = path.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension JournalFolder.Absence: CustomStringConvertible {
  /// The reason in words.
  package var description: String {
    switch self {
    case .standardInput: "the manifest comes from standard input"
    case .switchedOff: "TASKRUN_STATE_DIR is empty, which switches journals off"
    case .noHome: "HOME is not set; set TASKRUN_STATE_DIR to a folder"
    }
  }
}
