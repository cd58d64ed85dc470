/// One parameter of a task type: what `with` may hold.
///
/// From these lines come the check of the manifest before the run, `taskrun plugins NAME` and the schema for
/// editors, so that a parameter is described once.
public struct Parameter: Sendable, Hashable {
  /// The key in `with`.
  public var name: String
  /// Which values are taken.
  public var type: ParameterType
  /// Whether it must be given.
  public var isRequired: Bool
  /// What it is for: one line, lower case, without a full stop.
  public var summary: String

  /// Makes a parameter.
  public init(_ name: String, _ type: ParameterType, isRequired: Bool = false, _ summary: String) {
    self.name = name
    self.type = type
    self.isRequired = isRequired
    self.summary = summary
  }
}

/// Which values a parameter takes.
public indirect enum ParameterType: Sendable, Hashable {
  /// Anything.
  case any
  /// `true` or `false`.
  case boolean
  /// An integer in a range.
  case integer(ClosedRange<Int>)
  /// A finite number.
  case number
  /// Any scalar; a number or a boolean is taken as its text.
  case string
  /// A file's path; relative ones start at the task's folder.
  case path
  /// A time with its unit, such as `250ms` or `1h30m`.
  case duration
  /// One of these words.
  case choice([String])
  /// A list of values of one type.
  case list(ParameterType)
  /// A mapping with free keys and values of one type.
  case mapping(ParameterType)
}

extension ParameterType: CustomStringConvertible {
  /// The type in the words of an error message: `"an integer from 0 to 10"`.
  public var description: String {
    switch self {
    case .any: "any value"
    case .boolean: "true or false"
    case .integer(let range) where range == 0...Int.max: "an integer from 0"
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .number: "a number"
    case .string: "a string"
    case .path: "a path"
    case .duration: "a duration such as 250ms, 5s or 1h30m"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .list(let element): "a list, each element \(element)"
    case .mapping(let element): "a mapping, each value \(element)"
    }
  }
}

/// A value that does not fit its parameter.
public struct ParameterProblem: Error, Sendable, Hashable {
  /// The keys and indices that lead from `with` to the value.
  public var path: [PathComponent]
  /// What is wrong.
  public var fault: Fault

  /// One step into a value.
  public enum PathComponent: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  /// What can be wrong.
  public enum Fault: Sendable, Hashable {
    /// The task type has no such parameter; these are the ones it has.
    case unknown(name: String, known: [String])
    /// A required parameter is not there.
    case missing(name: String)
    /// The value is not of the type.
    case mismatch(expected: ParameterType, found: Value)
  }

  /// Makes a problem.
  public init(path: [PathComponent], fault: Fault) {
    self.path = path
    self.fault = fault
  }
}

extension ParameterProblem: CustomStringConvertible {
  /// The problem in words, without the place in a file.
  public var description: String {
    switch fault {
    case .unknown(let name, let known): "unknown parameter '\(name)'; known: \(known.joined(separator: ", "))"
    case .missing(let name): "parameter '\(name)' is missing"
    case .mismatch(let expected, let found):
      "parameter '\(pathText)': expected \(expected), found \(found.kindDescription)"
        + (found.isScalar ? " '\(found.plainText)'" : "")
    }
  }

  private var pathText: String {
    var text = ""
    for component in path {
      switch component {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}

extension Value {
  fileprivate var isScalar: Bool {
    switch self {
    case .bool, .int, .double, .string: true
    case .null, .array, .object: false
    }
  }
}

extension ParameterType {
  /// What is wrong with a value of this type, all of it, in order; empty for a good one.
  public func problems(with value: Value, at path: [ParameterProblem.PathComponent]) -> [ParameterProblem] {
    switch (self, value) {
    case (.list(let element), .array(let values)):
      return values.enumerated().flatMap { element.problems(with: $1, at: path + [.index($0)]) }
    case (.mapping(let element), .object(let object)):
      return object.members.flatMap { element.problems(with: $0.value, at: path + [.key($0.key)]) }
    case (.any, _), (.boolean, .bool): return []
    case (.string, .string), (.string, .int), (.string, .double), (.string, .bool): return []
    case (.path, .string(let text)) where !text.isEmpty && !text.utf8.contains(0): return []
    case (.number, .int), (.number, .double): return []
    case (.integer(let range), .int(let number)) where Int(exactly: number).map(range.contains) == true:
      return []
    case (.duration, .string(let text)) where Duration(taskrun: text) != nil: return []
    case (.choice(let words), .string(let text)) where words.contains(text): return []
    case (.boolean, _), (.string, _), (.path, _), (.number, _), (.integer, _), (.duration, _), (.choice, _),
      (.list, _), (.mapping, _):
      return [ParameterProblem(path: path, fault: .mismatch(expected: self, found: value))]
    }
  }
}

extension [Parameter] {
  /// What is wrong with the values of `with`, all of it: unknown names, then missing ones, then wrong values.
  ///
  /// - Parameters:
  ///   - values: the parameters' values.
  ///   - isKnown: tells for a member whether its value is known yet; a value that a template will fill is
  ///     checked when the task starts.
  public func problems(
    with values: ValueObject, where isKnown: (String) -> Bool = { _ in true }
  ) -> [ParameterProblem] {
    let unknown = values.keys.filter { key in !contains { $0.name == key } }.map {
      ParameterProblem(path: [.key($0)], fault: .unknown(name: $0, known: map(\.name)))
    }
    let missing = filter { $0.isRequired && values[$0.name] == nil }.map {
      ParameterProblem(path: [], fault: .missing(name: $0.name))
    }
    let mismatched = flatMap { parameter in
      guard let value = values[parameter.name], isKnown(parameter.name) else { return [ParameterProblem]() }
      return parameter.type.problems(with: value, at: [.key(parameter.name)])
    }
    return unknown + missing + mismatched
  }
}
