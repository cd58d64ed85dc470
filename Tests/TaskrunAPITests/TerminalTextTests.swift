import TaskrunAPI
import Testing

@Suite struct TerminalTextTests {
  @Test(arguments: [
    ("plain ~text", "plain ~text"), ("é€😀", "é€😀"), ("\u{1B}[31m", #"\x1b[31m"#), ("a\tb", "a    b"),
    ("a\nb\r", #"a\nb\r"#), ("\r\n", #"\r\n"#), ("\u{0}\u{7}\u{7F}", #"\x00\x07\x7f"#),
    ("\u{9B}31m\u{85}", #"\x9b31m\x85"#),
    ("\u{202E}cod", #"\u202ecod"#), ("\u{2066}\u{2069}\u{200F}\u{61C}", #"\u2066\u2069\u200f\u061c"#),
    ("\u{2028}\u{2029}\u{200B}\u{FEFF}", #"\u2028\u2029\u200b\ufeff"#), ("\u{E0041}", #"\ue0041"#),
    ("👩‍👩‍👧", "👩‍👩‍👧"), ("क्‍ष", "क्‍ष"), ("e\u{301}\u{1B}", "e\u{301}\\x1b"),
  ])
  func whatCouldMoveOrHideIsShown(_ text: String, _ safe: String) {
    #expect(text.terminalSafe == safe)
    #expect(safe.terminalSafe == safe)
  }

  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("表形", 4), ("한글", 4), ("ﾊﾝ", 2), ("ＡＢ", 4), ("😀", 2),
    ("👩‍👩‍👧", 2), ("👍🏽", 2), ("🇩🇪", 2), ("❤️", 2), ("✓✗", 2), ("─│…", 3), ("\u{1100}\u{1161}", 2), ("क्षि", 3),
  ])
  func widthIsCountedInColumns(_ text: String, _ width: Int) {
    #expect(text.displayWidth == width)
  }

  @Test(arguments: [
    ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""),
    ("abcdef", -3, ""),
    ("", 0, ""), ("表形式", 6, "表形式"), ("表形式", 5, "表形…"), ("表形式", 4, "表…"), ("表形式", 2, "…"), ("ééé", 3, "ééé"),
  ])
  func whatIsTooWideIsCutBetweenSigns(_ text: String, _ columns: Int, _ clipped: String) {
    #expect(text.clipped(toWidth: columns) == clipped)
    #expect(clipped.displayWidth <= max(0, columns))
  }
}
