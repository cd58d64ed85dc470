import Foundation
import TestSupport
import Testing

@testable import ConcurrentFutures

/// What travels between processes: every shape that `Codable` has, there and back, and what is said of the wrong ones.
@Suite struct PayloadTests {
  /// A value, its JSON, and what comes back.
  struct Shape: Sendable, CustomTestStringConvertible {
    var testDescription: String
    let check: @Sendable () throws -> Void

    init<Value: Codable & Equatable & Sendable>(_ value: Value, _ json: String) {
      testDescription = json
      check = {
        let bytes = try TaskPayload.encode(value)
        #expect(String(decoding: bytes, as: UTF8.self) == json)
        #expect(try TaskPayload.decode(Value.self, from: bytes) == value)
        // Another implementation reads the same, if it knows the type.
        if !"\(Value.self)".contains("Int128") {
          #expect(try JSONDecoder().decode(Value.self, from: Data(bytes)) == value)
        }
      }
    }
  }

  enum Choice: Codable, Equatable {
    case plain
    case number(Int)
    case named(x: Int, y: String?)
  }

  enum Word: String, Codable { case yes, no }

  struct Tree: Codable, Equatable {
    var name: String
    var children: [Tree] = []
    var note: String?
  }

  struct Pair<First: Codable & Equatable & Sendable, Second: Codable & Equatable & Sendable>: Codable,
    Equatable,
    Sendable
  {
    var first: First
    var second: Second
  }

  class Animal: Codable {
    var name: String
    init(name: String) { self.name = name }
  }

  final class Dog: Animal, Equatable, @unchecked Sendable {
    // Guard of the unchecked conformance: never changed.
    var age: Int

    init(name: String, age: Int) {
      self.age = age
      super.init(name: name)
    }

    private enum CodingKeys: CodingKey { case age }

    required init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      age = try container.decode(Int.self, forKey: .age)
      try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(age, forKey: .age)
      try super.encode(to: container.superEncoder())
    }

