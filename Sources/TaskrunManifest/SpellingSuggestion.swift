/// Finds the word that was meant.
package enum SpellingSuggestion {
  /// How many known words are looked at: a suggestion must not cost more than what it is for.
  private static let candidateLimit = 200

  /// The known word nearest to a misspelt one; `nil` if none is within 2 edits, or a third of the word's length.
  ///
  /// An edit inserts, removes or replaces a code point, or swaps two neighbours; case is free. Among equals the
  /// first wins.
  package static func nearest(to word: String, in known: some Sequence<String>) -> String? {
    let letters = Array(word.lowercased().unicodeScalars.prefix(100))
    let limit = max(2, letters.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in known.prefix(candidateLimit) {
      let distance = self.distance(letters, Array(candidate.lowercased().unicodeScalars.prefix(100)))
      // Short words are within two edits of everything, so some of the word has to be left.
      guard distance <= limit, distance < max(letters.count, candidate.unicodeScalars.count) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// "did you mean 'needs'?", if a known word is near.
  static func question(for word: String, in known: some Sequence<String>) -> String? {
    nearest(to: word, in: known).map { "did you mean \($0.quoted())?" }
  }

  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
      var current = [row + 1]
      for column in 0..<right.count {
        let substitution = left[row] == right[column] ? 0 : 1
        var cost = min(current[column] + 1, last[column + 1] + 1, last[column] + substitution)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
