#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes whole lines from any thread. Whoever comes while another thread writes leaves its line to it, so no
/// lock is held across a write.
final class LineWriter: Sendable {
  private struct State {
    var pending: [UInt8] = []
    var isWriting = false
  }

  private let descriptor: Int32
  private let state = Monitor(State())

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  func write(_ line: [UInt8]) {
    hold(line)
    flush()
  }

  /// Whether nothing is held back.
  var isEmpty: Bool { state.withLock { $0.pending.isEmpty } }

  /// Takes a line that is written together with the next one. Whoever holds lines back flushes them before it waits.
  func hold(_ line: [UInt8]) { state.withLock { $0.pending += line } }

  /// Writes what is held back.
  func flush() {
    let isMine = state.withLock { state in
      if state.isWriting || state.pending.isEmpty { return false }
      state.isWriting = true
      return true
    }
    guard isMine else { return }
    while let bytes = next() {
      // Nobody reads any more: the host is gone, and with it the reason to be here.
      guard bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }) else { _exit(0) }
    }
  }

  private func next() -> [UInt8]? {
    state.withLock { state in
      guard !state.pending.isEmpty else {
        state.isWriting = false
        return nil
      }
      defer { state.pending = [] }
      return state.pending
    }
  }
}
