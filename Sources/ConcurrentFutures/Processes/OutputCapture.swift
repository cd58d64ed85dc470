/// What a stream carried: exact up to a limit; beyond it the first and the last half of the limit.
public struct OutputCapture: Sendable, Hashable {
  /// How many bytes are kept at most.
  public let limitBytes: Int
  /// How many bytes the stream carried, kept or not.
  public private(set) var totalBytes = 0
  /// The first bytes, at most half the limit.
  public private(set) var head: [UInt8] = []
  private var ring: [UInt8] = []
  private var ringStart = 0

  /// Makes an empty capture.
  /// - Parameter limitBytes: how many bytes are kept at most; at least 2.
  public init(limitBytes: Int = 1 << 20) {
    self.limitBytes = max(2, limitBytes)
  }

  private var headLimit: Int { limitBytes / 2 }
  private var tailLimit: Int { limitBytes - headLimit }

  /// The bytes after ``head``; the last ones if some between were dropped.
  public var tail: [UInt8] {
    ringStart == 0 ? ring : Array(ring[ringStart...]) + ring[..<ringStart]
  }

  /// Adds what was read.
  public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    totalBytes += bytes.count
    let room = min(bytes.count, headLimit - head.count)
    if room > 0 { head.append(contentsOf: bytes[..<room]) }
    appendToRing(UnsafeBufferPointer(rebasing: bytes[max(room, 0)...].suffix(tailLimit)))
  }

  private mutating func appendToRing(_ bytes: UnsafeBufferPointer<UInt8>) {
    let room = min(bytes.count, tailLimit - ring.count)
    ring.append(contentsOf: bytes[..<room])
    var rest = bytes[room...]
    while !rest.isEmpty {
      let part = rest.prefix(tailLimit - ringStart)
      ring.withUnsafeMutableBufferPointer { ring in
        _ = ring[ringStart...].update(fromContentsOf: part)
      }
      ringStart = (ringStart + part.count) % tailLimit
      rest = rest.dropFirst(part.count)
    }
  }
}
