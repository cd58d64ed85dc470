import CSystem

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How many processors this process may use: not how many the machine has.
///
/// The smaller of the processors it may be scheduled on and the quota of its control groups, rounded up.
public enum ProcessorCount {
  /// The number now, at least 1. Reads a few small files on Linux; a file that is missing, unreadable or empty
  /// sets no limit.
  public static var available: Int { count(allowed: Int(csystem_allowed_processors()), read: contents) }

  /// The number from the system's files; a function of its arguments.
  /// - Parameters:
  ///   - allowed: the processors it may be scheduled on.
  ///   - read: the text of a file; `nil` if it cannot be read.
  static func count(allowed: Int, read: (String) -> String?) -> Int {
    let groups = cgroups(read("/proc/self/cgroup") ?? "")
    let quotas = groups.unified.compactMap { directory in
      read(directory + "/cpu.max").flatMap(quota(cpuMax:))
    }
    let controllerQuotas = groups.controller.compactMap { directory -> Double? in
      // Most groups have none, which is -1.
      guard let quota = read(directory + "/cpu.cfs_quota_us"), !quota.hasPrefix("-"),
        let period = read(directory + "/cpu.cfs_period_us")
      else { return nil }
      return Self.quota(text: quota, period: period)
    }
    let processors =
      (quotas + controllerQuotas).min().map { min(Double(allowed), $0.rounded(.up)) } ?? Double(allowed)
    return max(1, Int(processors))
  }

  /// The folders whose quota holds for this process: its group, and every group around it up to the root, for the
  /// second version of control groups (`unified`) and for the first one's `cpu` controller.
  static func cgroups(_ text: String) -> (unified: [String], controller: [String]) {
    var groups: (unified: [String], controller: [String]) = ([], [])
    for line in text.pieces(separatedBy: "\n") {
      let fields = line.pieces(separatedBy: ":", maxSplits: 2)
      guard fields.count == 3 else { continue }
      if fields[0] == "0", fields[1].isEmpty {
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
          groups.unified += paths(from: root, along: fields[2])
        }
      } else if fields[1].pieces(separatedBy: ",").contains("cpu") {
        groups.controller += paths(from: "/sys/fs/cgroup/cpu", along: fields[2])
        if fields[1] != "cpu" {
          groups.controller += paths(from: "/sys/fs/cgroup/\(fields[1])", along: fields[2])
        }
      }
    }
    return groups
  }

  private static func paths(from root: String, along path: String) -> [String] {
    var paths = [root]
    for part in path.pieces(separatedBy: "/") where !part.isEmpty {
      paths.append((paths.last ?? root) + "/" + part)
    }
    return paths
  }

  /// Processors from `cpu.max`: `50000 100000`, or `max 100000` for no limit.
  static func quota(cpuMax text: String) -> Double? {
    let fields = text.split { $0 == " " || $0 == "\n" }
    guard let quota = fields.first else { return nil }
    return Self.quota(text: String(quota), period: fields.count > 1 ? String(fields[1]) : "100000")
  }

  /// Processors from a quota and a period in the same unit; `nil` for anything that is no limit, such as -1.
  static func quota(text: String, period: String) -> Double? {
    guard let quota = Double(trimmed(text[...])), let period = Double(trimmed(period[...])), quota > 0,
      period > 0
    else { return nil }
    return quota / period
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return text
  }

  /// The beginning of a small file, as text.
  private static func contents(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