    static func == (left: Dog, right: Dog) -> Bool { left.name == right.name && left.age == right.age }
  }

  /// Lists in a list, a mapping in it, and a nothing.
  struct ByHand: Codable, Equatable {
    var numbers: [Int]
    var text: String

    private enum Key: CodingKey { case text }

    init(numbers: [Int], text: String) { (self.numbers, self.text) = (numbers, text) }

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      var inner = try list.nestedUnkeyedContainer()
      numbers = []
      while !inner.isAtEnd { numbers.append(try inner.decode(Int.self)) }
      text = try list.nestedContainer(keyedBy: Key.self).decode(String.self, forKey: .text)
      let endsWithNothing = try list.decodeNil()
      #expect(endsWithNothing)
      #expect(list.isAtEnd && list.currentIndex == 3 && list.count == 3)
    }

    func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      var inner = list.nestedUnkeyedContainer()
      for number in numbers { try inner.encode(number) }
      var mapping = list.nestedContainer(keyedBy: Key.self)
      try mapping.encode(text, forKey: .text)
      try list.encodeNil()
      #expect(list.count == 3)
    }
  }

  private static let scalars = [
    Shape(0, "0"), Shape(Int.min, "-9223372036854775808"), Shape(Int.max, "9223372036854775807"),
    Shape(UInt64.max, "18446744073709551615"), Shape(Int8.min, "-128"), Shape(UInt8.max, "255"),
    Shape(Int128.min, "-170141183460469231731687303715884105728"),
    Shape(UInt128.max, "340282366920938463463374607431768211455"),
    Shape(true, "true"), Shape(false, "false"), Shape(0.1, "0.1"), Shape(-0.0, "-0.0"),
    Shape(1e300, "1e+300"),
    Shape(Double.leastNonzeroMagnitude, "5e-324"), Shape(Float(0.1), "0.1"),
    Shape(Float.greatestFiniteMagnitude, "3.4028235e+38"), Shape("", "\"\""),
    Shape("a\"\\\n\t\u{0}\u{7F}é😀\u{2028}", "\"a\\\"\\\\\\u000a\\u0009\\u0000\\u007fé😀\u{2028}\""),
    Shape(Word.no, "\"no\""),
  ]

  private static let collections = [
    Shape([Int](), "[]"), Shape([1, 2, 3], "[1,2,3]"), Shape([[1], [], [2, 3]], "[[1],[],[2,3]]"),
    Shape([1, nil, 3], "[1,null,3]"), Shape([UInt8](0...9), "[0,1,2,3,4,5,6,7,8,9]"),
    Shape([String: Int](), "{}"), Shape(["a": 1], "{\"a\":1}"),
    Shape(["a\"b": [true]], "{\"a\\\"b\":[true]}"),
    Shape([7: "seven"], "{\"7\":\"seven\"}"), Shape([-1: Word.yes], "{\"-1\":\"yes\"}"),
    Shape([Word.yes: 1], "[\"yes\",1]"), Shape(Set([5]), "[5]"), Shape(1..<4, "[1,4]"),
    Shape(Int?.none, "null"), Shape(Int?.some(5), "5"),
  ]

  private static let composed = [
    Shape(Choice.plain, #"{"plain":{}}"#), Shape(Choice.number(5), #"{"number":{"_0":5}}"#),
    Shape(Choice.named(x: 1, y: nil), #"{"named":{"x":1}}"#),
    Shape(Choice.named(x: 1, y: "b"), #"{"named":{"x":1,"y":"b"}}"#),
    Shape([Choice.plain, .number(1)], #"[{"plain":{}},{"number":{"_0":1}}]"#),
    Shape(
      Tree(name: "a", children: [Tree(name: "b", note: "n")]),
      #"{"name":"a","children":[{"name":"b","children":[],"note":"n"}]}"#),
    Shape(Pair(first: 1, second: ["x": 2.5]), #"{"first":1,"second":{"x":2.5}}"#),
    Shape(
      Pair(first: Int128.max, second: [UInt128.max]),
      #"{"first":170141183460469231731687303715884105727,"second":[340282366920938463463374607431768211455]}"#
    ),
    Shape(Pair(first: Int?.none, second: Int?.some(2)), #"{"first":null,"second":2}"#),
    Shape(Dog(name: "Rex", age: 3), #"{"age":3,"super":{"name":"Rex"}}"#),
    Shape(ByHand(numbers: [1, 2], text: "t"), #"[[1,2],{"text":"t"},null]"#),
  ]

  @Test("a value becomes this JSON, and comes back as it was", arguments: scalars + collections + composed)
  func thereAndBack(shape: Shape) throws { try shape.check() }

  @Test("a number with a fraction of zero is an integer too") func wholeNumbers() throws {
    #expect(try TaskPayload.decode([Int].self, from: Array("[1.0, 2e3]".utf8)) == [1, 2000])
    #expect(try TaskPayload.decode(Double.self, from: Array("3".utf8)) == 3)
  }

  @Test("what JSON has no word for is said", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(number: Double) {
    #expect(refusal { try TaskPayload.encode(number) } == "JSON has no word for '\(number)'")
    #expect(
      refusal { try TaskPayload.encode(Pair(first: 1, second: ["a": [number]])) }
        == "JSON has no word for '\(number)', at '.second.a[0]'")
    #expect(
      refusal { try TaskPayload.encode([[1], [2, number]]) }
        == "JSON has no word for '\(number)', at '[1][1]'"
    )
    #expect(refusal { try TaskPayload.encode(Float.infinity) } == "JSON has no word for 'inf'")
  }

  /// JSON, the type it is read as, and what is wrong.
  struct Mistake: Sendable {
    let json: String
    let text: String
    let read: @Sendable ([UInt8]) throws -> Void

    init<Value: Decodable & Sendable>(_ json: String, _ type: Value.Type, _ text: String) {
      (self.json, self.text) = (json, text)
      read = { _ = try TaskPayload.decode(type, from: $0) }
    }
  }

  private static let mistakes = [
    Mistake("\"1\"", Int.self, "expected a number, found a string"),
    Mistake("1", String.self, "expected a string, found a number"),
    Mistake("1", Bool.self, "expected a boolean, found a number"),
    Mistake("null", Int.self, "expected a number, found null"),
    Mistake("[]", [String: Int].self, "expected a mapping, found a list"),
    Mistake("{}", [Int].self, "expected a list, found a mapping"),
    Mistake("1.5", Int.self, "'1.5' is no Int"), Mistake("256", UInt8.self, "'256' is no UInt8"),
    Mistake("-1", UInt64.self, "'-1' is no UInt64"),
    Mistake("9223372036854775808", Int.self, "'9223372036854775808' is no Int"),
    Mistake("[1,\"b\"]", [Int].self, "expected a number, found a string, at '[1]'"),
    Mistake("[1,[2],3]", [Int].self, "expected a number, found a list, at '[1]'"),
    Mistake("[[1],[2,256]]", [[UInt8]].self, "'256' is no UInt8, at '[1][1]'"),
    Mistake("[1e400]", [Double].self, "'1e400' is no Double, at '[0]'"),
    Mistake(#"{"first":1}"#, Pair<Int, Int>.self, "'second' is missing"),
    Mistake(
      #"{"first":1,"second":{"a":[1,null]}}"#, Pair<Int, [String: [Int]]>.self,
      "expected a number, found null, at '.second.a[1]'"),
    Mistake("[[1]]", ByHand.self, "the list has only 1 elements"),
    Mistake("[1", [Int].self, "expected ']' at byte 2"),
    Mistake("1 2", Double.self, "expected the end at byte 2"),
    Mistake("[0x10]", [Double].self, "expected a value at byte 1"),
    Mistake("[1.]", [Double].self, "expected a value at byte 1"),
    Mistake("[-inf]", [Double].self, "expected a value at byte 1"),
    Mistake("1e400", Double.self, "'1e400' is no Double"),
    Mistake("[truth]", [Bool].self, "expected a value at byte 1"),
    Mistake("[1]x", [Int].self, "expected the end at byte 3"),
    Mistake("{\"a\" 1}", [String: Int].self, "expected ':' at byte 5"),
    Mistake("[\"a]", [String].self, "expected '\"' at byte 4"),
    Mistake("nope", Bool.self, "expected a value at byte 0"),
    Mistake("", [Int].self, "expected a value at byte 0"),
  ]

  @Test("what is not of the type is told with its place", arguments: mistakes)
  func mistake(mistake: Mistake) {
    #expect(refusal { try mistake.read(Array(mistake.json.utf8)) } == mistake.text)
  }

  @Test("a string is the same wherever its quotes and escapes stand", arguments: 0..<200)
  func strings(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let pieces = ["\\", "\"", "\n", "x", "é", String(repeating: "y", count: 100), "\u{1F}", "\\\\\""]
    let text = (0..<Int.random(in: 0...20, using: &random)).map { _ in
      pieces[Int.random(in: 0..<pieces.count, using: &random)]
    }.joined()
    #expect(try TaskPayload.decode(String.self, from: TaskPayload.encode(text)) == text)
    #expect(try TaskPayload.decode([String].self, from: TaskPayload.encode([text, text])) == [text, text])
    #expect(try JSONDecoder().decode([String].self, from: Data(TaskPayload.encode([text]))) == [text])
  }
}

/// What is said of a payload that cannot be read or written; `nil` if it can.
func refusal(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return TaskPayload.describe(error)
  }
}
