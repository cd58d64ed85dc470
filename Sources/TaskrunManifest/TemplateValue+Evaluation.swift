package import TaskrunAPI

extension TemplateValue {
  /// Fills the templates, once: what they bring is not searched for templates again.
  ///
  /// Pure; may be called from any thread.
  /// - Throws: ``TemplateError`` for a name or member that does not exist and has no `default`, and for a filter
  ///   that cannot take its value.
  package func evaluate(in scope: TemplateScope) throws(TemplateError) -> Value {
    switch self {
    case .literal(let value): return value
    case .template(let template): return try template.evaluate(in: scope)
    case .array(let elements):
      var values: [Value] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try element.evaluate(in: scope)) }
      return .array(values)
    case .object(let members):
      var values: [ValueObject.Member] = []
      values.reserveCapacity(members.count)
      for member in members {
        values.append(.init(key: member.key, value: try member.value.evaluate(in: scope)))
      }
      return .object(ValueObject(values))
    }
  }
}

extension Template {
  func evaluate(in scope: TemplateScope) throws(TemplateError) -> Value {
    if segments.count == 1, case .expression(let expression) = segments[0] {
      let value = try evaluate(expression, in: scope)
      return isText ? .string(value.plainText) : value
    }
    var text = ""
    for segment in segments {
      switch segment {
      case .text(let part): text += part
      case .expression(let expression): text += try evaluate(expression, in: scope).plainText
      }
    }
    return .string(text)
  }

  private func evaluate(
    _ expression: TemplateExpression, in scope: TemplateScope
  ) throws(TemplateError) -> Value {
    do throws(TemplateError.Fault) {
      return try expression.value(in: scope)
    } catch {
      let inner = source.utf8.dropFirst(expression.range.lowerBound + 2).prefix(expression.range.count - 4)
      let words = String(Substring(inner)).split(separator: " ", omittingEmptySubsequences: true)
      throw TemplateError(expression: words.joined(separator: " "), fault: error)
    }
  }
}

extension TemplateExpression {
  func value(in scope: TemplateScope) throws(TemplateError.Fault) -> Value {
    var value: Value?
    switch operand {
    case .literal(let text): value = .string(text)
    case .path(let path): value = path.value(in: scope)
    }
    for filter in filters {
      if case .fallback(let fallback) = filter {
        if value == nil || value == .null { value = fallback }
      } else if let present = value {
        // A value that does not exist passes through, to the `default` that may follow.
        value = try filter.apply(to: present)
      }
    }
    if let value { return value }
    guard case .path(let path) = operand else { return .null }
    if let result = path.result, scope.result(result.read) == nil {
      let name = [path.root.rawValue] + path.keys.prefix(result.keyCount)
      throw .noResult(path: name.joined(separator: "."))
    }
    throw .missing(path: path.description)
  }
}

extension TemplatePath {
  func value(in scope: TemplateScope) -> Value? {
    switch root {
    case .item: scope.item?.member(at: keys[...])
    case .index: scope.index.map { Value($0) }
    case .matrix: scope.matrix.flatMap { Value.object($0).member(at: keys[...]) }
    case .tasks: result.flatMap { scope.result($0.read)?.member(at: keys[$0.keyCount...]) }
    case .vars: Value.object(scope.vars).member(at: keys[...])
    case .env: keys.first.flatMap { scope.env[$0] }.map { .string($0) }
    case .args: Value.array(scope.args.map { .string($0) }).member(at: keys[...])
    }
  }
}

extension Value {
  /// The value that keys and, in lists, indices from 0 lead to.
  func member(at keys: ArraySlice<String>) -> Value? {
    var value = self
    for key in keys {
      switch value {
      case .object(let object):
        guard let member = object[key] else { return nil }
        value = member
      case .array(let elements):
        guard let index = Int(key), elements.indices.contains(index) else { return nil }
        value = elements[index]
      case .null, .bool, .int, .double, .string: return nil
      }
    }
    return value
  }
}
