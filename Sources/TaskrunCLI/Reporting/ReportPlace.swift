import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a file is, whatever way leads there: its folder, and its name in it.
private struct ReportPlace: Hashable {
  let device: UInt64
  let folder: UInt64
  let name: Substring

  /// - Returns: `nil` if there is no such folder; opening the report says so.
  init?(_ path: String) {
    let slash = path.lastIndex(of: "/")
    var info = stat()
    guard stat(slash.map { String(path[...$0]) } ?? ".", &info) == 0 else { return nil }
    device = UInt64(info.st_dev)
    folder = UInt64(info.st_ino)
    name = slash.map { path[path.index(after: $0)...] } ?? path[...]
  }
}

extension ResolvedReport {
  /// Finds reports that go to one file by different ways: through a folder that is a link.
  /// - Throws: ``ReportUsageError/sameTarget(_:_:_:)``.
  package static func checkPlaces(of reports: [ResolvedReport]) throws(ReportUsageError) {
    guard reports.count > 1 else { return }
    var owners: [ReportPlace: String] = [:]
    for report in reports {
      guard case .path(let path) = report.target, let place = ReportPlace(path) else { continue }
      if let owner = owners.updateValue(report.format.name, forKey: place) {
        throw .sameTarget(report.target, owner, report.format.name)
      }
    }
  }
}
