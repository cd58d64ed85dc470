package import TaskrunAPI

/// A string with at least one `{{ path | filter }}`.
package struct Template: Sendable {
  package let source: String
}

/// Why a template cannot be filled although it is well formed.
package struct TemplateError: Error, Sendable, CustomStringConvertible {
  package var description: String
}

extension TemplateValue {
  /// Fills the templates, once.
  package func evaluate(in scope: TemplateScope) throws(TemplateError) -> Value { .null }
}
