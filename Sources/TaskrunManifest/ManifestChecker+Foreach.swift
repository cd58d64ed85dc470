import TaskrunAPI
import TaskrunYAML

// What a task has instances for.
extension ManifestChecker {
  private static let forms = ["range", "glob", "lines", "json", "from"]

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
    var form: YAMLMapping.Pair?
    var isComplete = true
    for pair in mapping.pairs where !pair.key.text.hasPrefix("x-") {
      let name = pair.key.text
      if name == "at", mapping["json"] != nil { continue }
      if !Self.forms.contains(name) {
        reportUnknown(pair.key, in: "'foreach'", known: Self.forms)
        isComplete = false
      } else if let first = form {
        report(
          .twoForms, "'foreach' has both '\(first.key.text)' and '\(name)'", at: SourceSpan(pair.key.span),
          label: "keep one of them",
          secondary: [.init(span: SourceSpan(first.key.span), text: "the other one")])
        isComplete = false
      } else {
        form = pair
      }
    }
    guard let form else {
      if isComplete { reportShape("a list or {range: [0, 10]}", .mapping(mapping), of: "'foreach'") }
      return nil
    }
    let source = itemSource(form, at: mapping["at"])
    return isComplete ? source : nil
  }

  private mutating func itemSource(_ form: YAMLMapping.Pair, at place: YAMLNode?) -> ItemSource? {
    switch form.key.text {
    case "glob": globItems(form.value)
    case "lines": lineItems(form.value)
    case "json": jsonItems(form.value, at: place)
    case "from": results(form.value)
    default: range(form.value)
    }
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
