/// What is one word or one string of JSON.
protocol PayloadScalar: Codable {
  /// What it has to be in JSON.
  static var kind: JSONDocument.Kind { get }

  /// Reads a value of this kind.
  /// - Parameter start: its first byte.
  /// - Returns: `nil` if it is no value of this type, a number that is too large for example.
  static func read(_ document: JSONDocument, at start: Int) -> Self?

  /// Writes the JSON.
  /// - Returns: false, and nothing written, if JSON has no word for it.
  func append(to text: inout [UInt8]) -> Bool

  /// Writes elements of a list, each with a comma behind it. Asked of the type, as is
  /// ``read(_:list:)``, so that the compiler makes one for each type.
  /// - Returns: how many were written: all before the first one that JSON has no word for.
  static func append(_ values: [Self], to text: inout [UInt8]) -> Int

  /// Reads a list.
  /// - Parameter list: the number of a list in the document.
  /// - Returns: the elements before the first one that is no such value.
  static func read(_ document: JSONDocument, list: Int) -> [Self]
}

extension PayloadScalar {
  static func append(_ values: [Self], to text: inout [UInt8]) -> Int {
    for (index, value) in values.enumerated() {
      guard value.append(to: &text) else { return index }
      text.append(UInt8(ascii: ","))
    }
    return values.count
  }

  static func read(_ document: JSONDocument, list: Int) -> [Self] {
    var values: [Self] = []
    let first = document.first(of: list)
    let count = document.count(of: list)
    values.reserveCapacity(count)
    for value in first..<(first + count) {
      guard let scalar: Self = document.scalar(value) else { break }
      values.append(scalar)
    }
    return values
  }
}

/// A list of scalars, which is written and read without a coder for each element.
protocol PayloadScalarList {
  func write(to encoder: PayloadEncoder) throws
  static func read(from decoder: PayloadDecoder) throws -> Self
}

extension Array: PayloadScalarList where Element: PayloadScalar {
  func write(to encoder: PayloadEncoder) throws {
    try encoder.encode(list: self)
  }

  static func read(from decoder: PayloadDecoder) throws -> Self { try decoder.scalars() }
}

extension String: PayloadScalar {
  static var kind: JSONDocument.Kind { .string }

  static func read(_ document: JSONDocument, at start: Int) -> String? { document.string(at: start) }

  func append(to text: inout [UInt8]) -> Bool {
    JSONText.appendString(self, to: &text)
    return true
  }
}

extension Bool: PayloadScalar {
  static var kind: JSONDocument.Kind { .boolean }

  static func read(_ document: JSONDocument, at start: Int) -> Bool? {
    document.bytes[start] == UInt8(ascii: "t")
  }

  func append(to text: inout [UInt8]) -> Bool {
    text += (self ? "true" : "false").utf8
    return true
  }
}

extension Int: PayloadScalar {}
extension Int8: PayloadScalar {}
extension Int16: PayloadScalar {}
extension Int32: PayloadScalar {}
extension Int64: PayloadScalar {}
extension Int128: PayloadScalar {}
extension UInt: PayloadScalar {}
extension UInt8: PayloadScalar {}
extension UInt16: PayloadScalar {}
extension UInt32: PayloadScalar {}
extension UInt64: PayloadScalar {}
extension UInt128: PayloadScalar {}

extension PayloadScalar where Self: FixedWidthInteger {
  static var kind: JSONDocument.Kind { .number }

  static func read(_ document: JSONDocument, at start: Int) -> Self? {
    if let number = document.integer(at: start) { return Self(exactly: number) }
    // Larger ones, and those that are written like `1.0` or `2e3`.
    let text = String(decoding: document.word(at: start), as: UTF8.self)
    return Self(text) ?? Double(text).flatMap { Self(exactly: $0) }
  }

  func append(to text: inout [UInt8]) -> Bool {
    if let digit = UInt8(exactly: self), digit < 10 {
      text.append(UInt8(ascii: "0") + digit)
    } else {
      text += description.utf8
    }
    return true
  }
}

extension Double: PayloadScalar {}
extension Float: PayloadScalar {}

extension PayloadScalar where Self: BinaryFloatingPoint & LosslessStringConvertible {
  static var kind: JSONDocument.Kind { .number }

  static func read(_ document: JSONDocument, at start: Int) -> Self? {
    Self(String(decoding: document.word(at: start), as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
  }

  func append(to text: inout [UInt8]) -> Bool {
    if isFinite { text += description.utf8 }
    return isFinite
  }
}
