/// A JSON text, and where its values are: nothing of it is copied before somebody asks for it.
///
/// The values are numbered in the order of the text. Behind a list or mapping comes all that is in it, each member's
/// key before its value.
final class JSONDocument {
  /// What a value is, in words.
  enum Kind: String {
    case null
    case boolean = "a boolean"
    case number = "a number"
    case string = "a string"
    case list = "a list"
    case mapping = "a mapping"
  }

  /// The longest text, so that 32 bits are enough for the number of a value.
  private static let maximumBytes = 1 << 31

  let bytes: [UInt8]
  /// Where each value begins. For a list or mapping two more numbers follow: of the value behind all that is in it, and
  /// how many elements it has.
  private let table: [UInt32]

  /// Finds the values of a text that is one value.
  init(_ bytes: [UInt8]) throws(JSONScanner.Fault) {
    guard bytes.count <= Self.maximumBytes else {
      throw JSONScanner.Fault(offset: Self.maximumBytes, expected: "the end")
    }
    self.bytes = bytes
    var scanner = JSONScanner(bytes[...])
    var table: [UInt32] = []
    scanner.skipSpace()
    try scanner.locate(&table, depth: 0)
    scanner.skipSpace()
    guard scanner.index == bytes.endIndex else { throw scanner.fault("the end") }
    self.table = table
  }

  /// Where a value begins.
  func start(of value: Int) -> Int { Int(table[value]) }

  func kind(of value: Int) -> Kind {
    switch bytes[start(of: value)] {
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "["): .list
    case UInt8(ascii: "{"): .mapping
    default: .number
    }
  }

  /// How many elements or members a list or mapping has.
  func count(of container: Int) -> Int { Int(table[container + 2]) }

  /// The first element, or the key of the first member, of a list or mapping that has one.
  func first(of container: Int) -> Int { container + 3 }

  /// The value that follows, over all that is in this one.
  func next(after value: Int) -> Int {
    switch kind(of: value) {
    case .list, .mapping: Int(table[value + 1])
    default: value + 1
    }
  }

  /// Reads a scalar; `nil` if the value is none of this type.
  func scalar<Value: PayloadScalar>(_ value: Int) -> Value? {
    kind(of: value) == Value.kind ? Value.read(self, at: start(of: value)) : nil
  }

  /// The members of a mapping. The last of equal keys counts.
  func members(of mapping: Int) -> [String: Int] {
    let count = count(of: mapping)
    var members = [String: Int](minimumCapacity: count)
    var key = first(of: mapping)
    for _ in 0..<count {
      members[string(at: start(of: key))] = key + 1
      key = next(after: key + 1)
    }
    return members
  }

  /// The text of the string that begins there.
  func string(at start: Int) -> String {
    var scanner = JSONScanner(bytes[start...])
    return (try? scanner.string()) ?? ""
  }

  /// The integer that begins there; `nil` if it is no integer, or one with more than 18 digits.
  func integer(at start: Int) -> Int? {
    let isNegative = bytes[start] == UInt8(ascii: "-")
    let first = isNegative ? start + 1 : start
    var (number, index) = (0, first)
    while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
      number = 10 &* number &+ Int(digit)
      index += 1
    }
    // What does not end here goes on as a fraction or with an exponent.
    let isWhole = index == bytes.count || !JSONScanner.isWordByte(bytes[index])
    guard isWhole, (1...18).contains(index - first) else { return nil }
    return isNegative ? -number : number
  }

  /// The number or other word that begins there.
  func word(at start: Int) -> ArraySlice<UInt8> {
    var scanner = JSONScanner(bytes[start...])
    try? scanner.skipWord()
    return bytes[start..<scanner.index]
  }
}

extension JSONScanner {
  /// Adds a value, and all that is in it, to the table of a ``JSONDocument``.
  fileprivate mutating func locate(_ table: inout [UInt32], depth: Int) throws(Fault) {
    table.append(UInt32(index))
    switch peek {
    case UInt8(ascii: "{"): try locateElements("}", &table, depth: depth + 1)
    case UInt8(ascii: "["): try locateElements("]", &table, depth: depth + 1)
    case UInt8(ascii: "\""): try skipString()
    default: try checkWord()
    }
  }

  private mutating func locateElements(
    _ end: Unicode.Scalar, _ table: inout [UInt32], depth: Int
  ) throws(Fault) {
    guard depth <= Self.maximumDepth else { throw fault("at most \(Self.maximumDepth) levels") }
    let container = table.count - 1
    var count: UInt32 = 0
    table += [0, 0]
    index += 1
    skipSpace()
    if !take(end) {
      repeat {
        skipSpace()
        if end == "}" { try locateKey(&table) }
        try locate(&table, depth: depth)
        count += 1
        skipSpace()
      } while take(",")
      try expect(end)
    }
    table[container + 1] = UInt32(table.count)
    table[container + 2] = count
  }

  private mutating func locateKey(_ table: inout [UInt32]) throws(Fault) {
    table.append(UInt32(index))
    try skipString()
    skipSpace()
    try expect(":")
    skipSpace()
  }

  private mutating func checkWord() throws(Fault) {
    let start = index
    // Most words are whole numbers: for those one look at each byte has to do.
    while let byte = peek, byte &- UInt8(ascii: "0") < 10 { index += 1 }
    if index > start, peek.map(Self.isWordByte) != true { return }
    index = start
    try skipWord()
    let word = bytes[start..<index]
    guard Self.isNumber(word) || ["null", "true", "false"].contains(where: { word.elementsEqual($0.utf8) })
    else {
      throw Fault(offset: start - bytes.startIndex, expected: "a value")
    }
  }

  private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
    var rest = word
    func takesDigits() -> Bool {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest[digits.endIndex...]
      return !digits.isEmpty
    }
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    guard takesDigits() else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard takesDigits() else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      guard takesDigits() else { return false }
    }
    return rest.isEmpty
  }
}
