import Foundation
import TestSupport
import Testing

@testable import ConcurrentFutures

/// The protocol's lines: read, checked and written.
@Suite struct ProcessesProtocolTests {
  // MARK: Scanner

  @Test(arguments: [
    (#"{}"#, [:]), (#" { "a" : 1 } "#, ["a": "1"]),
    (#"{"a":{"b":[1,{}]},"c":"}"}"#, ["a": #"{"b":[1,{}]}"#, "c": #""}""#]),
    (#"{"a":1,"a":2}"#, ["a": "2"]), (#"{"\u0061":-1.5e3}"#, ["a": "-1.5e3"]),
    (#"{"a":"\\\""}"#, ["a": #""\\\"""#]),
    (#"{"a":[],"b":null,"c":true}"#, ["a": "[]", "b": "null", "c": "true"]),
  ])
  func membersAreFoundAsTheyAreWritten(text: String, members: [String: String]) throws {
    #expect(
      try Self.members(of: Array(text.utf8)).mapValues { String(decoding: $0, as: UTF8.self) } == members)
  }

  private static func members(of text: [UInt8]) throws -> [String: ArraySlice<UInt8>] {
    let items = try JSONScanner.members(of: text[...]).items
    return Dictionary(
      items.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }, uniquingKeysWith: { _, last in last }
    )
  }

  @Test(arguments: [
    ("", 0, "'{'"), ("[]", 0, "'{'"), ("x", 0, "'{'"), ("{", 1, "'\"'"), ("{}x", 2, "the end"),
    ("{} {}", 3, "the end"),
    (#"{"a"}"#, 4, "':'"), (#"{"a":}"#, 5, "a value"), (#"{"a":1"#, 6, "'}'"), (#"{"a":1,}"#, 7, "'\"'"),
    (#"{"a":[1}"#, 7, "a value"), (#"{"a":"b}"#, 8, "'\"'"), (#"{"a":"b\"#, 8, "'\"'"),
    (#"{a:1}"#, 1, "'\"'"),
    (#"{"a":#}"#, 5, "a value"), (#"{"a":]}"#, 5, "a value"), (#"{"a":,}"#, 5, "a value"),
    (#"{"a":1 2}"#, 7, "'}'"),
  ])
  func whatIsNoObjectIsToldWhere(text: String, offset: Int, expected: String) {
    #expect(throws: JSONScanner.Fault(offset: offset, expected: expected)) {
      try JSONScanner.members(of: Array(text.utf8)[...])
    }
  }

  @Test func depthIsBounded() throws {
    let deep = { (depth: Int) in
      Array(
        (#"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}").utf8)
    }
    _ = try JSONScanner.members(of: deep(64)[...])
    #expect(throws: JSONScanner.Fault.self) { try JSONScanner.members(of: deep(65)[...]) }
    #expect(throws: JSONScanner.Fault.self) { try JSONScanner.members(of: deep(100_000)[...]) }
  }

  @Test(arguments: [
    (#""""#, ""), (#""aé😀""#, "aé😀"), (#""\n\t\r\b\f\/\\\"""#, "\n\t\r\u{8}\u{C}/\\\""), (#""\u00e9""#, "é"),
    (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
    (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude00""#, "\u{FFFD}"), (#""\uzzzz""#, "\u{FFFD}zzzz"),
    (#""\u+123""#, "\u{FFFD}+123"), (#""\u12""#, "\u{FFFD}12"), (#""\u0000""#, "\0"),
  ])
  func stringsAreRead(literal: String, text: String) {
    #expect(JSONScanner.string(Array(literal.utf8)[...]) == text)
  }

  @Test(arguments: ["", "1", "null", #""a"#, #""a" "#, #""a""b""#, "[]"])
  func whatIsNoStringIsNone(literal: String) {
    #expect(JSONScanner.string(Array(literal.utf8)[...]) == nil)
  }

  @Test(arguments: 0..<200)
  func theScannerFindsWhatFoundationFinds(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var object: [String: Any] = [:]
    for _ in 0..<Int.random(in: 0...6, using: &random) { object[text(&random)] = value(3, &random) }
    let options: JSONSerialization.WritingOptions = Bool.random(using: &random) ? .prettyPrinted : []
    let data = try JSONSerialization.data(withJSONObject: object, options: options)
    let members = try Self.members(of: Array(data))
    #expect(Set(members.keys) == Set(object.keys))
    for (key, bytes) in members {
      let found = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      #expect((found as? NSObject) == (object[key] as? NSObject))
      if let text = object[key] as? String { #expect(JSONScanner.string(bytes) == text) }
    }
    // One changed byte: whatever the scanner refuses Foundation refuses too, and nothing traps.
    for _ in 0..<50 {
      var bytes = Array(data)
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
      let isObject = (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any]
      if isObject { #expect(throws: Never.self) { try JSONScanner.members(of: bytes[...]) } }
    }
  }

  private func value(_ depth: Int, _ random: inout SplitMix) -> Any {
    switch Int.random(in: 0...(depth == 0 ? 3 : 5), using: &random) {
    case 0: return NSNull()
    case 1: return Bool.random(using: &random)
    case 2: return Int.random(in: -1000...1000, using: &random)
    case 3: return text(&random)
    case 4: return (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth - 1, &random) }
    default:
      var object: [String: Any] = [:]
      for _ in 0..<Int.random(in: 0...3, using: &random) { object[text(&random)] = value(depth - 1, &random) }
      return object
    }
  }

  private func text(_ random: inout SplitMix) -> String {
    let alphabet = Array("ab\"\\/{}[]:, \n\té😀\u{1}\u{2028}")
    return String(
      (0..<Int.random(in: 0...8, using: &random)).compactMap { _ in alphabet.randomElement(using: &random) })
  }

  // MARK: Writer

  @Test(arguments: ["", "a", "\"\\", "\n\r\t\0\u{1F}\u{7F}", "é😀\u{2028}"])
  func whatIsWrittenIsReadBack(text: String) throws {
    let literal = JSONText.string(text)
    #expect(!literal.contains(UInt8(ascii: "\n")))
    #expect(JSONScanner.string(literal[...]) == text)
    let data = Data(literal)
    #expect(try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) as? String == text)
  }

  @Test func whatNeedsAnEscapeIsFoundWhereverItStands() {
    for length in [1, 7, 8, 9, 16, 21] {
      for position in 0..<length {
        for byte in UInt8.min...0x7F {
          var text = Array(repeating: UInt8(ascii: "~"), count: length)
          text[position] = byte
          let literal = JSONText.string(String(decoding: text, as: UTF8.self))
          #expect(JSONScanner.string(literal[...])?.utf8.elementsEqual(text) == true)
          let isPlain = byte >= 0x20 && ![0x7F, UInt8(ascii: "\""), UInt8(ascii: "\\")].contains(byte)
          #expect((literal == [0x22] + text + [0x22]) == isPlain)
        }
      }
    }
  }

  @Test func theHostsLinesAreThoseOfTheProtocol() throws {
    let run = HostMessage.run(
      id: "17",
      WorkerRequest(
        type: "mean", parameters: Array(#"{"xs":[1,2]}"#.utf8), task: "avg[3]", attempt: 1, directory: "/abs",
        environment: [("K", "v")]))
    #expect(run.last == UInt8(ascii: "\n"))
    #expect(run.count { $0 == UInt8(ascii: "\n") } == 1)
    #expect(
      try JSONSerialization.jsonObject(with: Data(run)) as? NSDictionary == [
        "jsonrpc": "2.0", "id": "17", "method": "run",
        "params": [
          "type": "mean", "params": ["xs": [1, 2]], "task": "avg[3]", "attempt": 1, "dir": "/abs",
          "env": ["K": "v"],
        ],
      ])
    #expect(
      String(decoding: HostMessage.cancel("19"), as: UTF8.self)
        == #"{"jsonrpc":"2.0","method":"cancel","params":{"id":"19"}}"# + "\n")
    let hello =
      try JSONSerialization.jsonObject(with: Data(HostMessage.initialize(cookie: "c\"d"))) as? NSDictionary
    #expect(
      hello == [
        "jsonrpc": "2.0", "id": "0", "method": "initialize",
        "params": [
          "protocol": ["min": 1, "max": 1], "host": ["name": "taskrun", "version": "1.0.0"], "cookie": "c\"d",
          "limits": ["line_bytes": 1_048_576], "kind": "cpu",
        ],
      ])
  }

  // MARK: Messages

  @Test(arguments: [
    (
      #"{"jsonrpc":"2.0","id":"0","result":{"protocol":1,"cookie":"c","inflight":3,"types":[{"name":"a"},{"x":1},2]}}"#,
      #"handshake 1 c 3 ["a"]"#
    ),
    (#"{"id":"0","result":{}}"#, "handshake nil nil nil []"),
    (#"{"id":"0","result":{"protocol":"1","cookie":7,"types":{}}}"#, "handshake nil nil nil []"),
    (#"{"id":"0","error":{"code":-1,"message":"no"}}"#, "rejected no"),
    (#"{"id":"0","error":{}}"#, "rejected no message"),
    (#"{"id":"17","result":{"status":"succeeded","value":1.5}}"#, "answer 17 1.5"),
    (#"{"id":"17","result":{"status":"succeeded"}}"#, "answer 17 null"),
    (
      #"{"id":"17","error":null,"result":{"status":"succeeded","value":[ 1 ],"usage":null}}"#,
      "answer 17 [ 1 ]"
    ),
    (
      #"{"id":"17","result":{"status":"succeeded","value":{"protocol":1},"protocol":1}}"#,
      #"answer 17 {"protocol":1}"#
    ),
    (#"{"id":"17","result":{"status":"succeeded","value_file":"/a/b"}}"#, "answer 17 file /a/b"),
    (
      #"{"id":"17","result":{"status":"succeeded","usage":{"user_microseconds":5,"system_microseconds":7}}}"#,
      "answer 17 null 5 7"
    ),
    (
      #"{"id":"18","result":{"status":"failed","error":{"type":"ValueError","message":"no good: 7","trace":"t"}}}"#,
      "answer 18 failed ValueError no good: 7 t"
    ),
    (#"{"id":"18","result":{"status":"failed"}}"#, "answer 18 failed error failed "),
    (#"{"id":"19","error":{"code":-32010,"message":"cancelled"}}"#, "refused 19 -32010 cancelled"),
    (#"{"id":"19","error":{"code":"x"}}"#, "refused 19 0 no message"),
    (#"{"method":"started","params":{"id":"17"}}"#, "started 17"),
    (#"{"method":"output","params":{"id":"17","stream":"stdout","text":"a\n"}}"#, "output 17 false a\n"),
    (#"{"method":"output","params":{"id":"17","stream":"stderr","text":"b"}}"#, "output 17 true b"),
    (#"{"method":"output","params":{"id":"17"}}"#, "output 17 false "),
    (#"{"method":"bye","params":{"reason":"r"}}"#, "bye"), (#"{"method":"bye"}"#, "bye"),
    (#"{"method":"log","params":5}"#, "other"), (#"{"method":"weather"}"#, "other"),
    (#"{"id":"9","method":"sampling"}"#, "other"), (#"{"id":"shutdown","result":null}"#, "other"),
    (#"{"id":"shutdown","error":{"code":1}}"#, "other"),
  ])
  func linesAreUnderstood(line: String, meaning: String) throws {
    #expect(try WorkerMessage(Array(line.utf8)[...]).meaning == meaning)
  }

  @Test(arguments: [
    ("DEBUG", "not a JSON object: expected '{' at byte 0"), ("", "not a JSON object: expected '{' at byte 0"),
    ("[1]", "not a JSON object: expected '{' at byte 0"),
    (#"{"id":"1""#, "not a JSON object: expected '}' at byte 9"),
    (#"{}"#, "'id' or 'method' is missing"), (#"{"id":17,"result":{}}"#, "'id' or 'method' is missing"),
    (#"{"id":"17"}"#, "'result' or 'error' is missing"), (#"{"id":"0"}"#, "'result' or 'error' is missing"),
    (#"{"id":"17","result":null}"#, "'status' is missing"),
    (#"{"id":"17","result":{}}"#, "'status' is missing"),
    (#"{"id":"17","result":{"status":1}}"#, "'status' is missing"),
    (#"{"id":"17","result":5}"#, "not a JSON object: expected '{' at byte 0"),
    (#"{"id":"17","error":"no"}"#, "not a JSON object: expected '{' at byte 0"),
    (
      #"{"id":"17","result":{"status":"sucess"}}"#,
      "unknown status 'sucess'; expected 'succeeded' or 'failed'"
    ),
    (#"{"id":"17","result":{"status":"failed","error":3}}"#, "not a JSON object: expected '{' at byte 0"),
    (#"{"id":"17","result":{"status":"succeeded","usage":[]}}"#, "not a JSON object: expected '{' at byte 0"),
    (#"{"method":"started"}"#, "'id' is missing"),
    (#"{"method":"started","params":[]}"#, "not a JSON object: expected '{' at byte 0"),
    (#"{"method":"output","params":{"text":"x"}}"#, "'id' is missing"),
  ])
  func everyViolationIsNamed(line: String, text: String) {
    let error = #expect(throws: WorkerMessage.Violation.self) { try WorkerMessage(Array(line.utf8)[...]) }
    #expect(error?.description == text)
  }

  @Test(arguments: 0..<50)
  func noBytesTrap(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let seeds = [
      #"{"id":"17","result":{"status":"succeeded","value":[1,"\ud83d\ude00"],"usage":{"user_microseconds":5}}}"#,
      #"{"method":"output","params":{"id":"17","stream":"stdout","text":"a\n"}}"#,
    ].map { Array($0.utf8) }
    for _ in 0..<200 {
      var bytes = seeds[Int.random(in: 0...1, using: &random)]
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        default: bytes.remove(at: position)
        }
      }
      _ = try? WorkerMessage(bytes[...])
    }
  }
}

extension WorkerMessage {
  fileprivate var meaning: String {
    func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "nil" }
    switch self {
    case .handshake(let handshake):
      return "handshake \(text(handshake.protocolVersion)) \(handshake.cookie ?? "nil") "
        + "\(text(handshake.inflight)) \(handshake.types)"
    case .rejected(let message): return "rejected \(message)"
    case .answer(let id, let answer):
      let times = [answer.userTime, answer.systemTime].compactMap {
        $0.map { " \(Int($0 / .microseconds(1)))" }
      }
      switch answer.value {
      case .success(.json(let bytes)):
        return "answer \(id) \(String(decoding: bytes, as: UTF8.self))" + times.joined()
      case .success(.file(let path)): return "answer \(id) file \(path)"
      case .failure(let failure):
        return "answer \(id) failed \(failure.type) \(failure.message) \(failure.trace)"
      }
    case .refused(let id, let code, let message): return "refused \(id) \(code) \(message)"
    case .started(let id): return "started \(id)"
    case .output(let id, let isError, let text):
      return "output \(id) \(isError) \(String(decoding: text, as: UTF8.self))"
    case .bye: return "bye"
    case .other: return "other"
    }
  }
}
