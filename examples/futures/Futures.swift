// The four parts of the usual tutorial on Python's concurrent.futures, in Swift. docs/futures.md explains them.
import ConcurrentFutures

/// Work for a worker process: how many primes are below a number.
struct CountPrimes: WorkerTask {
  static func run(_ limit: Int, _ context: WorkerContext) throws -> Int {
    var isComposite = [Bool](repeating: false, count: max(2, limit))
    var count = 0
    for number in stride(from: 2, to: limit, by: 1) where !isComposite[number] {
      try context.checkCancellation()
      count += 1
      for multiple in stride(from: number * number, to: limit, by: number) { isComposite[multiple] = true }
    }
    return count
  }
}

@main
enum Example {
  static func main() async throws {
    // In a worker this does not return. It comes first, so that no worker does anything else.
    Worker.runIfRequested(CountPrimes.self)
    try await submissionOrder()
    try await completionOrder()
    try await map()
    try await processes()
  }

  // snippet: submission-order
  /// Results in the order of the submissions.
  static func submissionOrder() async throws {
    try await withThreadExecutor(maxWorkers: 3) { executor in
      var futures: [Future<String>] = []
      for name in ["ada", "grace", "edsger"] {
        futures.append(try await executor.submit { greeting(for: name) })
      }
      for future in futures { print(try await future.value) }
    }
  }
  // end

  // snippet: completion-order
  /// Results as they finish.
  static func completionOrder() async throws {
    try await withThreadExecutor(maxWorkers: 3) { executor in
      let gate = Promise<Void>()
      let slow = try await executor.submit {
        try gate.future.wait()
        return "the slow one"
      }
      let quick = try await executor.submit { "the quick one" }
      for try await future in asCompleted([slow, quick]) {
        print(try await future.value)
        gate.complete(.success(()))
      }
    }
  }
  // end

  // snippet: map
  /// One function, many inputs, results in their order.
  static func map() async throws {
    try await withThreadExecutor(maxWorkers: 3) { executor in
      for try await text in try executor.mapThrowing(1...5, { "\($0) squared is \($0 * $0)" }) { print(text) }
    }
  }
  // end

  // snippet: processes
  /// The same for work that computes: in worker processes, as they finish.
  static func processes() async throws {
    try await withProcessExecutor(maxWorkers: 2) { executor in
      var limits: [Future<Int>: Int] = [:]
      for limit in [10, 1_000, 100_000] {
        limits[try await executor.submit(CountPrimes.self, limit, timeout: .seconds(10))] = limit
      }
      for try await future in asCompleted(limits.keys) {
        print("\(try await future.value) primes below \(limits[future] ?? 0)")
      }
    }
  }
  // end

  static func greeting(for name: String) -> String { "hello, \(name)" }
}
