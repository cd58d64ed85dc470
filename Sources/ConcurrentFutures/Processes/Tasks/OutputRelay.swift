import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Passes on what tasks print to where this program's own complaints go, as for any other child.
///
/// On a thread of its own: whoever reads there may be slow, and then neither results nor workers' answers wait. While
/// much is under way the workers' logs are not read, so that they wait as they would if they wrote there themselves.
final class OutputRelay: Sendable {
  /// From here on logs are left unread.
  private static let fullBytes = 1 << 20
  /// What comes beyond that, in messages or with answers, is left out, which is said.
  private static let limitBytes = 64 << 20

  private struct State {
    var pendingBytes = 0
    var omittedBytes = 0
    var isUsed = false
  }

  private let state = Mutex(State())
  private let queue = CallbackQueue(idleTimeout: .seconds(10), name: "cf-output")
  private let output: Int32
  private let whenRoom: @Sendable () -> Void

  /// - Parameters:
  ///   - output: where it goes.
  ///   - whenRoom: called on the relay's thread when logs may be read again.
  init(output: Int32, whenRoom: @escaping @Sendable () -> Void) {
    self.output = output
    self.whenRoom = whenRoom
  }

  deinit { queue.finish() }

  /// Whether logs should be left unread for now.
  var isFull: Bool { state.withLock { $0.pendingBytes >= Self.fullBytes } }

  /// Passes something on. Does not wait.
  func pass(_ text: [UInt8]) {
    let isTaken = state.withLock { state in
      state.isUsed = true
      guard state.pendingBytes + text.count <= Self.limitBytes else {
        state.omittedBytes += text.count
        return false
      }
      state.pendingBytes += text.count
      return true
    }
    if isTaken { queue.add { self.write(text) }?() }
  }

  private func write(_ text: [UInt8]) {
    _ = text.withUnsafeBytes { writeAll($0, to: output) }
    let (omitted, hasRoom) = state.withLock { state in
      let wasFull = state.pendingBytes >= Self.fullBytes
      state.pendingBytes -= text.count
      defer { state.omittedBytes = 0 }
      return (state.omittedBytes, wasFull && state.pendingBytes < Self.fullBytes)
    }
    if omitted > 0 {
      _ = Array("\n[\(omitted) bytes of output left out]\n".utf8).withUnsafeBytes { writeAll($0, to: output) }
    }
    if hasRoom { whenRoom() }
  }

  /// A wait until all has been written that was passed on before; `nil` if nothing ever was.
  func delivery() -> Waiter? {
    guard state.withLock({ $0.isUsed }) else { return nil }
    let waiter = Waiter()
    queue.add { waiter.signal() }?()
    return waiter
  }

  /// Nothing more will come: the thread ends.
  func finish() { queue.finish() }
}
