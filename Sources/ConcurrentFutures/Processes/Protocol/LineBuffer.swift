/// Cuts what comes out of a pipe into lines, however it was cut on its way.
struct LineBuffer {
  /// A line longer than the limit: the other side has lost its way.
  struct TooLong: Error, Hashable {}

  private let limitBytes: Int
  private var bytes: [UInt8] = []
  private var start = 0
  private var searched = 0

  init(limitBytes: Int) {
    self.limitBytes = limitBytes
  }

  /// What has come since the last newline.
  var rest: ArraySlice<UInt8> { bytes[start...] }

  mutating func append(_ chunk: UnsafeBufferPointer<UInt8>) {
    if start > 0, start == bytes.count || start > 1 << 16 {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    bytes.append(contentsOf: chunk)
  }

  /// The next whole line without its newline; `nil` if there is none yet.
  mutating func next() throws(TooLong) -> ArraySlice<UInt8>? {
    guard let newline = bytes[searched...].index(of: UInt8(ascii: "\n")) else {
      searched = bytes.count
      if bytes.count - start > limitBytes { throw TooLong() }
      return nil
    }
    defer {
      start = newline + 1
      searched = newline + 1
    }
    guard newline - start <= limitBytes else { throw TooLong() }
    return bytes[start..<newline]
  }
}
