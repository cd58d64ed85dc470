/// A JSON value: what `vars`, `foreach` items and `with` hold, and what a task returns.
///
/// Integers are kept exactly (128 bits) and apart from floats, so that `{n: 10}` never arrives as `10.0` and
/// a large sum keeps all its digits.
public enum Value: Sendable, Hashable {
  /// JSON `null`.
  case null
  /// JSON `true` or `false`.
  case bool(Bool)
  /// A number written without fraction and exponent.
  case int(Int128)
  /// Any other number. Always finite: JSON has no NaN and no infinity.
  case double(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([Value])
  /// A mapping; the order of its members is kept.
  case object(ValueObject)
}

extension Value {
  /// The text, if this is a string.
  public var stringValue: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The number, if this is an integer that fits in `Int`.
  public var intValue: Int? {
    guard case .int(let number) = self else { return nil }
    return Int(exactly: number)
  }

  /// The number as a float, if this is a number at all.
  public var doubleValue: Double? {
    switch self {
    case .int(let number): Double(number)
    case .double(let number): number
    case .null, .bool, .string, .array, .object: nil
    }
  }

  /// The truth value, if this is `true` or `false`.
  public var boolValue: Bool? {
    guard case .bool(let flag) = self else { return nil }
    return flag
  }

  /// The elements, if this is a list.
  public var arrayValue: [Value]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members, if this is a mapping.
  public var objectValue: ValueObject? {
    guard case .object(let object) = self else { return nil }
    return object
  }

  /// What this is, in the words of an error message: `"a string"`, `"a list"`, `"null"`.
  public var kindDescription: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int: "an integer"
    case .double: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "a mapping"
    }
  }

  /// The value as one argument or environment variable: a string as it is, `null` as the empty string,
  /// everything else as its JSON text.
  public var plainText: String {
    switch self {
    case .null: ""
    case .string(let text): text
    case .bool, .int, .double, .array, .object: jsonText
    }
  }
}

/// The members of a JSON object, in the order they were written.
public struct ValueObject: Sendable, Hashable {
  /// One `key: value`.
  public struct Member: Sendable, Hashable {
    /// The member's name.
    public var key: String
    /// The member's value.
    public var value: Value

    /// Makes a member.
    public init(key: String, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// All members in order. Keys are expected to differ; `subscript` finds the first.
  public private(set) var members: [Member]

  /// Makes an object from members whose keys differ.
  public init(_ members: [Member] = []) {
    self.members = members
  }

  /// The keys in order.
  public var keys: [String] { members.map(\.key) }

  /// Reads, replaces, appends (a new key) or removes (`nil`) a member. Linear in the number of members.
  public subscript(key: String) -> Value? {
    get { members.first { $0.key == key }?.value }
    set {
      switch (members.firstIndex { $0.key == key }, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }
}

extension ValueObject: ExpressibleByDictionaryLiteral {
  /// Makes an object from a literal, keeping its order.
  public init(dictionaryLiteral elements: (String, Value)...) {
    self.init(elements.map { Member(key: $0.0, value: $0.1) })
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .int(Int128(value)) }
  /// A float.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  public init(arrayLiteral elements: Value...) { self = .array(elements) }
  /// A mapping.
  public init(dictionaryLiteral elements: (String, Value)...) {
    self = .object(ValueObject(elements.map { ValueObject.Member(key: $0.0, value: $0.1) }))
  }

  /// An integer.
  public init(_ number: Int) { self = .int(Int128(number)) }
}
