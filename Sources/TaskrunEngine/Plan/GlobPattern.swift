/// A word in which `*` stands for any text and `?` for one character.
package struct GlobPattern: Sendable, Hashable {
  private let pattern: [Character]

  /// Makes a pattern. Every text is one.
  package init(_ text: String) {
    pattern = Array(text)
  }

  /// Whether a text has a `*` or `?`, and so may match more than itself.
  package static func isGlob(_ text: String) -> Bool {
    text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
  }

  /// Whether the pattern is about the whole word. Takes time of at most the product of both lengths.
  package func matches(_ word: String) -> Bool {
    let text = Array(word)
    // The last star and how much of the text it has swallowed so far: all the backtracking a glob needs.
    var star: (pattern: Int, text: Int)?
    var at = (pattern: 0, text: 0)
    while at.text < text.count {
      if at.pattern < pattern.count, pattern[at.pattern] == "*" {
        star = at
        at.pattern += 1
      } else if at.pattern < pattern.count, pattern[at.pattern] == "?" || pattern[at.pattern] == text[at.text]
      {
        at = (at.pattern + 1, at.text + 1)
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        at = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[at.pattern...].allSatisfy { $0 == "*" }
  }
}
