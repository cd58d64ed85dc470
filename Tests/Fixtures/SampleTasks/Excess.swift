package import ConcurrentFutures

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Tasks that go too far.
package struct Excess: WorkerTask {
  package enum Input: Codable, Sendable {
    /// Takes so much memory, touches all of it, and keeps it.
    case memory(bytes: Int)
    /// Computes without end.
    case processorTime
    /// Adds a line to a file, and ends the process at once.
    case markAndDie(file: String)
  }

  package static func run(_ input: Input, _ context: WorkerContext) throws -> Int {
    switch input {
    case .memory(let bytes):
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
      memset(memory, 1, bytes)
      while true { pause() }
    case .processorTime:
      var number: UInt64 = 1
      while number != 0 { number = number &* 6_364_136_223_846_793_005 | 1 }
      return 0
    case .markAndDie(let file):
      _ = try Sample.run(.mark(file: file), context)
      return try Sample.run(.die(SIGKILL), context)
    }
  }
}
