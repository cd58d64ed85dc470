import TaskrunAPI
import Testing

@Suite struct CapturedOutputTests {
  @Test func allBytesAreThereIfNoneIsMissing() {
    let output = CapturedOutput(head: Array("ab".utf8), tail: Array("cd".utf8))
    #expect(!output.isTruncated && output.omittedBytes == 0 && output.totalBytes == 4)
    #expect(output.text == "abcd")
  }

  @Test func aGapIsToldBetweenHeadAndTail() {
    let output = CapturedOutput(head: Array("ab".utf8), tail: Array("yz".utf8), totalBytes: 26)
    #expect(output.isTruncated && output.omittedBytes == 22)
    #expect(output.text == "ab\n[… 22 bytes omitted …]\nyz")
  }

  @Test func aSignInTwoHalvesIsWhole() {
    #expect(CapturedOutput(head: [0xC3], tail: [0xA9]).text == "é")
  }

  @Test func bytesThatAreNotUTF8ShowAsReplacementCharacters() {
    #expect(CapturedOutput(head: [0x61, 0xFF, 0x62]).text == "a\u{FFFD}b")
    #expect(
      CapturedOutput(head: [0xC3], tail: [0xA9], totalBytes: 3).text
        == "\u{FFFD}\n[… 1 bytes omitted …]\n\u{FFFD}")
  }
}
