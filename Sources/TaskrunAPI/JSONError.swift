/// Why a text is not the JSON value it should be.
public enum JSONError: Error, Sendable, Hashable {
  /// Something else stands at this byte.
  case unexpected(offset: Int, expected: String)
  /// The text ends before the value does.
  case unexpectedEnd
  /// More than the allowed number of lists and mappings inside one another.
  case tooDeep(limit: Int, offset: Int)
  /// One mapping has the key twice.
  case duplicateKey(String, offset: Int)
  /// A number that neither 128 bits nor a finite float can hold.
  case numberOutOfRange(offset: Int)
  /// Bytes that are not UTF-8.
  case invalidUTF8(offset: Int)
}

extension JSONError {
  /// Where it is, in bytes from 0; `nil` for the end of the text.
  public var offset: Int? {
    switch self {
    case .unexpected(let offset, _), .tooDeep(_, let offset), .duplicateKey(_, let offset),
      .numberOutOfRange(let offset), .invalidUTF8(let offset):
      offset
    case .unexpectedEnd: nil
    }
  }
}

extension JSONError: CustomStringConvertible {
  /// The error in words, with the byte offset from 0.
  public var description: String {
    switch self {
    case .unexpected(let offset, let expected): "expected \(expected) at byte \(offset)"
    case .unexpectedEnd: "the text ends in the middle of a value"
    case .tooDeep(let limit, let offset): "nesting deeper than \(limit) at byte \(offset)"
    case .duplicateKey(let key, let offset): "duplicate key '\(key)' at byte \(offset)"
    case .numberOutOfRange(let offset): "number out of range at byte \(offset)"
    case .invalidUTF8(let offset): "not valid UTF-8 at byte \(offset)"
    }
  }
}
