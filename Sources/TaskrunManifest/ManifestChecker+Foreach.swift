import TaskrunAPI
import TaskrunYAML

// What a task has instances for.
extension ManifestChecker {
  private static var forms: [String] { ["range"] + laterForms }
  private static var laterForms: [String] { ["glob", "lines", "json", "from"] }

  /// The items. Braces in them are plain data: what a template brings is never searched for templates again.
  mutating func itemSource(_ node: YAMLNode) -> ItemSource? {
    switch node {
    case .sequence:
      guard let values = constant(node, in: nil)?.arrayValue else { return nil }
      return .list(values)
    case .mapping(let mapping): return itemSource(mapping)
    case .scalar:
      reportShape("a list or a mapping such as {range: [0, 10]}", node, of: "'foreach'")
      return nil
    case .invalid: return nil
    }
  }

  private mutating func itemSource(_ mapping: YAMLMapping) -> ItemSource? {
    var source: ItemSource?
    var isComplete = true
    for pair in mapping.pairs {
      let name = pair.key.text
      if name == "range" {
        source = range(pair.value)
        isComplete = source != nil && isComplete
      } else if Self.laterForms.contains(name) {
        reportUnsupported(pair.key, "form")
        isComplete = false
      } else if !name.hasPrefix("x-") {
        reportUnknown(pair.key, in: "'foreach'", known: Self.forms)
        isComplete = false
      }
    }
    if source == nil, isComplete {
      reportShape("a list or {range: [0, 10]}", .mapping(mapping), of: "'foreach'")
    }
    return isComplete ? source : nil
  }

  private mutating func range(_ node: YAMLNode) -> ItemSource? {
    let note = "'range' is [start, end] or [start, end, step]; the end is not part of it"
    switch node {
    case .invalid: return nil
    case .scalar, .mapping:
      report(
        .badRange, "expected two or three integers as 'range', found \(node.kindDescription)",
        at: SourceSpan(node.span), notes: [note])
      return nil
    case .sequence(let sequence):
      guard (2...3).contains(sequence.elements.count) else {
        report(
          .badRange, "expected two or three integers as 'range', found \(sequence.elements.count)",
          at: SourceSpan(sequence.span), notes: [note])
        return nil
      }
      let numbers = sequence.elements.compactMap { integer($0, of: "a bound", in: Int.min...Int.max) }
      guard numbers.count == sequence.elements.count else { return nil }
      let step = numbers.count == 3 ? numbers[2] : 1
      guard step != 0 else {
        report(
          .badRange, "the step of a range cannot be 0", at: SourceSpan(sequence.elements[2].span),
          notes: [note])
        return nil
      }
      return .range(start: numbers[0], end: numbers[1], step: step)
    }
  }
}
