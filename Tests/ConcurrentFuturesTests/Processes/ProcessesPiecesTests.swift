import Testing

@testable import ConcurrentFutures

@Suite struct ProcessesPiecesTests {
  @Test(
    "a text is cut at each separator, and empty pieces count",
    arguments: [
      ("", [""]), ("a", ["a"]), (":", ["", ""]), ("/bin:/usr/bin", ["/bin", "/usr/bin"]),
      (":a::ü:", ["", "a", "", "ü", ""]),
      // A combining accent makes one character of it and the separator before it.
      ("a:\u{301}b", ["a", "\u{301}b"]),
    ])
  func pieces(text: String, expected: [String]) {
    #expect(text.pieces(separatedBy: ":") == expected)
  }

  @Test(
    "after the last split comes the rest",
    arguments: [(0, ["a:b:c"]), (1, ["a", "b:c"]), (2, ["a", "b", "c"]), (9, ["a", "b", "c"])])
  func rest(maxSplits: Int, expected: [String]) {
    #expect("a:b:c".pieces(separatedBy: ":", maxSplits: maxSplits) == expected)
  }
}
