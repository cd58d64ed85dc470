#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension UnsafeBufferPointer<UInt8> {
  /// The position of the first such byte in a range; `nil` if there is none. The C library looks at many bytes at once.
  func position(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard let start = baseAddress, !range.isEmpty,
      let found = memchr(start + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(start)
  }
}

extension [UInt8] {
  /// Whether there is such a byte.
  func has(_ byte: UInt8) -> Bool {
    withUnsafeBufferPointer { $0.position(of: byte, in: 0..<$0.count) != nil }
  }
}

extension ArraySlice<UInt8> {
  /// The index of the first such byte; `nil` if there is none.
  func index(of byte: UInt8) -> Int? {
    withUnsafeBufferPointer { $0.position(of: byte, in: 0..<$0.count) }.map { startIndex + $0 }
  }
}
