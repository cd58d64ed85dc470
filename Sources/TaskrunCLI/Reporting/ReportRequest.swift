package import TaskrunAPI

/// One `-r NAME[:PATH]` as it was given.
package struct ReportRequest: Sendable, Hashable {
  /// The format's name.
  package var name: String
  /// Where the report goes.
  package var target: ReportTarget

  /// Makes a request.
  package init(name: String, target: ReportTarget = .standardOutput) {
    self.name = name
    self.target = target
  }

  /// Reads `NAME` or `NAME:PATH`; the first colon divides them.
  /// - Throws: ``ReportUsageError/missingName(_:)``, ``ReportUsageError/missingPath(_:)``.
  package init(parsing text: String) throws(ReportUsageError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty else { throw .missingName(text) }
    if parts.count == 2, parts[1].isEmpty { throw .missingPath(String(name)) }
    self.init(name: String(name), target: parts.count == 2 ? ReportTarget(String(parts[1])) : .standardOutput)
  }
}

/// Where a report goes.
package enum ReportTarget: Sendable, Hashable {
  /// The program's standard output.
  case standardOutput
  /// A file or a device, as the user named it.
  case path(String)

  /// Reads a path; `-` and the system's own names of standard output mean ``standardOutput``.
  package init(_ path: String) {
    self =
      ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path) ? .standardOutput : .path(path)
  }
}

extension ReportTarget: CustomStringConvertible {
  /// The path as it was given, or `standard output`.
  package var description: String {
    switch self {
    case .standardOutput: "standard output"
    case .path(let path): path
    }
  }
}

/// A report that can be opened: its format is known and nobody else writes to its target.
package struct ResolvedReport: Sendable {
  /// The format.
  package var format: any ReportFormat
  /// Where the report goes.
  package var target: ReportTarget

  /// Finds the format of each request and checks that no two reports go to one place.
  /// - Parameters:
  ///   - requests: in the order of the command line; the order is kept.
  ///   - formats: what there is.
  /// - Throws: the first ``ReportUsageError``.
  package static func resolve(
    _ requests: [ReportRequest], formats: [any ReportFormat]
  ) throws(ReportUsageError) -> [ResolvedReport] {
    var reports: [ResolvedReport] = []
    for request in requests {
      guard let format = formats.first(where: { $0.name == request.name }) else {
        throw .unknownFormat(request.name, known: formats.map(\.name))
      }
      if case .path(let path) = request.target, path.hasSuffix("/") {
        throw .noFolder(format: request.name, path: path)
      }
      let target = request.target.normalized
      if let owner = reports.last(where: { $0.target.normalized == target }) {
        throw .sameTarget(request.target, owner.format.name, request.name)
      }
      reports.append(ResolvedReport(format: format, target: request.target))
    }
    return reports
  }
}

extension ReportTarget {
  /// `./a//b` and `c/../a/b` are `a/b`. Links are not looked at.
  fileprivate var normalized: ReportTarget {
    guard case .path(let path) = self else { return self }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return .path((path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/"))
  }
}
