package import ConcurrentFutures

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A task that does one of many small things. It is the same work on a thread and in a worker process.
package struct Sample: WorkerTask {
  /// What to do.
  package enum Input: Codable, Sendable {
    /// Gives the number back.
    case number(Int)
    /// Throws an error that travels as itself.
    case fail(String)
    /// Throws an error that does not.
    case failPlainly(String)
    /// Notes that it has begun, waits for the file `gate` to appear, and gives the number back.
    case held(gate: String, number: Int)
    /// Waits until it is asked to stop, and stops.
    case obedient(begun: String)
    /// Never stops.
    case stubborn(begun: String)
    /// Adds a line to a file.
    case mark(file: String)
    /// Sleeps and gives the number back.
    case pause(milliseconds: Int, number: Int)
    /// The process that does it.
    case pid
    /// Ends the process with this code.
    case exit(Int32)
    /// Ends the process by this signal.
    case die(Int32)
    /// The value of a variable, as a number.
    case variable(String)
    /// Prints a line.
    case say(String)
  }

  package static var codableErrors: [any (Error & Codable & Sendable).Type] { [SampleError.self] }

  package static func run(_ input: Input, _ context: WorkerContext) throws -> Int {
    try run(input, context.cancellation)
  }

  /// The same for a thread.
  package static func run(_ input: Input, _ cancellation: CancellationToken) throws -> Int {
    switch input {
    case .number(let number): return number
    case .fail(let text): throw SampleError(text: text)
    case .failPlainly(let text): throw PlainError(description: text)
    case .held(let gate, let number):
      touch(gate + ".begun")
      while access(gate, F_OK) != 0 { usleep(1000) }
      return number
    case .obedient(let begun):
      touch(begun)
      while !cancellation.wait(for: .seconds(10)) {}
      throw CancellationError()
    case .stubborn(let begun):
      touch(begun)
      while true { pause() }
    case .mark(let file):
      let descriptor = open(file, O_CREAT | O_WRONLY | O_APPEND, 0o600)
      _ = write(descriptor, "x", 1)
      close(descriptor)
      return 0
    case .pause(let milliseconds, let number):
      usleep(UInt32(1000 * milliseconds))
      return number
    case .pid: return Int(getpid())
    case .exit(let code): endProcess(code)
    case .die(let signal):
      // More than once: Swift's handler for crashes takes the first signal and leaves the end to a second one.
      while true {
        kill(getpid(), signal)
        usleep(1000)
      }
    case .variable(let name): return getenv(name).flatMap { Int(String(cString: $0)) } ?? -1
    case .say(let text):
      print(text)
      return 0
    }
  }

  private static func touch(_ path: String) { close(open(path, O_CREAT | O_WRONLY, 0o600)) }
}

/// An error that both sides know.
package struct SampleError: Error, Codable, Sendable, Equatable {
  package var text: String

  package init(text: String) { self.text = text }
}

/// An error that arrives as a `RemoteError`.
package struct PlainError: Error, CustomStringConvertible {
  package var description: String
}

/// Gives back what it gets.
package struct Echo: WorkerTask {
  package struct Box: Codable, Sendable, Equatable {
    package var text: String
    package var numbers: [Double]
    package var nested: [String: [Int?]]

    package init(text: String, numbers: [Double], nested: [String: [Int?]]) {
      (self.text, self.numbers, self.nested) = (text, numbers, nested)
    }
  }

  package static func run(_ box: Box, _ context: WorkerContext) -> Box { box }
}

/// An input that one side writes and the other does not take, an output that is written and not taken, and both.
package struct Picky: WorkerTask {
  package struct Number: Codable, Sendable, Equatable {
    package var value: Int

    package init(_ value: Int) { self.value = value }

    /// Not the number 7 in a worker, not the number 9 outside.
    package init(from decoder: any Decoder) throws {
      value = try decoder.singleValueContainer().decode(Int.self)
      guard value != (Worker.isWorker ? 7 : 9) else {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "\(value) is not taken"))
      }
    }

    /// Not the number 5 outside, not the number 8 in a worker.
    package func encode(to encoder: any Encoder) throws {
      guard value != (Worker.isWorker ? 8 : 5) else {
        throw EncodingError.invalidValue(
          value, .init(codingPath: [], debugDescription: "\(value) is not given"))
      }
      var container = encoder.singleValueContainer()
      try container.encode(value)
    }
  }

  package static func run(_ number: Number, _ context: WorkerContext) -> Number { number }
}

/// Its input has no JSON.
package struct Unreadable: WorkerTask {
  package static func run(_ number: Double, _ context: WorkerContext) -> Double { number }
}

/// Two names for one thing: how often it was begun is told by the process.
package struct Unknown: WorkerTask {
  package static func run(_ number: Int, _ context: WorkerContext) -> Int { FixtureInitializer.runs }
}

/// What happens in a worker before its first task.
package enum FixtureInitializer {
  // Written before any task runs, read by tasks.
  nonisolated(unsafe) package private(set) static var runs = 0

  package static func run() throws {
    runs += 1
    if let text = getenv("FIXTURE_INITIALIZER").map({ String(cString: $0) }) {
      throw PlainError(description: text)
    }
  }
}

private func endProcess(_ code: Int32) -> Never { exit(code) }
