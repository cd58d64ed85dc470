import TaskrunAPI
import TaskrunYAML

// Free values: `vars`, the items of `foreach`, `with`. They are JSON values, however they were written.
extension ManifestChecker {
  /// A value that templates cannot change. Recursion is bounded by the depth of the tree.
  /// - Parameter owner: where templates are refused; `nil` where braces are plain data, as in items.
  mutating func constant(_ node: YAMLNode, in owner: String?) -> Value? {
    switch node {
    case .scalar(let scalar):
      if let owner, TemplateParser.mayHoldTemplate(scalar.text) {
        reportConstant(scalar, "templates are not allowed in '\(owner)'")
        return nil
      }
      return value(of: scalar)
    case .sequence(let sequence):
      var values: [Value] = []
      values.reserveCapacity(sequence.elements.count)
      var isWhole = true
      for element in sequence.elements {
        if let value = constant(element, in: owner) { values.append(value) } else { isWhole = false }
      }
      return isWhole ? .array(values) : nil
    case .mapping(let mapping):
      var members: [ValueObject.Member] = []
      var isWhole = true
      for pair in mapping.pairs {
        if owner != nil { refuseTemplateKey(pair.key) }
        if let value = constant(pair.value, in: owner) {
          members.append(.init(key: pair.key.text, value: value))
        } else {
          isWhole = false
        }
      }
      return isWhole ? .object(ValueObject(members)) : nil
    case .invalid: return nil
    }
  }

  mutating func refuseTemplateKey(_ key: YAMLScalar) {
    if TemplateParser.mayHoldTemplate(key.text) { reportConstant(key, "templates are not allowed in keys") }
  }

  private mutating func reportConstant(_ scalar: YAMLScalar, _ message: String) {
    report(
      .templateInConstant, message, at: span(of: scalar.text.firstBraces, in: scalar),
      label: "this must be constant",
      notes: ["keys and vars are what templates read and refer to, so they cannot hold templates themselves"])
  }

  /// The value of a scalar by the JSON rule.
  mutating func value(of scalar: YAMLScalar) -> Value? {
    switch scalar.plainValue {
    case .value(let value): return value
    case .text: return .string(scalar.text)
    case .outOfRange:
      report(
        .badNumber, "number \(scalar.text.quoted()) is too large", at: SourceSpan(scalar.span),
        label: "quote it to keep it as text")
      return nil
    }
  }
}

extension YAMLScalar {
  /// What the JSON rule makes of a scalar.
  enum PlainValue {
    case value(Value)
    case text
    case outOfRange
  }

  /// Unquoted `true`, `false`, `null`, decimal integers and floats are these; nothing at all is `null`;
  /// everything else is text.
  var plainValue: PlainValue {
    guard style == .plain else { return .text }
    switch text {
    case "": return .value(.null)
    case "null": return .value(.null)
    case "true": return .value(.bool(true))
    case "false": return .value(.bool(false))
    default: break
    }
    guard let first = text.utf8.first, isDigit(first) || first == UInt8(ascii: "-") else { return .text }
    if ManifestChecker.isDecimal(text) {
      guard let number = Int128(text) else { return .outOfRange }
      return .value(.int(number))
    }
    do {
      return .value(try Value(json: text))
    } catch {
      if case .numberOutOfRange = error { return .outOfRange }
      return .text
    }
  }
}

extension String {
  /// Where the first `{{` stands, in UTF-8 bytes; empty if there is none.
  var firstBraces: Range<Int> {
    var previous: UInt8 = 0
    var offset = 0
    for byte in utf8 {
      if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "{") { return offset - 1..<offset + 1 }
      previous = byte
      offset += 1
    }
    return 0..<0
  }
}
