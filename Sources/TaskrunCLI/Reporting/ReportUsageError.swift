/// What can be wrong with `-r` itself, before anything is opened.
package enum ReportUsageError: Error, Sendable, Hashable {
  /// Nothing stands before the colon.
  case missingName(String)
  /// Nothing stands behind the colon.
  case missingPath(String)
  /// There is no such format; these there are.
  case unknownFormat(String, known: [String])
  /// A folder was named, and the format writes one file.
  case noFolder(format: String, path: String)
  /// Two formats, in the order of the command line, would write to one place.
  case sameTarget(ReportTarget, String, String)
}

extension ReportUsageError: CustomStringConvertible {
  /// The error in words.
  package var description: String {
    switch self {
    case .missingName(let text): "no report format in '\(text)'; expected 'NAME' or 'NAME:PATH'"
    case .missingPath(let name):
      "no path in '\(name):'; expected '\(name):PATH', or '\(name)' for standard output"
    case .unknownFormat(let name, let known):
      "unknown report format '\(name)'; " + Self.suggestion(for: name, among: known)
    case .noFolder(let format, let path):
      "report '\(format)' is one file, and '\(path)' is a folder; expected a file such as '\(path)report'"
    case .sameTarget(.standardOutput, let first, let second):
      "reports '\(first)' and '\(second)' both go to standard output; give one a path: '\(second):PATH'"
    case .sameTarget(.path(let path), let first, let second):
      "reports '\(first)' and '\(second)' both go to '\(path)'; give one another path"
    }
  }

  private static func suggestion(for name: String, among known: [String]) -> String {
    let nearest = known.map { ($0, distance(name.lowercased(), $0)) }.min { $0.1 < $1.1 }
    if let (word, distance) = nearest, distance <= 2, distance < word.count {
      return "did you mean '\(word)'?"
    }
    return known.isEmpty ? "there are none" : "expected " + known.sorted().joined(separator: ", ")
  }

  /// How many letters have to be added, removed or changed.
  private static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in second.indices {
        let change = diagonal + (letter == second[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, diagonal + 1)
      }
    }
    return row[second.count]
  }
}
