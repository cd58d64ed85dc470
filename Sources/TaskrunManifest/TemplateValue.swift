package import TaskrunAPI

/// A value some of whose strings are templates still to be filled.
package indirect enum TemplateValue: Sendable {
  /// A value without templates.
  case literal(Value)
  /// A string with at least one `{{ }}`.
  case template(Template)
  /// A list with templates somewhere inside.
  case array([TemplateValue])
  /// A mapping with templates somewhere inside its values.
  case object([TaskDefinition.Member])
}

/// What templates read.
package struct TemplateScope: Sendable {
  /// `item`, for an instance of `foreach`.
  package var item: Value?
  /// `index`, for an instance of `foreach`.
  package var index: Int?
  /// `matrix`, for an instance of one.
  package var matrix: ValueObject?
  /// `tasks`: what a task that has ended left; `nil` if it left nothing.
  package var result: @Sendable (ResultRead) -> Value?
  /// `vars`.
  package var vars: ValueObject
  /// `env`: the runner's environment.
  package var env: [String: String]
  /// `args`: what followed `--`.
  package var args: [String]

  /// Makes a scope.
  package init(
    item: Value? = nil, index: Int? = nil, matrix: ValueObject? = nil, vars: ValueObject = [:],
    env: [String: String] = [:], args: [String] = [],
    result: @escaping @Sendable (ResultRead) -> Value? = { _ in nil }
  ) {
    self.item = item
    self.index = index
    self.matrix = matrix
    self.result = result
    self.vars = vars
    self.env = env
    self.args = args
  }
}
