/// What a template reads of the surroundings of a run that is not there, and for which no `default` stands in.
package enum UnsetRead: Sendable, Hashable {
  /// A variable of the environment, and the one that may have been meant.
  case variable(String, suggestion: String?)
  /// What `args.` leads to.
  case argument(String)
}

extension UnsetRead: CustomStringConvertible {
  /// What is missing, and what would be right.
  package var description: String {
    switch self {
    case .variable(let name, nil): "'env.\(name)', which is not set; set it, or write '| default: ...'"
    case .variable(let name, let suggestion?):
      "'env.\(name)', which is not set; did you mean '\(suggestion)'? or write '| default: ...'"
    case .argument(let path):
      "'args.\(path)', which was not given; give it after '--', or write '| default: ...'"
    }
  }
}

extension TaskDefinition {
  /// What the task's templates read of the runner's environment and arguments that is not there, without repetition.
  ///
  /// Unlike all other names these differ from run to run, so a manifest can be right without them.
  package func unsetReads(environment: [String: String], arguments: [String]) -> [UnsetRead] {
    let scope = TemplateScope(env: environment, args: arguments)
    let values = with.map(\.value) + env.map(\.value) + [dir, stdin].compactMap(\.self)
    var seen: Set<TemplatePath> = []
    return values.flatMap(\.expressions).compactMap { expression in
      guard !expression.hasDefault, case .path(let path) = expression.operand,
        path.root == .env || path.root == .args, path.value(in: scope) == nil, seen.insert(path).inserted
      else { return nil }
      if path.root == .args { return .argument(path.keys.joined(separator: ".")) }
      let name = path.keys.joined(separator: ".")
      return .variable(name, suggestion: SpellingSuggestion.nearest(to: name, in: environment.keys.sorted()))
    }
  }
}

extension TemplateValue {
  /// Those of all templates in it, in order.
  fileprivate var expressions: [TemplateExpression] {
    switch self {
    case .literal: []
    case .template(let template): template.expressions
    case .array(let elements): elements.flatMap(\.expressions)
    case .object(let members): members.flatMap(\.value.expressions)
    }
  }
}
