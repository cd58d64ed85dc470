import TaskrunManifest

/// What can be wrong with a command line. Flags are given as the user spelt them.
package enum UsageError: Error, Sendable, Hashable {
  /// There is no such flag; this one is near.
  case unknownFlag(String, suggestion: String?)
  /// The subcommand is known but does nothing yet.
  case notSupportedYet(String)
  /// The flag needs a value and got none. The placeholder is the one of `--help`.
  case missingValue(String, placeholder: String)
  /// The flag takes no value and got one.
  case unexpectedValue(String, value: String)
  /// The value is not one.
  case wrongValue(String, value: String, expected: String)
  /// Two flags contradict each other.
  case conflict(String, String)
  /// The flag belongs to something else.
  case flagOfAnotherCommand(String, Subcommand)
  /// One word more than there is a place for.
  case unexpectedWord(String, Subcommand)
  /// A word of no letters: most often a shell variable that is not set.
  case emptyWord(Subcommand)
  /// `help` was asked about something that is no subcommand; this one is near.
  case unknownTopic(String, suggestion: String?)
  /// `--var` gave a variable that the manifest does not know; this one is near.
  case unknownVariable(String, suggestion: String?)
}

extension UsageError: CustomStringConvertible {
  /// The error in words: one line without a line break.
  package var description: String {
    switch self {
    case .unknownFlag(let flag, let suggestion):
      "unknown option '\(flag)'" + Self.question(suggestion)
    case .notSupportedYet(let word):
      "'\(word)' is not supported yet"
    case .missingValue(let flag, let placeholder):
      "option '\(flag)' needs a value: \(flag) \(placeholder)"
    case .unexpectedValue(let flag, let value):
      "option '\(flag)' takes no value, but was given '\(value)'"
    case .wrongValue(let flag, let value, let expected):
      "wrong value '\(value)' for option '\(flag)'; expected \(expected)"
    case .conflict(let first, let second):
      "options '\(first)' and '\(second)' contradict each other; give one of them"
    case .flagOfAnotherCommand(let flag, let command):
      "option '\(flag)' does not go with '\(command.rawValue)'"
    case .unexpectedWord(let word, let command):
      "unexpected '\(word)'; expected '\(command.usage)'"
    case .emptyWord(let command):
      "an argument is empty; expected '\(command.usage)'"
    case .unknownTopic(let word, let suggestion):
      "no help about '\(word)'" + Self.question(suggestion)
    case .unknownVariable(let name, let suggestion):
      "unknown variable '\(name)' for option '--var'; "
        + (suggestion.map { "did you mean '\($0)'?" } ?? "declare it under 'vars'")
    }
  }

  /// What goes to standard error, whole lines: the error and where to read on.
  package var message: String { "error: \(description.sanitised)\ntry 'taskrun --help'\n" }

  private static func question(_ suggestion: String?) -> String {
    suggestion.map { "; did you mean '\($0)'?" } ?? ""
  }
}
