import TaskrunAPI
import TaskrunYAML

// What comes of a failure: `retry` and `allow_failure`.
extension ManifestChecker {
  private enum RetryKey: String, CaseIterable {
    case max
    case delay
    case backoff
    case maxDelay = "max_delay"
    case jitter
    case exitCodes = "exit_codes"

    static let names = allCases.map(\.rawValue)
  }

  private static let furtherAttempts = 0...1_000_000

  /// When a failed attempt is repeated; `nil` for never.
  mutating func retry(_ node: YAMLNode) -> RetryPolicy? {
    let maximum: Int?
    var policy = RetryPolicy(maximum: 0)
    switch node {
    case .scalar: maximum = integer(node, of: "'retry'", in: Self.furtherAttempts)
    case .mapping(let mapping): maximum = retry(mapping, into: &policy)
    case .sequence:
      reportShape("an integer or a mapping such as {max: 3, delay: 1s}", node, of: "'retry'")
      return nil
    case .invalid: return nil
    }
    guard let maximum, maximum > 0 else { return nil }
    policy.maximum = maximum
    return policy
  }

  private mutating func retry(_ mapping: YAMLMapping, into policy: inout RetryPolicy) -> Int? {
    var maximum: Int?
    var lacksMaximum = true
    for pair in mapping.pairs {
      let owner = "'\(pair.key.text)' of 'retry'"
      switch RetryKey(rawValue: pair.key.text) {
      case .max:
        maximum = integer(pair.value, of: owner, in: Self.furtherAttempts)
        lacksMaximum = false
      case .delay: policy.delay = duration(pair.value, of: owner, allowsZero: true) ?? .zero
      case .backoff: policy.backoff = number(pair.value, of: owner, in: 1...1000) ?? 1
      case .maxDelay: policy.maximumDelay = duration(pair.value, of: owner, allowsZero: false)
      case .jitter: policy.jitter = number(pair.value, of: owner, in: 0...1) ?? 0
      case .exitCodes: policy.exitCodes = exitCodes(pair.value, of: owner)
      case nil where pair.key.text.hasPrefix("x-"): break
      case nil:
        reportUnknown(pair.key, in: "'retry'", known: RetryKey.names)
        // It may be what a misspelt key was meant to be.
        lacksMaximum = false
      }
    }
    if lacksMaximum {
      report(
        .missingKey, "'retry' has no 'max'", at: SourceSpan(mapping.span),
        label: "add 'max': the number of further attempts")
    }
    return maximum
  }

  /// Which failures do not count; `nil` for none.
  mutating func allowedFailure(_ node: YAMLNode) -> TaskDefinition.AllowedFailure? {
    let expected = "true, false or a mapping such as {exit_codes: [2]}"
    guard case .mapping(let mapping) = node else {
      guard let scalar = scalar(node, expected, of: "'allow_failure'") else { return nil }
      switch scalar.text {
      case "true": return .any
      case "false": return nil
      default:
        report(
          .badChoice, "expected \(expected) as 'allow_failure', found \(scalar.text.quoted())",
          at: SourceSpan(scalar.span), label: templateHint(scalar.text) ?? Self.truthHint(scalar.text))
        return nil
      }
    }
    var codes: Set<Int>?
    var lacksCodes = true
    for pair in mapping.pairs where !pair.key.text.hasPrefix("x-") {
      lacksCodes = false
      if pair.key.text == "exit_codes" {
        codes = exitCodes(pair.value, of: "'exit_codes' of 'allow_failure'")
      } else {
        reportUnknown(pair.key, in: "'allow_failure'", known: ["exit_codes"])
      }
    }
    if lacksCodes {
      report(
        .missingKey, "'allow_failure' has no 'exit_codes'", at: SourceSpan(mapping.span),
        label: "add 'exit_codes', or write 'allow_failure: true'")
    }
    return codes.map { .exitCodes($0) }
  }

  /// One exit code, or a list. 0 is no failure.
  private mutating func exitCodes(_ node: YAMLNode, of owner: String) -> Set<Int>? {
    let codes = 1...255
    guard case .sequence(let sequence) = node else {
      return integer(node, of: owner, in: codes).map { [$0] }
    }
    return Set(sequence.elements.compactMap { integer($0, of: "an element of \(owner)", in: codes) })
  }

  /// A decimal number in a range.
  private mutating func number(
    _ node: YAMLNode, of owner: @autoclosure () -> String, in range: ClosedRange<Double>
  ) -> Double? {
    let words =
      "a number from \(Value.double(range.lowerBound).jsonText) to \(Value.double(range.upperBound).jsonText)"
    guard let scalar = scalar(node, words, of: owner()) else { return nil }
    let unquoted = YAMLScalar(text: scalar.text, style: .plain, span: scalar.span)
    if case .value(let value) = unquoted.plainValue, let number = value.doubleValue, range.contains(number) {
      return number
    }
    report(
      .badDecimal, "expected \(words) as \(owner()), found \(scalar.text.quoted())",
      at: SourceSpan(scalar.span), label: templateHint(scalar.text))
    return nil
  }
}
