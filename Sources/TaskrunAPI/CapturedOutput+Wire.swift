extension CapturedOutput {
  /// Takes apart what the wire shows of an output.
  /// - Parameters:
  ///   - text: the kept bytes as text, with a line that tells of a gap.
  ///   - bytes: the kept bytes without that line, where the text does not say them exactly.
  ///   - totalBytes: how many bytes the stream carried.
  ///   - mayBeTruncated: whether there may be a gap.
  init(wireText text: String, bytes: [UInt8]?, totalBytes: Int, mayBeTruncated: Bool) {
    let shown = Array(text.utf8)
    self.init(head: bytes ?? shown)
    guard mayBeTruncated else { return }
    if let bytes {
      self.totalBytes = totalBytes
      let gap = Self.gapLine(omittedBytes: totalBytes - bytes.count)
      guard totalBytes > bytes.count, let start = shown.firstRange(of: gap),
        let split = Self.split(of: bytes, into: shown[..<start.lowerBound], shown[start.upperBound...])
      else { return }
      (head, tail) = (Array(bytes[..<split]), Array(bytes[split...]))
    } else if let gap = Self.gap(in: shown, totalBytes: totalBytes) {
      (head, tail) = (Array(shown[..<gap.lowerBound]), Array(shown[gap.upperBound...]))
      self.totalBytes = totalBytes
    }
  }

  /// The line that stands for missing bytes.
  static func gapLine(omittedBytes: Int) -> [UInt8] {
    Array("\n[… \(omittedBytes) bytes omitted …]\n".utf8)
  }

  /// The line of a gap whose number agrees with the total. The number's own length is part of the text's, so each
  /// length is tried.
  private static func gap(in shown: [UInt8], totalBytes: Int) -> Range<Int>? {
    let wordsLength = gapLine(omittedBytes: 0).count - 1
    for digits in 1...19 {
      let omitted = totalBytes - (shown.count - wordsLength - digits)
      guard omitted > 0, String(omitted).utf8.count == digits else { continue }
      if let range = shown.firstRange(of: gapLine(omittedBytes: omitted)) { return range }
    }
    return nil
  }

  /// Where bytes have to be parted so that the parts, each decoded for itself, give these texts.
  private static func split(
    of bytes: [UInt8], into first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>
  ) -> Int? {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var (consumed, decoded) = (0, 0)
    var candidates: [Int] = []
    while decoded <= first.count {
      if decoded == first.count { candidates.append(consumed) }
      // The part may end in the middle of a character, which then shows as one U+FFFD of three bytes.
      if decoded + 3 == first.count {
        candidates += (1...3).map { consumed + $0 }.filter { $0 <= bytes.count }
      }
      switch parser.parseScalar(from: &rest) {
      case .valid(let scalar): (consumed, decoded) = (consumed + scalar.count, decoded + scalar.count)
      case .error(let length): (consumed, decoded) = (consumed + length, decoded + 3)
      case .emptyInput: decoded = .max
      }
    }
    return candidates.first { position in
      String(decoding: bytes[..<position], as: UTF8.self).utf8.elementsEqual(first)
        && String(decoding: bytes[position...], as: UTF8.self).utf8.elementsEqual(second)
    }
  }
}

extension [UInt8] {
  /// Where other bytes first stand among these.
  fileprivate func firstRange(of other: [UInt8]) -> Range<Int>? {
    guard let first = other.first, other.count <= count else { return nil }
    return (0...count - other.count).lazy
      .first { self[$0] == first && self[$0..<$0 + other.count].elementsEqual(other) }
      .map { $0..<$0 + other.count }
  }
}
