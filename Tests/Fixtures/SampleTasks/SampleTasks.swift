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
    /// Throws what an expired wait throws.
    case failAsWait
    /// Notes that it has begun, waits for the file `gate` to appear, and gives the number back.
    case held(gate: String, number: Int)
    /// Waits until it is asked to stop, and stops.
    case obedient(begun: String)
    /// Never stops.
    case stubborn(begun: String)
    /// Adds an "x" to a file.
    case mark(file: String)
    /// Adds a text to a file.
    case append(String, file: String)
    /// Adds a line to a file, and goes on for so long unless it is asked to stop.
    case markAndStay(file: String, microseconds: Int)
    /// Sleeps and gives the number back.
    case pause(milliseconds: Int, number: Int)
    /// The process that does it.
    case pid
    /// How many descriptors that process has open.
    case descriptors
    /// Ends the process with this code.
    case exit(Int32)
    /// Ends the process by this signal.
    case die(Int32)
    /// Writes a text to standard error, and ends the process by this signal.
    case complainAndDie(String, Int32)
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
    case .failAsWait: throw WaitTimeout(timeout: .seconds(9))
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
      append("x", to: file)
      return 0
    case .append(let text, let file):
      append(text, to: file)
      return 0
    case .markAndStay(let file, let microseconds):
      append("x", to: file)
      if cancellation.wait(for: .microseconds(microseconds)) { throw CancellationError() }
      return 0
    case .pause(let milliseconds, let number):
      usleep(UInt32(1000 * milliseconds))
      return number
    case .pid: return Int(getpid())
    case .descriptors: return (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
    case .exit(let code): endProcess(code)
    case .die(let signal): die(signal)
    case .complainAndDie(let text, let signal):
      writeAll(text, to: STDERR_FILENO)
      die(signal)
    case .variable(let name): return getenv(name).flatMap { Int(String(cString: $0)) } ?? -1
    case .say(let text):
      print(text)
      return 0
    }
  }

  /// Appends in one piece, also while others do.
  package static func append(_ text: String, to path: String) {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_APPEND, 0o600)
    writeAll(text, to: descriptor)
    close(descriptor)
  }

  private static func writeAll(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  private static func die(_ signal: Int32) -> Never {
    // More than once: Swift's handler for crashes takes the first signal and leaves the end to a second one.
    while true {
      kill(getpid(), signal)
      usleep(1000)
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

/// An object that can be watched.
package final class Token: Codable, Sendable {
  package let number: Int

  package init(_ number: Int) { self.number = number }
}

/// Makes an object of a number.
package struct MakeToken: WorkerTask {
  package static func run(_ number: Int, _ context: WorkerContext) -> Token { Token(number) }
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

/// Makes a list of lists of lists, and so on.
package struct Nested: WorkerTask {
  package struct Input: Codable, Sendable {
    package var tower: Tower
    /// How many levels the output has.
    package var levels: Int

    package init(_ tower: Tower, levels: Int) { (self.tower, self.levels) = (tower, levels) }
  }

  /// So many lists inside of one another.
  package struct Tower: Codable, Sendable, Equatable {
    package var levels: Int

    package init(_ levels: Int) { self.levels = levels }

    package init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      levels = list.isAtEnd ? 1 : try list.decode(Tower.self).levels + 1
    }

    package func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      if levels > 1 { try list.encode(Tower(levels - 1)) }
    }
  }

  package static func run(_ input: Input, _ context: WorkerContext) -> Tower { Tower(input.levels) }
}

/// Two task types with the same last name.
package enum Daily {
  package struct Report: WorkerTask {
    package static func run(_ number: Int, _ context: WorkerContext) -> Int { number + 1 }
  }
}

package enum Weekly {
  package struct Report: WorkerTask {
    package static func run(_ number: Int, _ context: WorkerContext) -> Int { number + 7 }
  }
}

/// No worker knows it.
package struct Unnamed: WorkerTask {
  package static func run(_ number: Int, _ context: WorkerContext) -> Int { number }
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

  /// Whether the worker is one with two task types of the same name.
  package static var offersTwins: Bool { getenv("FIXTURE_TWINS") != nil }

  package static func run() throws {
    runs += 1
    if let file = getenv("FIXTURE_STARTS").map({ String(cString: $0) }) { Sample.append("x", to: file) }
    if let text = getenv("FIXTURE_INITIALIZER").map({ String(cString: $0) }) {
      throw PlainError(description: text)
    }
  }
}

private func endProcess(_ code: Int32) -> Never { exit(code) }
