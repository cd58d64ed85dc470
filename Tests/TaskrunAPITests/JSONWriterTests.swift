import Foundation
import TaskrunAPI
import Testing

@Suite struct JSONWriterTests {
  @Test(
    arguments: [
      (Value.null, "null"), (true, "true"), (0, "0"), (-5, "-5"), (1.5, "1.5"), (.double(10), "10.0"),
      (.double(1e100), "1e+100"), (.double(.nan), "null"), (.double(-.infinity), "null"), ("", #""""#),
      ("a\"b\\c/d", #""a\"b\\c/d""#), ("\n\r\t\u{8}\u{0}\u{1B}\u{7F}", #""\n\r\t\u0008\u0000\u001b\u007f""#),
      ("x\u{2028}y\u{2029}z", #""x\u2028y\u2029z""#), ("é€😀\u{2027}\u{202A}", "\"é€😀\u{2027}\u{202A}\""),
      ([], "[]"), ([1, [], "a"], #"[1,[],"a"]"#), ([:], "{}"), (["b": 1, "a": [2]], #"{"b":1,"a":[2]}"#),
    ] as [(Value, String)])
  func aValueIsWrittenOnOneLine(_ value: Value, _ text: String) {
    #expect(value.jsonText == text)
  }

  @Test func membersGoOnLinesOfTheirOwnWhenIndented() {
    let value: Value = ["a": 1, "b": [true, [:]], "c": []]
    var bytes: [UInt8] = []
    value.appendJSON(to: &bytes, indentation: 1)
    let text = """
      {
          "a": 1,
          "b": [
            true,
            {}
          ],
          "c": []
        }
      """
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  static let values: [Value] = [
    .null, false, .int(.max), .int(.min), 0.1, .double(.leastNonzeroMagnitude),
    .double(.greatestFiniteMagnitude),
    .double(-0.0),
    .double(1e16), "a\u{0}\u{2028}\"\\😀\r\n", [[[[]]]], ["": ["": .null]],
    ["x": [1, 2.5, "3", [:], []], "é": "y"],
  ]

  @Test(arguments: values) func whatIsWrittenIsReadBackTheSame(_ value: Value) throws {
    #expect(try Value(json: value.jsonText) == value)
    var indented: [UInt8] = []
    value.appendJSON(to: &indented, indentation: 3)
    #expect(try Value(json: indented) == value)
  }

  @Test(arguments: values) func anotherReaderTakesItToo(_ value: Value) {
    #expect(throws: Never.self) {
      try JSONSerialization.jsonObject(with: Data(value.jsonText.utf8), options: .fragmentsAllowed)
    }
  }

  @Test func aTextIsOneLineWhateverItHolds() {
    let all = String(String.UnicodeScalarView((0...0x2100).compactMap { Unicode.Scalar($0 as UInt32) }))
    let text = Value.object([all: .string(all)]).jsonText
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || [0x7F, 0x2028, 0x2029].contains($0.value) })
  }
}
