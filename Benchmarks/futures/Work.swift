import ConcurrentFutures

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The cases as this library does them. Each is the counterpart of a function in ../python/cases.py.
enum Work {
  private static let workers = 2

  /// Runs a case and returns its number.
  static func run(_ name: String, count: Int, folder: String?) throws -> Double {
    switch name {
    case "threads-submit": try onThreads(count) { try submitAll(count, $0) }
    case "threads-lock-step": try onThreads(count) { try lockStep(count, $0) }
    case "processes-submit": try onProcesses(count) { try submitAll(count, $0) }
    case "processes-lock-step": try onProcesses(count) { try lockStep(count, $0) }
    case "processes-map": try onProcesses(count) { try map(count, $0) }
    case "processes-echo": try onProcesses(count) { try echo(count, $0) }
    case "start": try start(count, folder ?? "")
    case "memory": try memory(count)
    default: fatalError("no case '\(name)'")
    }
  }

  // MARK: Pools

  private typealias Submit = (Int) throws -> Future<Int>

  private static func onThreads(_ count: Int, _ body: (Submit) throws -> Double) throws -> Double {
    // As many as Python's queue takes, which has no end.
    try withThreadExecutor(maxWorkers: workers, queueLimit: max(count, 100)) { pool in
      let submit: Submit = { number in try pool.trySubmit { number } }
      _ = try submitAll(100, submit)
      return try body(submit)
    }
  }

  private static func onProcesses(_ count: Int, _ body: (Submit) throws -> Double) throws -> Double {
    try onProcesses(count) { pool in try body { number in try pool.trySubmit(NoOp.self, number) } }
  }

  private static func onProcesses(
    _ count: Int, _ body: (ProcessExecutor) throws -> Double
  ) throws -> Double {
    let pool = try ProcessExecutor(maxWorkers: workers, queueLimit: max(count, 100))
    _ = try submitAll(100) { number in try pool.trySubmit(NoOp.self, number) }
    let result = try body(pool)
    pool.shutdownBlocking()
    return result
  }

  // MARK: Cases

  private static func submitAll(_ count: Int, _ submit: Submit) throws -> Double {
    let begin = ContinuousClock.now
    let futures = try (0..<count).map(submit)
    for (number, future) in futures.enumerated() { check(try future.wait() == number) }
    return rate(count, since: begin)
  }

  private static func lockStep(_ count: Int, _ submit: Submit) throws -> Double {
    let begin = ContinuousClock.now
    for number in 0..<count { check(try submit(number).wait() == number) }
    return rate(count, since: begin)
  }

  private static func map(_ count: Int, _ pool: ProcessExecutor) throws -> Double {
    let begin = ContinuousClock.now
    var total = 0
    for result in try pool.map(NoOp.self, 0..<count).blocking { total += try result.get() }
    precondition(total == count * (count - 1) / 2)
    return rate(count, since: begin)
  }

  private static func echo(_ count: Int, _ pool: ProcessExecutor) throws -> Double {
    let text = String(repeating: "x", count: 8 << 20)
    let begin = ContinuousClock.now
    for _ in 0..<count {
      check(try pool.trySubmit(Echo.self, text).wait().utf8.count == text.utf8.count)
    }
    return rate(2 * 8 * count, since: begin)
  }

  private static func start(_ count: Int, _ folder: String) throws -> Double {
    let begin = ContinuousClock.now
    let pool = try ProcessExecutor(maxWorkers: count)
    let futures = try (0..<count).map { _ in
      try pool.trySubmit(Meet.self, Meet.Input(folder: folder, count: count))
    }
    let pids = Set(try futures.map { try $0.wait() })
    let taken = ContinuousClock.now - begin
    precondition(pids.count == count)
    pool.shutdownBlocking()
    return taken / .milliseconds(1)
  }

  private static func memory(_ count: Int) throws -> Double {
    try withThreadExecutor(maxWorkers: 1, queueLimit: count) { pool in
      // Not held by a future: a body that waits for one gives its place to another, which would empty the queue.
      let held = try pool.trySubmit { token in _ = token.wait(for: .seconds(600)) }
      let before = residentBytes()
      let futures = try (0..<count).map { number in try pool.trySubmit { number } }
      let grown = residentBytes() - before
      held.requestStop()
      try held.wait()
      return Double(grown) / Double(futures.count)
    }
  }

  private static func check(_ isRight: Bool) { precondition(isRight, "a wrong result") }

  // MARK: Measuring

  private static func rate(_ count: Int, since begin: ContinuousClock.Instant) -> Double {
    Double(count) / ((ContinuousClock.now - begin) / .seconds(1))
  }

  private static func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    fgets(&line, Int32(line.count), file)
    let fields = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
