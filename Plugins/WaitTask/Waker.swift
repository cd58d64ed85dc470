#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pair of descriptors that ends a `poll`: the cancelling thread writes a byte to one, the waiting thread
/// finds the other readable.
///
/// A class so that the descriptors stay open as long as anybody may still write: the handler given to the
/// cancellation holds it too, and the last one closes them.
final class Waker: Sendable {
  /// Readable after ``wake()``, for good.
  let readEnd: CInt
  private let writeEnd: CInt

  init() throws(WaitError) {
    var ends: [CInt] = [-1, -1]
    // A pair of sockets and no pipe: this call can mark both ends as close-on-exec in the same step.
    #if canImport(Glibc)
      let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    #elseif canImport(Musl)
      let type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
    #else
      let type = SOCK_STREAM
    #endif
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw .system(call: "socketpair", reason: String(cString: strerror(errno)))
    }
    #if !os(Linux)
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
    #endif
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Makes ``readEnd`` readable. Never blocks: a full buffer is readable already.
  func wake() {
    var byte: UInt8 = 0
    while write(writeEnd, &byte, 1) < 0 && errno == EINTR {}
  }
}
