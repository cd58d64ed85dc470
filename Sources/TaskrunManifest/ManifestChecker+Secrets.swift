import TaskrunAPI
import TaskrunYAML

// `secrets`: variables whose values no report shows, and which no program gets as an argument.
extension ManifestChecker {
  /// Names of variables of the environment: one, or a list.
  mutating func readSecrets(_ node: YAMLNode) -> [String] {
    var elements = [node]
    if case .sequence(let sequence) = node { elements = sequence.elements }
    var names: [String] = []
    for element in elements {
      guard let scalar = scalar(element, "the name of a variable", of: "'secrets'") else { continue }
      if TemplateParser.mayHoldTemplate(scalar.text) || !isVariableName(scalar.text) {
        report(
          .badVariableName, "\(scalar.text.quoted()) cannot be the name of a variable",
          at: SourceSpan(scalar.span),
          notes: ["'secrets' has names of environment variables; their values never stand in a manifest"])
      } else {
        names.append(scalar.text)
      }
    }
    return names
  }

  /// What a program is started with is there for everybody on the machine to read.
  mutating func checkVisibility(
    of path: TemplatePath, _ expression: TemplateExpression, in scalar: YAMLScalar, owner: TaskDraft.Owner
  ) {
    guard path.root == .env, owner.key == .run, let name = path.keys.first, secrets.contains(name) else {
      return
    }
    report(
      .visibleSecret, "secret \(name.quoted()) would be visible in the process list",
      at: span(of: expression.range, in: scalar), label: "use 'env' or 'stdin' instead",
      notes: ["every user of the machine can read the arguments of a program, but not its variables"])
  }

  /// A secret that comes to be while the run goes on could not be masked from its beginning.
  mutating func checkSecret(_ name: String, _ value: TemplateValue, in scalar: YAMLScalar) {
    guard secrets.contains(name), case .template(let template) = value else { return }
    for expression in template.expressions {
      guard case .path(let path) = expression.operand else { continue }
      switch path.root {
      case .vars, .env, .args: continue
      case .item, .index, .matrix, .tasks: break
      }
      report(
        .lateSecret, "the value of secret \(name.quoted()) must be known before the start",
        at: span(of: expression.range, in: scalar), label: "read 'env', 'vars' or 'args' only")
      return
    }
  }
}

extension Manifest {
  /// The values that no report shows, each once: those that the secrets have in the runner's environment
  /// and in the variables of each task.
  ///
  /// - Parameters:
  ///   - environment: the runner's.
  ///   - arguments: what followed `--`.
  package func secretValues(environment: [String: String], arguments: [String]) -> [SecretValue] {
    guard !secrets.isEmpty else { return [] }
    let names = Set(secrets)
    var values: [SecretValue] = []
    var seen: Set<String> = []
    func add(_ name: String, _ value: String?) {
      if let value, seen.insert(value).inserted { values.append(SecretValue(name: name, value: value)) }
    }
    for name in secrets { add(name, environment[name]) }
    for task in tasks {
      let scope = TemplateScope(vars: task.vars ?? vars, env: environment, args: arguments)
      // One that cannot be filled is not there: its task fails before it starts.
      for member in task.env where names.contains(member.key) {
        add(member.key, try? member.value.evaluate(in: scope).plainText)
      }
    }
    return values
  }
}
