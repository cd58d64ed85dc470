import ConcurrentFutures

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Nothing but the way there and back.
struct NoOp: WorkerTask {
  static func run(_ number: Int, _ context: WorkerContext) -> Int { number }
}

/// Gives back what it gets.
struct Echo: WorkerTask {
  static func run(_ text: String, _ context: WorkerContext) -> String { text }
}

/// Says that this worker is here, and waits until as many others are.
struct Meet: WorkerTask {
  struct Input: Codable, Sendable {
    var folder: String
    var count: Int
  }

  static func run(_ input: Input, _ context: WorkerContext) -> Int {
    close(open("\(input.folder)/\(getpid())", O_CREAT | O_WRONLY, 0o600))
    while entries(of: input.folder) < input.count { usleep(500) }
    return Int(getpid())
  }

  private static func entries(of folder: String) -> Int {
    guard let directory = opendir(folder) else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count - 2
  }
}
