import Synchronization
public import TaskrunAPI

/// An output that keeps what is written, for tests of reporters; it can refuse one write.
///
/// A class, for the reporter and the test share it. May be used from any thread.
public final class RecordingOutput: ReportOutput {
  private struct State {
    var bytes: [UInt8] = []
    var writes = 0
  }

  private let state = Mutex(State())
  private let failingWrite: Int?

  /// Makes an output.
  /// - Parameter failingWrite: which write throws ``OutputRefused``, from 1, with all later
  ///   ones; `nil` for none.
  public init(failingWrite: Int? = nil) {
    self.failingWrite = failingWrite
  }

  /// All bytes so far.
  public var bytes: [UInt8] { state.withLock { $0.bytes } }
  /// All bytes so far as text; what is not UTF-8 becomes U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  /// How many writes there were, the refused ones among them.
  public var writes: Int { state.withLock { $0.writes } }

  /// Appends the bytes.
  /// - Throws: ``OutputRefused``, if this output was made to.
  public func write(_ bytes: [UInt8]) throws {
    try state.withLock { state in
      state.writes += 1
      if let failingWrite, state.writes >= failingWrite { throw OutputRefused(write: state.writes) }
      state.bytes += bytes
    }
  }
}

/// What ``RecordingOutput`` throws.
public struct OutputRefused: Error, Hashable, Sendable {
  /// Which write was refused, from 1.
  public var write: Int
}
