import Foundation
import TaskrunAPI
import TaskrunCLI
import Testing

@Suite struct SecretMaskTests {
  @Test(
    "texts with secrets",
    arguments: [
      (["hunter22"], "a hunter22 b", "a *** b"), (["hunter22"], "hunter22hunter22", "***"),
      (["hunter22"], "hunter2", nil), (["hunter22"], "", nil),
      (["abcdef", "defghi"], "xabcdefghix", "x***x"),
      (["abcd", "abcdefgh"], "abcdefgh abcde", "*** ***e"), (["aaaa"], "aaaaaaaaab", "***b"),
      (["line one\nline two"], "> line two\n> line one", "> ***\n> ***"), (["日本語"], "x日本語y", "x***y"),
      (["a b/c+d"], "https://x/?q=a%20b%2Fc%2Bd&a%20b%2fc%2bd&a+b%2Fc%2Bd", "https://x/?q=***&***&***"),
      (
        ["say \"hi\"\n\té"], #"{"a": "say \"hi\"\n\té", "b": "say \"hi\"\n\t\u00e9"}"#,
        #"{"a": "***", "b": "***"}"#
      ),
      (["https://x"], #"https:\/\/x"#, "***"), (["abc", ""], "abc abc", nil),
    ] as [([String], String, String?)])
  func texts(secrets: [String], text: String, expected: String?) {
    #expect(SecretMask(secrets)?.masked(text) == expected)
  }

  @Test func withoutSecretsThereIsNoMask() {
    #expect(SecretMask([]) == nil)
    #expect(SecretMask(["", "abc"]) == nil)
  }

  @Test(
    "base64, wherever the secret stands in it",
    arguments: ["hunter22!", "pässwörd", "?>?>?>?>", "abcd", "a longer one with spaces in it"], 0..<6)
  func base64(secret: String, before: Int) throws {
    let mask = try #require(SecretMask([secret]))
    for behind in 0..<4 {
      let text = String(repeating: "u", count: before) + secret + String(repeating: "v", count: behind)
      let standard = Data(text.utf8).base64EncodedString()
      let url = standard.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      for encoded in [standard, url] {
        let masked = try #require(mask.masked(encoded))
        // What is left are the neighbours, and at most the bits that they share with the secret.
        let left = masked.replacing("***", with: "").replacing("=", with: "")
        #expect(left.count <= (before * 8 + 5) / 6 + (behind * 8 + 5) / 6 + 1, "\(encoded) \(masked)")
      }
    }
  }

  @Test(
    "base64 in lines of any length, wherever the secret stands in it", arguments: [0, 1, 2, 3, 50, 57],
    ["\n", "\r\n"])
  func wrappedBase64(before: Int, lineBreak: String) throws {
    let secret = "hunter22-" + String((0..<40).map { "\($0)?" }.joined())
    let mask = try #require(SecretMask([secret]))
    let encoded = Data((String(repeating: "a", count: before) + secret + "\n").utf8).base64EncodedString()
    // The characters that only the secret decides.
    let core = Array(encoded)[(before * 8 + 5) / 6..<(before + secret.utf8.count) * 8 / 6]
    let pieces = core.indices.dropLast(3).map { String(core[$0..<$0 + 4]) }
    for width in 1...80 {
      let wrapped = Self.wrapped(encoded, width, lineBreak)
      let masked = try #require(mask.masked("text\n" + wrapped + "\ntext\n"))
      let left = masked.filter { !$0.isNewline }
      #expect(!pieces.contains { left.contains($0) }, "\(width): \(masked)")
      #expect(masked.hasPrefix("text\n") && masked.hasSuffix("\ntext\n"))
    }
  }

  @Test(arguments: 1...20) func wrappedBase64ThatAGapCutsInTwo(width: Int) throws {
    let secret = "hunter22-hunter33-hunter44-hunter55"
    let mask = try #require(SecretMask([secret]))
    let encoded = Data(secret.utf8).base64EncodedString()
    let half = encoded.index(encoded.startIndex, offsetBy: 24)
    let output = CapturedOutput(
      head: Array(("a " + Self.wrapped(String(encoded[..<half]), width, "\n") + "\n").utf8),
      tail: Array(("\n" + Self.wrapped(String(encoded[half...]), width, "\n") + " b").utf8), totalBytes: 999)
    let masked = try #require(mask.masked(output))
    #expect(String(decoding: masked.head, as: UTF8.self) == "a ***")
    let tail = String(decoding: masked.tail, as: UTF8.self)
    #expect(tail.hasPrefix("***") && tail.hasSuffix(" b") && tail.count <= 8, "\(tail)")
  }

  @Test func onlyFormsThatEncodersBreakAreFoundAcrossLines() {
    #expect(SecretMask(["hunter22"])?.masked("hunt\ner22") == nil)
  }

  private static func wrapped(_ text: String, _ width: Int, _ lineBreak: String) -> String {
    var lines: [Substring] = []
    var rest = text[...]
    while !rest.isEmpty {
      lines.append(rest.prefix(width))
      rest = rest.dropFirst(width)
    }
    return lines.joined(separator: lineBreak)
  }

  @Test(
    "what the gap in an output cuts in two",
    arguments: [
      ("x secr", "et-value y", "x ***", "***y".replacing("***y", with: "*** y")),
      ("x sec", "ret-value", "x sec", "***"),
      ("x", "y secret-value", "x", "y ***"), ("secret-valu", "lue", "***", "lue"),
    ])
  func gap(head: String, tail: String, expectedHead: String, expectedTail: String) throws {
    let mask = try #require(SecretMask(["secret-value"]))
    let output = CapturedOutput(head: Array(head.utf8), tail: Array(tail.utf8), totalBytes: 1000)
    let masked = mask.masked(output) ?? output
    #expect(String(decoding: masked.head, as: UTF8.self) == expectedHead)
    #expect(String(decoding: masked.tail, as: UTF8.self) == expectedTail)
    #expect(masked.totalBytes == 1000 && masked.omittedBytes == output.omittedBytes)
  }

  @Test func headAndTailWithoutAGapAreOneText() throws {
    let mask = try #require(SecretMask(["secret-value"]))
    let output = CapturedOutput(head: Array("a secret".utf8), tail: Array("-value b".utf8))
    let masked = try #require(mask.masked(output))
    #expect(masked.text == "a *** b" && !masked.isTruncated && masked.totalBytes == 16)
  }

  @Test func aRecordIsMaskedEverywhereAndSaysSo() throws {
    let mask = try #require(SecretMask(["12345678", "hunter22"]))
    var record = TaskRecord(
      id: "t[0]", task: "t", index: 0, item: ["k": "a hunter22"], kind: .io, status: .failed)
    record.value = [.int(123_456_789), ["hunter22": 1.5], "fine", .null]
    record.stderr = CapturedOutput(head: Array("hunter22".utf8) + [0xFF])
    record.error = ErrorDescription(type: "x", message: "no hunter22", detail: "hunter22 12345678")
    let event = mask.masked(RunEvent(time: .zero, kind: .taskFinished(record)))
    guard case .taskFinished(let masked) = event.kind else { return #expect(Bool(false)) }
    #expect(masked.item == ["k": "a ***"] && masked.value == ["***9", ["***": 1.5], "fine", .null])
    #expect(masked.stderr.head == Array("***".utf8) + [0xFF] && masked.stdout == record.stdout)
    #expect(masked.error == ErrorDescription(type: "x", message: "no ***", detail: "*** ***"))
    #expect(masked.isMasked && masked.wireFields["masked"] == true)
  }

  @Test func aRecordWithoutSecretsStaysAsItIs() throws {
    let mask = try #require(SecretMask(["hunter22"]))
    var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
    record.stdout = CapturedOutput(head: Array("hunter2".utf8))
    record.value = "hunter2"
    let event = RunEvent(time: .zero, kind: .taskFinished(record))
    #expect(mask.masked(event) == event)
    #expect(record.wireFields["masked"] == nil)
  }

  @Test(arguments: ["", "\n"])
  func theValueOfACutOutputIsCutAtTheSamePlace(end: String) throws {
    let mask = try #require(SecretMask(["secret-value"]))
    var record = TaskRecord(id: "t", task: "t", kind: .io, status: .succeeded)
    record.stdout = CapturedOutput(
      head: Array("a secret".utf8), tail: Array(("value b" + end).utf8), totalBytes: 99)
    record.value = .string(String(record.stdout.text.dropLast(end.count)))
    guard
      case .taskFinished(let masked) = mask.masked(RunEvent(time: .zero, kind: .taskFinished(record))).kind
    else { return #expect(Bool(false)) }
    #expect(masked.value?.stringValue == String(masked.stdout.text.dropLast(end.count)))
    #expect(
      masked.value?.stringValue?.contains("secr") == false
        && masked.value?.stringValue?.contains("value") == false)
  }
}
