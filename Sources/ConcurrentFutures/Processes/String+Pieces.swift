extension String {
  /// The beginning of the text, cut between two characters.
  func prefix(utf8Bytes limit: Int) -> String {
    utf8.count <= limit ? self : chunks(ofAtMostBytes: limit).first ?? ""
  }

  /// The text in pieces that are valid text themselves.
  func chunks(ofAtMostBytes limit: Int) -> [String] {
    guard utf8.count > limit else { return [self] }
    var chunks: [String] = []
    var rest = unicodeScalars[...]
    while !rest.isEmpty {
      var size = 0
      let chunk = rest.prefix { scalar in
        size += UTF8.width(scalar)
        return size <= limit
      }
      chunks.append(String(chunk))
      rest = rest[chunk.endIndex...]
    }
    return chunks
  }

  /// The text between separators; empty pieces count, so there is always one.
  ///
  /// By bytes, where `split` goes by characters and brings generic types with it: what they cost when they are used first,
  /// every start pays.
  /// - Parameter maxSplits: after so many separators the rest is the last piece.
  func pieces(separatedBy separator: Unicode.Scalar, maxSplits: Int = .max) -> [String] {
    let byte = UInt8(ascii: separator)
    var text = self
    return text.withUTF8 { bytes in
      var pieces: [String] = []
      var start = 0
      for position in bytes.indices where bytes[position] == byte && pieces.count < maxSplits {
        pieces.append(String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self))
        start = position + 1
      }
      pieces.append(String(decoding: UnsafeBufferPointer(rebasing: bytes[start...]), as: UTF8.self))
      return pieces
    }
  }
}
