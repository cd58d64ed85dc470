#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The one loop through which bytes leave the program: it writes all of them or throws.
///
/// It goes on after a signal and after a short write, and waits where a descriptor that does not block is
/// full. The program ignores SIGPIPE, so a reader that has left shows as `EPIPE`. Does not own the
/// descriptor. May be used from any thread; two writes at once may mix.
package struct CheckedOutput: Sendable {
  /// One system call: how many bytes were taken, or the negative `errno`.
  package typealias SystemWrite = @Sendable (Int32, UnsafeRawBufferPointer) -> Int

  /// Where the bytes go.
  package let descriptor: Int32
  private let systemWrite: SystemWrite

  /// Makes an output.
  /// - Parameters:
  ///   - descriptor: open for writing as long as the output is used.
  ///   - systemWrite: `write(2)`; tests put a worse one here.
  package init(descriptor: Int32, systemWrite: @escaping SystemWrite = Self.write(_:_:)) {
    self.descriptor = descriptor
    self.systemWrite = systemWrite
  }

  /// Standard output.
  package static let standardOutput = CheckedOutput(descriptor: STDOUT_FILENO)
  /// Standard error.
  package static let standardError = CheckedOutput(descriptor: STDERR_FILENO)

  /// Writes all bytes, in one system call if the system takes them at once.
  /// - Throws: what the system refused them with; a part may have been written.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    let failure = bytes.withUnsafeBytes { write(all: $0) }
    if let failure { throw failure }
  }

  /// Writes text as UTF-8.
  /// - Throws: what the system refused it with; a part may have been written.
  package func write(_ text: String) throws(SystemError) {
    try write(Array(text.utf8))
  }

  private func write(all bytes: UnsafeRawBufferPointer) -> SystemError? {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Some systems refuse more than INT_MAX bytes at once.
      let taken = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30)))
      switch Int32(clamping: taken < 0 ? -taken : 0) {
      // A device that takes nothing and gives no reason would keep the loop going for ever.
      case 0 where taken == 0: return SystemError(code: EIO)
      case 0: rest = rest.dropFirst(taken)
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: waitUntilWritable()
      case let code: return SystemError(code: code)
      }
    }
    return nil
  }

  /// An error of `poll` needs no care: the next write says what is wrong.
  private func waitUntilWritable() {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = poll(&request, 1, -1)
  }

  /// `write(2)` as it is.
  package static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      let taken = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      let taken = Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      let taken = Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
    return taken < 0 ? -Int(errno) : taken
  }
}
