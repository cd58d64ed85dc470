/// Cuts what comes out of a pipe into lines, however it was cut on its way.
struct LineBuffer {
  /// A line longer than the limit: the other side has lost its way. What comes after its end can be read.
  struct TooLong: Error {
    /// How it begins.
    var beginning: ArraySlice<UInt8>
  }

  private let limitBytes: Int
  private var bytes: [UInt8] = []
  private var start = 0
  private var searched = 0
  /// Whether what comes up to the next newline belongs to a line that was too long.
  private var isSkipping = false

  init(limitBytes: Int) {
    self.limitBytes = limitBytes
  }

  mutating func append(_ chunk: UnsafeBufferPointer<UInt8>) {
    if start > 0, start == bytes.count || start > 1 << 16 {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    bytes.append(contentsOf: chunk)
  }

  /// The next whole line without its newline; `nil` if there is none yet.
  /// - Throws: ``TooLong``, once for each such line.
  mutating func next() throws(TooLong) -> ArraySlice<UInt8>? {
    while let newline = bytes[searched...].index(of: UInt8(ascii: "\n")) {
      let line = bytes[start..<newline]
      (start, searched) = (newline + 1, newline + 1)
      if isSkipping {
        isSkipping = false
        continue
      }
      guard line.count <= limitBytes else { throw TooLong(beginning: line) }
      return line
    }
    searched = bytes.count
    guard isSkipping || bytes.count - start > limitBytes else { return nil }
    let beginning = bytes[start...]
    start = bytes.count
    if isSkipping { return nil }
    isSkipping = true
    throw TooLong(beginning: beginning)
  }
}
