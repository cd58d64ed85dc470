/// A NULL-terminated array of C strings, alive during a call.
///
/// All strings lie in one buffer: two allocations, however many there are.
func withCStringArray<Result>(
  _ strings: [[CChar]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var bytes: [CChar] = []
  bytes.reserveCapacity(strings.reduce(0) { $0 + $1.count })
  for string in strings { bytes.append(contentsOf: string) }
  return bytes.withUnsafeMutableBufferPointer { buffer in
    var pointers: [UnsafeMutablePointer<CChar>?] = []
    pointers.reserveCapacity(strings.count + 1)
    var offset = 0
    for string in strings {
      // `baseAddress` is nil only for an empty buffer, and a C string has at least its NUL.
      pointers.append(buffer.baseAddress.map { $0 + offset })
      offset += string.count
    }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { array in
      // Never empty: the terminating NULL is always there.
      guard let base = array.baseAddress else {
        preconditionFailure("an array with an element has an address")
      }
      return body(base)
    }
  }
}
