import Foundation
import Testing

/// What the system says about processes, independently of taskrun.
enum ProcessTable {
  /// One living process.
  struct Entry: Sendable, Hashable, CustomStringConvertible {
    var pid: Int
    var parent: Int
    var group: Int
    var session: Int
    /// As in `/proc/PID/stat`: `R`, `S`, `T`, `Z`, ...
    var state: Character
    var command: String

    var description: String { "\(pid) (\(command), \(state), parent \(parent))" }
  }

  /// The process of that number, also if it is a zombie; `nil` if there is none.
  static func entry(_ pid: Int) -> Entry? {
    guard let data = bytes("/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: data, as: UTF8.self)
    // "pid (name) state parent group session ...", and the name may hold anything.
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
    let fields = text[close...].split(separator: " ").dropFirst().map { String($0) }
    guard fields.count > 3, let state = fields[0].first, let parent = Int(fields[1]),
      let group = Int(fields[2]), let session = Int(fields[3])
    else { return nil }
    return Entry(
      pid: pid, parent: parent, group: group, session: session, state: state,
      command: String(text[text.index(after: open)..<close]))
  }

  /// All living processes that have this entry in the environment they were started with.
  static func carrying(_ mark: String) -> [Entry] {
    let needle = Array(mark.utf8)
    return pids.compactMap { pid in
      guard let environment = bytes("/proc/\(pid)/environ") else { return nil }
      let hasMark = environment.split(separator: 0).contains { $0.elementsEqual(needle) }
      return hasMark ? entry(pid).flatMap { $0.state == "Z" ? nil : $0 } : nil
    }
  }

  /// All children of a process, zombies too.
  static func children(of parent: Int) -> [Entry] {
    pids.compactMap(entry).filter { $0.parent == parent }
  }

  /// All processes with this word on their command line.
  static func called(with word: String) -> [Entry] {
    pids.compactMap { pid in
      guard let line = bytes("/proc/\(pid)/cmdline") else { return nil }
      return line.split(separator: 0).contains { $0.elementsEqual(word.utf8) } ? entry(pid) : nil
    }
  }

  private static var pids: [Int] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int($0) }
    } catch {
      // "Nobody is there" would pass for "nothing is left behind".
      Issue.record("cannot list /proc: \(error)")
      return []
    }
  }

  /// The file's content; `nil` if its process is gone or somebody else's.
  private static func bytes(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno != ENOENT, errno != ESRCH, errno != EACCES {
        Issue.record("cannot open \(path): \(String(cString: strerror(errno)))")
      }
      return nil
    }
    defer { close(descriptor) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
