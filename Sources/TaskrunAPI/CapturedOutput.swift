/// What one stream of a task carried: exact up to a limit, then its beginning and its end.
public struct CapturedOutput: Sendable, Hashable {
  /// The first bytes; all of them unless ``isTruncated``.
  public var head: [UInt8]
  /// The last bytes, if some between head and tail were left out.
  public var tail: [UInt8]
  /// How many bytes the stream carried, kept or not.
  public var totalBytes: Int
  /// By how many bytes head and tail are shorter than what was kept, because something in them was replaced.
  private var replacedBytes = 0

  /// Makes a capture.
  public init(head: [UInt8] = [], tail: [UInt8] = [], totalBytes: Int? = nil) {
    self.head = head
    self.tail = tail
    self.totalBytes = totalBytes ?? head.count + tail.count
  }

  /// Whether bytes are missing between ``head`` and ``tail``.
  public var isTruncated: Bool { omittedBytes > 0 }

  /// How many bytes are missing between ``head`` and ``tail``.
  public var omittedBytes: Int { totalBytes - head.count - tail.count - replacedBytes }

  /// The capture with other bytes in place of those that were kept. How many there were stays known.
  public func replacing(head: [UInt8], tail: [UInt8]) -> CapturedOutput {
    var output = self
    output.replacedBytes += self.head.count + self.tail.count - head.count - tail.count
    (output.head, output.tail) = (head, tail)
    return output
  }

  /// The kept bytes, with a line that tells how many are missing where some are.
  public var bytes: [UInt8] {
    guard isTruncated else { return head + tail }
    return head + Self.gapLine(omittedBytes: omittedBytes) + tail
  }

  /// ``bytes`` as text; what is not UTF-8 becomes U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}
