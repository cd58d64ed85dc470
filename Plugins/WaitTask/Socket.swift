#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A TCP socket that never blocks, is not inherited by programs, and raises no SIGPIPE.
struct Socket: ~Copyable {
  let descriptor: CInt

  /// Opens a socket that is not connected; `nil` leaves the reason in `errno`.
  init?(family: CInt) {
    #if os(Linux)
      #if canImport(Glibc)
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
      #else
        let type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
      #endif
      let descriptor = socket(family, type, 0)
      guard descriptor >= 0 else { return nil }
    #else
      let descriptor = socket(family, SOCK_STREAM, 0)
      guard descriptor >= 0 else { return nil }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      var on: CInt = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<CInt>.size))
    #endif
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The error that a connection attempt ended with; 0 if it is established.
  var pendingError: CInt {
    var error: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno
  }

  /// Whether the socket is connected to itself.
  ///
  /// Polling a free port of this machine can do that: when the system happens to choose the same number for
  /// this end, TCP's simultaneous open succeeds although nobody listens.
  var isConnectedToItself: Bool {
    var (mine, other) = (sockaddr_storage(), sockaddr_storage())
    var (mineSize, otherSize) = (
      socklen_t(MemoryLayout<sockaddr_storage>.size), socklen_t(MemoryLayout<sockaddr_storage>.size)
    )
    let gotBoth = withUnsafeMutableBytes(of: &mine) { mine in
      withUnsafeMutableBytes(of: &other) { other in
        guard let mine = mine.baseAddress, let other = other.baseAddress else { return false }
        return getsockname(descriptor, mine.assumingMemoryBound(to: sockaddr.self), &mineSize) == 0
          && getpeername(descriptor, other.assumingMemoryBound(to: sockaddr.self), &otherSize) == 0
      }
    }
    guard gotBoth, mineSize == otherSize else { return false }
    return withUnsafeBytes(of: &mine) { mine in
      withUnsafeBytes(of: &other) { other in
        mine.prefix(Int(mineSize)).elementsEqual(other.prefix(Int(otherSize)))
      }
    }
  }

  /// Sends what the system takes now.
  /// - Returns: the number of bytes, or -1 with the reason in `errno`.
  func send(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { buffer in
      #if os(Linux)
        #if canImport(Glibc)
          Glibc.send(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
        #else
          Musl.send(descriptor, buffer.baseAddress, buffer.count, MSG_NOSIGNAL)
        #endif
      #else
        Darwin.send(descriptor, buffer.baseAddress, buffer.count, 0)
      #endif
    }
  }

  /// Appends what has arrived, at most 1 KiB.
  /// - Returns: the number of bytes, 0 at the end, or -1 with the reason in `errno`.
  func receive(into bytes: inout [UInt8]) -> Int {
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 { bytes.append(contentsOf: buffer.prefix(count)) }
    return count
  }
}
