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
    let quotas = cgroupDirectories(read("/proc/self/cgroup") ?? "").compactMap { directory in
      read(directory + "/cpu.max").flatMap(quota(cpuMax:))
        ?? read(directory + "/cpu.cfs_quota_us").flatMap { quota in
          read(directory + "/cpu.cfs_period_us").flatMap { Self.quota(text: quota, period: $0) }
        }
    }
    let processors = quotas.min().map { min(Double(allowed), $0.rounded(.up)) } ?? Double(allowed)
    return max(1, Int(processors))
  }

  /// The folders whose quota holds for this process: its group, and every group around it up to the root, for the
  /// second version of control groups and for the first one's `cpu` controller.
  static func cgroupDirectories(_ text: String) -> [String] {
    text.split(separator: "\n").flatMap { line -> [String] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let roots: [String]
      if fields[0] == "0", fields[1].isEmpty {
        roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
      } else if fields[1].split(separator: ",").contains("cpu") {
        roots = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/\(fields[1])"]
      } else {
        return []
      }
      let parts = fields[2].split(separator: "/")
      let paths = (0...parts.count).map { parts.prefix($0).map { "/" + $0 }.joined() }
      return roots.flatMap { root in paths.map { root + $0 } }
    }
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
    var buffer = [UInt8](repeating: 0, count: 16_384)
    let length = read(file, &buffer, buffer.count)
    return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : nil
  }
}
