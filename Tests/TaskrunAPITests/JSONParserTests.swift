import TaskrunAPI
import Testing

@Suite struct JSONParserTests {
  @Test(
    arguments: [
      ("null", Value.null), (" true\n", true), ("\tfalse\r\n", false), ("0", 0), ("-0", 0), ("-12", -12),
      ("1.5", 1.5), ("1e3", .double(1000)), ("-2.5E-1", -0.25), ("1E+2", .double(100)),
      ("\"\"", ""), (#""a\"b\\c\/d""#, "a\"b\\c/d"), (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
      (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"), ("\"é€😀\"", "é€😀"),
      ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
      ("[]", []), ("[ ]", []), ("[1, [2], {}]", [1, [2], [:]]), ("{}", [:]),
      (#"{"b":1,"a":[]}"#, ["b": 1, "a": []]),
    ] as [(String, Value)])
  func aValueIsRead(_ text: String, _ value: Value) throws {
    #expect(try Value(json: text) == value)
  }

  @Test(arguments: [
    "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728",
    "9223372036854775808",
    "333332833333500000000000",
  ])
  func anIntegerKeepsAllItsDigits(_ digits: String) throws {
    #expect(try Value(json: digits) == .int(try #require(Int128(digits))))
    #expect(try Value(json: digits).jsonText == digits)
  }

  @Test func anIntegerBeyond128BitsIsTheNearestFloat() throws {
    #expect(try Value(json: "170141183460469231731687303715884105728") == .double(0x1p127))
  }

  /// A broken half of a surrogate pair is not worth losing a text for.
  @Test(arguments: [
    (#""\ud800""#, "\u{FFFD}"), (#""\udc00x""#, "\u{FFFD}x"), (#""\ud800\ud800""#, "\u{FFFD}\u{FFFD}"),
    (#""\ud800A""#, "\u{FFFD}A"), (#""\ud800\n""#, "\u{FFFD}\n"),
    (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"),
  ])
  func aLoneSurrogateBecomesTheReplacementCharacter(_ text: String, _ value: String) throws {
    #expect(try Value(json: text) == .string(value))
  }

  @Test(
    arguments: [
      ("", JSONError.unexpectedEnd), ("  ", .unexpectedEnd), ("[", .unexpectedEnd), ("[1", .unexpectedEnd),
      ("[1,", .unexpectedEnd), ("{", .unexpectedEnd), (#"{"a""#, .unexpectedEnd), (#"{"a":"#, .unexpectedEnd),
      (#"{"a":1"#, .unexpectedEnd), ("\"", .unexpectedEnd), (#""\"#, .unexpectedEnd),
      (#""\u12"#, .unexpectedEnd),
      ("-", .unexpectedEnd), ("1.", .unexpectedEnd), ("1e", .unexpectedEnd), ("1e+", .unexpectedEnd),
      ("tru", .unexpected(offset: 0, expected: "'true'")),
      ("nul ", .unexpected(offset: 0, expected: "'null'")),
      ("1 2", .unexpected(offset: 2, expected: "the end")),
      ("01", .unexpected(offset: 1, expected: "the end")),
      ("[1,]", .unexpected(offset: 3, expected: "a value")),
      ("[1 2]", .unexpected(offset: 3, expected: "',' or ']'")),
      (#"{"a":1,}"#, .unexpected(offset: 7, expected: "a key")),
      ("{a:1}", .unexpected(offset: 1, expected: "a key")),
      (#"{"a" 1}"#, .unexpected(offset: 5, expected: "':'")),
      (#"{"a":1 "b":2}"#, .unexpected(offset: 7, expected: "',' or '}'")),
      ("+1", .unexpected(offset: 0, expected: "a value")),
      (".5", .unexpected(offset: 0, expected: "a value")),
      ("1.x", .unexpected(offset: 2, expected: "a digit")),
      ("-a", .unexpected(offset: 1, expected: "a digit")),
      ("NaN", .unexpected(offset: 0, expected: "a value")),
      ("// x\n1", .unexpected(offset: 0, expected: "a value")),
      ("\"a\nb\"", .unexpected(offset: 2, expected: "an escape for a control character")),
      (#""\x41""#, .unexpected(offset: 1, expected: "a known escape")),
      (#""\u00g0""#, .unexpected(offset: 5, expected: "a hexadecimal digit")),
      (#"{"a":1,"\u0061":2}"#, .duplicateKey("a", offset: 7)),
      ("[1e999]", .numberOutOfRange(offset: 1)), ("\u{FEFF}1", .unexpected(offset: 0, expected: "a value")),
    ] as [(String, JSONError)])
  func whatIsNoJSONIsRefusedWhereItGoesWrong(_ text: String, _ error: JSONError) {
    #expect(throws: error) { try Value(json: text) }
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
    ] as [[UInt8]])
  func bytesThatAreNotUTF8AreRefused(_ bytes: [UInt8]) {
    #expect(throws: JSONError.invalidUTF8(offset: 1)) {
      try Value(json: [0x5B, 0x22] + bytes + [0x22, 0x5D])
    }
  }

  @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
  func nestingIsBounded(_ open: String, _ close: String) throws {
    func nested(_ depth: Int) -> String {
      String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }
    #expect(throws: Never.self) { try Value(json: nested(64)) }
    #expect(throws: JSONError.tooDeep(limit: 64, offset: 64 * open.utf8.count)) {
      try Value(json: nested(65))
    }
    // The stack is safe however much there is.
    #expect(throws: JSONError.self) { try Value(json: String(repeating: open, count: 200_000)) }
    #expect(throws: JSONError.tooDeep(limit: 2, offset: 2 * open.utf8.count)) {
      try Value(json: Array(nested(3).utf8), maximumDepth: 2)
    }
  }

  @Test(
    arguments: [
      (JSONError.unexpected(offset: 3, expected: "a value"), "expected a value at byte 3"),
      (.unexpectedEnd, "the text ends in the middle of a value"),
      (.tooDeep(limit: 64, offset: 9), "nesting deeper than 64 at byte 9"),
      (.duplicateKey("a", offset: 1), "duplicate key 'a' at byte 1"),
      (.numberOutOfRange(offset: 2), "number out of range at byte 2"),
      (.invalidUTF8(offset: 0), "not valid UTF-8 at byte 0"),
    ] as [(JSONError, String)])
  func errorsSayWhatAndWhere(_ error: JSONError, _ words: String) {
    #expect(error.description == words)
  }
}
