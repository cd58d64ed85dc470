import TaskrunAPI

extension TaskTypeConformance {
  /// What is wrong with the words of the type: its name, its parameters, its summaries.
  var formViolations: [Violation] {
    var found: [Violation] = []
    if !Self.isName(type.name) {
      found.append(Violation(rule: "name", message: "'\(type.name)' is not of the form plugin.type"))
    }
    if let fault = Self.faultOfLine(type.summary) {
      found.append(Violation(rule: "summary", message: "of '\(type.name)' \(fault)"))
    }
    if type.kinds.isEmpty {
      found.append(Violation(rule: "kinds", message: "'\(type.name)' can be used with no kind"))
    }
    var seen: Set<String> = []
    for parameter in type.parameters {
      if !seen.insert(parameter.name).inserted {
        found.append(Violation(rule: "parameters", message: "'\(parameter.name)' is there twice"))
      }
      if !Self.isWord(parameter.name[...]) {
        found.append(
          Violation(rule: "parameters", message: "'\(parameter.name)' is not lower case with underscores"))
      }
      if let fault = Self.faultOfLine(parameter.summary) {
        found.append(Violation(rule: "summary", message: "of parameter '\(parameter.name)' \(fault)"))
      }
    }
    return found
  }

  /// What is wrong with the way a failure is told.
  static func problem(with error: any Error) -> Violation? {
    guard let error = error as? TaskError else {
      return Violation(rule: "error", message: "\(error) is not a TaskError")
    }
    if !isWord(error.type[...]) {
      return Violation(rule: "error", message: "type '\(error.type)' is not lower case with underscores")
    }
    return faultOfLine(error.message).map {
      Violation(rule: "error", message: "message '\(error.message)' \($0)")
    }
  }

  /// `plugin.type`, or one word: the type behind the `run` key has no dot.
  private static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy(isWord)
  }

  private static func isWord(_ text: Substring) -> Bool {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return text.utf8.first.map(letters.contains) == true
      && text.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
  }

  private static func faultOfLine(_ line: String) -> String? {
    if line.isEmpty { return "is empty" }
    if line.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      return "is more than one line"
    }
    if line.hasSuffix(".") { return "ends with a full stop" }
    let word = line.prefix { $0 != " " }
    // `HTTP` and `JSON` keep their capitals; `Runs` does not.
    if word.first?.isUppercase == true, word.dropFirst().allSatisfy({ $0.isLowercase }) {
      return "begins with a capital letter"
    }
    return nil
  }
}
