/// What libyaml says when it gives up, and what a person should read instead.
struct YAMLFailure {
  let problem: String
  let context: String
  let place: YAMLMark
  let contextPlace: YAMLMark?
  /// The bracket that was open when the parser gave up.
  let openBracket: (character: Character, mark: YAMLMark)?

  /// The failure in this project's words, at the place that has to be changed.
  func error(in bytes: UnsafeBufferPointer<UInt8>) -> YAMLError? {
    let found = place.offset < bytes.count ? bytes[place.offset] : nil
    if let template = templateStart(in: bytes) {
      return YAMLError(.unquotedTemplate, at: YAMLSpan(start: template, end: template.advanced(byASCII: 2)))
    }
    if found == 0x09, problem.contains("tab") || problem.contains("cannot start any token") {
      return YAMLError(.tabIndentation, at: wide(place))
    }
    if let key = longKey(in: bytes) {
      return YAMLError(.keyTooLong(limit: YAMLLimits.keyLength), at: wide(key))
    }
    switch context {
    case "while scanning a quoted scalar" where problem == "found unexpected end of stream":
      return YAMLError(.unclosedQuote, at: wide(contextPlace ?? place), secondary: YAMLSpan(at: place))
    case "while scanning a quoted scalar", "while parsing a quoted scalar":
      if problem.contains("escape") || problem.contains("hexdecimal") || problem.contains("Unicode") {
        return YAMLError(.unknownEscape, at: wide(place))
      }
      return YAMLError(.unclosedQuote, at: wide(contextPlace ?? place), secondary: YAMLSpan(at: place))
    case "while parsing a flow sequence", "while parsing a flow mapping":
      let bracket: Character = context == "while parsing a flow sequence" ? "[" : "{"
      return YAMLError(
        .unclosedBracket(bracket), at: wide(contextPlace ?? place), secondary: YAMLSpan(at: place))
    case "while parsing a flow node" where openBracket != nil:
      guard let openBracket else { return nil }
      return YAMLError(
        .unclosedBracket(openBracket.character), at: wide(openBracket.mark), secondary: YAMLSpan(at: place))
    case "while scanning a simple key":
      return YAMLError(.missingColon, at: wide(contextPlace ?? place), secondary: YAMLSpan(at: place))
    case "while parsing a block mapping", "while parsing a block collection":
      return YAMLError(.badIndentation, at: wide(place), secondary: contextPlace.map { wide($0) })
    default:
      return plainError(found: found)
    }
  }

  private func plainError(found: UInt8?) -> YAMLError {
    let fault: YAMLError.Fault
    if problem.hasPrefix("mapping values are not allowed") {
      fault = .unexpectedColon
    } else if problem.contains("cannot start any token"), let found, found < 0x80 {
      fault = .needsQuotes(Character(Unicode.Scalar(found)))
    } else if context == "while scanning an alias" {
      fault = .needsQuotes("*")
    } else if context == "while scanning an anchor" {
      fault = .needsQuotes("&")
    } else if problem.contains("tag") || context.contains("tag") {
      fault = .tag
    } else if context.contains("directive") || problem.contains("%YAML") {
      fault = .directive
    } else if problem == "did not find expected <document start>" {
      fault = .badIndentation
    } else {
      fault = .syntax(problem: problem)
    }
    switch fault {
    case .needsQuotes, .tag: return YAMLError(fault, at: wide(contextPlace ?? place))
    default: return YAMLError(fault, at: wide(place))
    }
  }

  private func wide(_ mark: YAMLMark) -> YAMLSpan {
    YAMLSpan(start: mark, end: mark.advanced(byASCII: 1))
  }

  /// Where `{{` stands if that is what the parser could not take.
  private func templateStart(in bytes: UnsafeBufferPointer<UInt8>) -> YAMLMark? {
    let isTemplate = bytes[place.offset...].starts(with: "{{".utf8)
    return isTemplate ? place : nil
  }

  /// libyaml forgets a key after 1,024 characters and then stumbles over its colon.
  private func longKey(in bytes: UnsafeBufferPointer<UInt8>) -> YAMLMark? {
    if context == "while scanning a simple key", let contextPlace, contextPlace.line == place.line,
      place.column - contextPlace.column > YAMLLimits.keyLength
    {
      return contextPlace
    }
    guard problem.hasPrefix("mapping values are not allowed"), place.column > YAMLLimits.keyLength else {
      return nil
    }
    var lineStart = place.offset
    while lineStart > 0, bytes[lineStart - 1] != 0x0A, bytes[lineStart - 1] != 0x0D { lineStart -= 1 }
    var column = 1
    while bytes[lineStart] == 0x20 {
      lineStart += 1
      column += 1
    }
    guard place.column - column > YAMLLimits.keyLength else { return nil }
    return YAMLMark(line: place.line, column: column, offset: lineStart)
  }
}
