import Foundation
import Synchronization
import Testing

@testable import ConcurrentFutures

/// What a value may do while it is encoded: too deep, without end, out of order, twice.
@Suite(.timeLimit(.minutes(5))) struct PayloadShapeTests {
  /// What its closure writes.
  struct Writing: Encodable {
    let body: (any Encoder) throws -> Void

    func encode(to encoder: any Encoder) throws { try body(encoder) }
  }

  private func json(_ body: @escaping (any Encoder) throws -> Void) throws -> String {
    String(decoding: try TaskPayload.encode(Writing(body: body)), as: UTF8.self)
  }

  // MARK: Depth

  /// A way to nest: a value that has so many levels in it. `Int.max` has no end.
  enum Nesting: CaseIterable, Sendable {
    case lists, mappings, superclasses, choices, nestedContainers, mixed

    func value(_ levels: Int) -> any Encodable {
      Writing { encoder in
        switch self {
        case .lists:
          var list = encoder.unkeyedContainer()
          if levels > 1 { try list.encode(Carrier(value: value(levels - 1))) }
        case .mappings:
          var mapping = encoder.container(keyedBy: PayloadKey.self)
          if levels > 1 {
            try mapping.encode(Carrier(value: value(levels - 1)), forKey: .init(stringValue: "k"))
          }
        case .superclasses:
          var mapping = encoder.container(keyedBy: PayloadKey.self)
          // A class that writes nothing itself could not be stopped: none of its calls throws.
          try mapping.encode(levels, forKey: .init(stringValue: "own"))
          if levels > 1 { try value(levels - 1).encode(to: mapping.superEncoder()) }
        case .choices:
          var mapping = encoder.container(keyedBy: PayloadKey.self)
          if levels > 1 {
            var inner = mapping.nestedUnkeyedContainer(forKey: .init(stringValue: "k"))
            if levels > 2 { try inner.encode(Carrier(value: value(levels - 2))) }
          }
        case .nestedContainers:
          var list = encoder.unkeyedContainer()
          // A value without end would be here for ever, for this does not throw.
          for _ in 1..<min(levels, 100_000) { list = list.nestedUnkeyedContainer() }
        case .mixed:
          var list = encoder.unkeyedContainer()
          try list.encode(levels)
          if levels > 1 { try value(levels - 1).encode(to: list.superEncoder()) }
        }
      }
    }
  }

  /// Wraps a value whose type is not known; adds no level.
  struct Carrier: Encodable {
    let value: any Encodable

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
  }

  @Test("61 levels are encoded and decoded", arguments: Nesting.allCases)
  func deepEnough(nesting: Nesting) throws {
    let json = try TaskPayload.encode(Carrier(value: nesting.value(61)))
    #expect(json.count { "[{".utf8.contains($0) } == 61)
    _ = try JSONDocument(json)
  }

  @Test("more are refused with the limit, on a small stack", arguments: Nesting.allCases)
  func tooDeep(nesting: Nesting) throws {
    for levels in [62, 63, 64, 65, 1000, 1_000_000, Int.max] {
      let message = Mutex<String?>(nil)
      let thread = try PlatformThread.start(name: "small", stackSizeBytes: 512 << 10) {
        message.withLock {
          $0 = refusal { try TaskPayload.encode(Carrier(value: nesting.value(levels))) }
        }
      }
      thread.join()
      let text = try #require(message.withLock { $0 })
      #expect(text.hasPrefix("more than 61 lists and mappings inside of one another, at '"))
    }
  }

  final class Ring: Encodable {
    var next: Ring?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(next)
    }
  }

  @Test("a value that wraps itself without a list or mapping is refused, on a small stack")
  func wrapsItself() throws {
    let message = Mutex<String?>(nil)
    let thread = try PlatformThread.start(name: "small", stackSizeBytes: 512 << 10) {
      let ring = Ring()
      ring.next = ring
      message.withLock { $0 = refusal { try TaskPayload.encode(ring) } }
      ring.next = nil
    }
    thread.join()
    #expect(message.withLock { $0 } == "more than 256 values inside of one another")
  }

  // MARK: Order

  @Test("containers of one value may be filled in any order, and at the same time") func interleaved() throws
  {
    let text = try json { encoder in
      var top = encoder.unkeyedContainer()
      var first = top.nestedUnkeyedContainer()
      var second = top.nestedContainer(keyedBy: PayloadKey.self)
      let third = top.superEncoder()
      try top.encode(4)
      try second.encode("b", forKey: .init(stringValue: "a"))
      var inner = first.nestedUnkeyedContainer()
      try first.encode(1)
      try second.encode([true], forKey: .init(stringValue: "c"))
      try inner.encode(0.5)
      var single = third.singleValueContainer()
      try single.encode("3")
      try first.encodeNil()
      _ = top.nestedUnkeyedContainer()
      _ = top.superEncoder()
      #expect(top.count == 6)
    }
    #expect(text == #"[[[0.5],1,null],{"a":"b","c":[true]},"3",4,[],{}]"#)
  }

  @Test("a member that is encoded again is replaced, with all that was to come in it") func replaced() throws
  {
    let text = try json { encoder in
      var mapping = encoder.container(keyedBy: PayloadKey.self)
      try mapping.encode(1, forKey: .init(stringValue: "a"))
      var late = mapping.nestedUnkeyedContainer(forKey: .init(stringValue: "b"))
      try mapping.encode(2, forKey: .init(stringValue: "c"))
      try mapping.encode([3], forKey: .init(stringValue: "b"))
      try late.encode("lost")
      try mapping.encodeNil(forKey: .init(stringValue: "a"))
      var kept = mapping.nestedUnkeyedContainer(forKey: .init(stringValue: "d"))
      try mapping.encode(4, forKey: .init(stringValue: "a"))
      try kept.encode("kept")
    }
    #expect(text == #"{"c":2,"b":[3],"d":["kept"],"a":4}"#)
  }

  @Test("what throws leaves nothing behind") func undone() throws {
    let text = try json { encoder in
      var mapping = encoder.container(keyedBy: PayloadKey.self)
      try mapping.encode(1, forKey: .init(stringValue: "a"))
      for value in [[Double.nan], [1, .infinity]] {
        #expect(throws: EncodingError.self) { try mapping.encode(value, forKey: .init(stringValue: "a")) }
      }
      #expect(throws: EncodingError.self) { try mapping.encode(Double.nan, forKey: .init(stringValue: "b")) }
      #expect(throws: EncodingError.self) {
        try mapping.encode(Carrier(value: Nesting.lists.value(61)), forKey: .init(stringValue: "c"))
      }
      try mapping.encode("instead", forKey: .init(stringValue: "c"))
    }
    #expect(text == #"{"a":1,"c":"instead"}"#)
  }

  @Test("two containers of one kind are one; two kinds are refused") func secondContainers() throws {
    let text = try json { encoder in
      var first = encoder.container(keyedBy: PayloadKey.self)
      var second = encoder.container(keyedBy: PayloadKey.self)
      try first.encode(1, forKey: .init(stringValue: "a"))
      try second.encode(2, forKey: .init(stringValue: "b"))
    }
    #expect(text == #"{"a":1,"b":2}"#)
    let wrong: [@Sendable (any Encoder) throws -> Void] = [
      { _ = ($0.unkeyedContainer(), $0.container(keyedBy: PayloadKey.self)) },
      {
        var list = $0.unkeyedContainer()
        var single = $0.singleValueContainer()
        try list.encode(1)
        try single.encode(1)
      },
    ]
    for body in wrong {
      #expect(
        refusal { try TaskPayload.encode([Writing(body: body)]) }
          == "the value has been begun as a list, and cannot be something else, at '[0]'")
    }
  }

  // MARK: Places

  @Test("a coding path is the same for whoever looks at it on the way") func paths() throws {
    var paths: [String] = []
    func note(_ path: [any CodingKey]) { paths.append(path.map(\.stringValue).joined(separator: "/")) }
    _ = try json { encoder in
      var top = encoder.container(keyedBy: PayloadKey.self)
      var list = top.nestedUnkeyedContainer(forKey: .init(stringValue: "list"))
      for _ in 0..<2 { try list.encode(Writing { note($0.codingPath) }) }
      try list.encode(
        Writing { encoder in
          var inner = encoder.unkeyedContainer()
          for _ in 0..<2 { try inner.encode([Writing { note($0.codingPath) }]) }
          note(inner.codingPath)
        })
      note(top.superEncoder().codingPath)
      note(encoder.codingPath)
    }
    #expect(paths == ["list/0", "list/1", "list/2/0/0", "list/2/1/0", "list/2", "super", ""])
  }

  // MARK: Size

  @Test("large values take a time in proportion to their size") func linear() throws {
    let numbers = Dictionary(uniqueKeysWithValues: (0..<50_000).map { ($0, $0) })
    #expect(try TaskPayload.decode([Int: Int].self, from: TaskPayload.encode(numbers)) == numbers)
    let texts = (0..<50_000).map { "\($0)\n" }
    #expect(try TaskPayload.decode([String].self, from: TaskPayload.encode(texts)) == texts)
    let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(try TaskPayload.decode(Data.self, from: TaskPayload.encode(bytes)) == bytes)
  }
}
