#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The read end of a child's output and what came out of it so far.
struct CapturedPipe: ~Copyable {
  private var descriptor: Descriptor?
  /// What was read.
  private(set) var capture: OutputCapture

  init(_ descriptor: consuming Descriptor, limitBytes: Int) {
    self.descriptor = consume descriptor
    capture = OutputCapture(limitBytes: limitBytes)
  }

  /// What to poll; -1, which poll ignores, once the pipe has ended.
  var number: Int32 {
    switch descriptor {
    case .some(let descriptor): descriptor.number
    case .none: -1
    }
  }

  /// Whether every writer has closed it.
  var hasEnded: Bool { number < 0 }

  /// Reads once. Call it when poll says that there is something, so that it does not wait.
  mutating func read(into buffer: UnsafeMutableBufferPointer<UInt8>) {
    var count: Int
    repeat {
      #if canImport(Glibc)
        count = Glibc.read(number, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        count = Musl.read(number, buffer.baseAddress, buffer.count)
      #else
        count = Darwin.read(number, buffer.baseAddress, buffer.count)
      #endif
    } while count < 0 && errno == EINTR
    if count > 0 {
      capture.append(UnsafeBufferPointer(rebasing: buffer[..<count]))
    } else {
      descriptor = nil
    }
  }
}
