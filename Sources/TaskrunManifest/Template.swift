import TaskrunAPI

/// A string with at least one `{{ path | filter }}`.
package struct Template: Sendable, Hashable {
  /// The text as it was written.
  package let source: String
  /// Whether the result is always text: a list becomes its JSON, `null` the empty string.
  ///
  /// So it is for what the system takes: arguments, variables, paths. Otherwise a template that is the whole
  /// string keeps the type of its value.
  package let isText: Bool

  let segments: [Segment]

  /// A piece of a template.
  enum Segment: Sendable, Hashable {
    case text(String)
    case expression(TemplateExpression)
  }

  var expressions: [TemplateExpression] {
    segments.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
  }
}

/// What stands between `{{` and `}}`.
struct TemplateExpression: Sendable, Hashable {
  enum Operand: Sendable, Hashable {
    case literal(String)
    case path(TemplatePath)
  }

  var operand: Operand
  var filters: [TemplateFilter]
  /// Where it stands in the template's source, braces included, in UTF-8 bytes.
  var range: Range<Int>

  /// Whether a value that does not exist is no error.
  var hasDefault: Bool {
    filters.contains { if case .fallback = $0 { true } else { false } }
  }
}

/// A name that templates read, and the steps into its value.
struct TemplatePath: Sendable, Hashable, CustomStringConvertible {
  /// The names that exist.
  enum Root: String, Sendable, CaseIterable {
    case item
    case index
    case matrix
    case tasks
    case vars
    case env
    case args
  }

  var root: Root
  var keys: [String]
  /// With `tasks`: whose result it is. The parser knows no names, so this is filled in when they are looked up.
  var result: ResultReference?

  /// A part of a task's result.
  struct ResultReference: Sendable, Hashable {
    var read: ResultRead
    /// How many of the path's keys name it; the others lead into it.
    var keyCount: Int
  }

  var description: String { ([root.rawValue] + keys).joined(separator: ".") }
}

/// What a template does with a value.
enum TemplateFilter: Sendable, Hashable {
  case json
  case basename
  case dirname
  case stem
  case `extension`
  case lower
  case upper
  /// Stands in for a value that does not exist or is `null`.
  case fallback(Value)
  case join(String)

  /// The names as they are written.
  static let names = [
    "json", "basename", "dirname", "stem", "extension", "lower", "upper", "default", "join",
  ]
}

/// Why a template cannot be filled although it is well formed.
package struct TemplateError: Error, Sendable, Hashable {
  /// The expression as it was written, without its braces.
  package var expression: String
  /// What is wrong.
  package var fault: Fault

  /// What can be wrong.
  package enum Fault: Error, Sendable, Hashable {
    /// The name, or the member of its value, does not exist.
    case missing(path: String)
    /// The task that should have left the result did not succeed.
    case noResult(path: String)
    /// The filter cannot take a value of this kind.
    case unfit(filter: String, needs: String, found: String)
  }
}

extension TemplateError: CustomStringConvertible {
  /// The error in words.
  package var description: String {
    switch fault {
    case .missing(let path): "'{{ \(expression) }}': '\(path)' does not exist"
    case .noResult(let path):
      "'{{ \(expression) }}': '\(path)' has no value, for the task did not succeed; write '| default: ...' for that case"
    case .unfit(let filter, let needs, let found):
      "'{{ \(expression) }}': '\(filter)' needs \(needs), found \(found)"
    }
  }
}
