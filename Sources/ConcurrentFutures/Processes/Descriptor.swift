import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open file descriptor that is closed exactly once, when its owner goes away.
struct Descriptor: ~Copyable {
  /// The number, for system calls.
  let number: Int32

  /// Takes over an open descriptor.
  init(_ number: Int32) {
    self.number = number
  }

  deinit { close(number) }

  /// The two ends of a new pipe, both close-on-exec.
  static func pipe() throws(SpawnFailure) -> PipeEnds {
    var (readEnd, writeEnd): (Int32, Int32) = (-1, -1)
    let code = csystem_pipe(&readEnd, &writeEnd)
    guard code == 0 else { throw .system(code: code) }
    return PipeEnds(readEnd: Descriptor(readEnd), writeEnd: Descriptor(writeEnd))
  }

  /// What a child without input reads: end of file at once.
  static func noInput() throws(SpawnFailure) -> Descriptor {
    let number = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard number >= 0 else { throw .system(code: errno) }
    return Descriptor(number)
  }

  /// A file without a name that holds these bytes, to be read from its start.
  static func holding(_ bytes: [UInt8]) throws(SpawnFailure) -> Descriptor {
    let number = bytes.withUnsafeBytes { csystem_make_input($0.baseAddress, $0.count) }
    guard number >= 0 else { throw .system(code: errno) }
    return Descriptor(number)
  }
}

/// The two ends of a pipe.
struct PipeEnds: ~Copyable {
  var readEnd: Descriptor
  var writeEnd: Descriptor
}
