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
}
