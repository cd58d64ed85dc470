package import Foundation

/// The files of this repository, for the tests that compare a page with the program.
package enum Repository {
  /// Its folder.
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The content of a file.
  /// - Parameter path: seen from the repository's folder.
  /// - Throws: what Foundation says if it cannot be read.
  package static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
  }
}
