/// One option of the command line: everything there is to know about it, in one place.
///
/// Parsing, `--help` and the list of suggestions derive from ``all``; a new option is one element of that list.
package struct Flag: Sendable {
  /// The name after `--`, and what makes a flag this flag.
  package var long: String
  /// The letter after `-`.
  package var short: Character?
  /// The heading it stands under in `--help`.
  package var group: Group
  /// The subcommands it belongs to.
  package var commands: [Subcommand]
  /// Flags with the same one contradict each other.
  package var choice: Choice?
  /// What it is for, for `--help`: a line, lower case, without a full stop.
  package var help: String
  /// What it does.
  package var effect: Effect

  /// What a flag does to the options.
  package enum Effect: Sendable {
    /// Shows help and ends the parsing.
    case help
    /// Shows the version and ends the parsing.
    case version
    /// Sets something.
    case toggle(@Sendable (inout RunOptions) -> Void)
    /// Takes a value.
    case value(Value)
    /// Takes a value if one is attached (`--resume=RUN`), or if the next word looks like one.
    case optionalValue(Value, looksLikeOne: @Sendable (String) -> Bool)
  }

  /// The value of a flag.
  package struct Value: Sendable {
    /// What stands for it in `--help`: upper case, in brackets if it may be left out.
    package var name: String
    /// The only values there are; empty if they cannot be listed.
    package var choices: [String]
    /// What would be right, for errors: goes on from "expected".
    package var expects: String
    /// Stores the value; says `false` if it is not one.
    package var store: @Sendable (inout RunOptions, String) -> Bool
  }

  /// The headings of `--help`, in order.
  package enum Group: String, Sendable, CaseIterable {
    case reports = "Reports"
    case pools = "Pools"
    case failures = "Failures and limits"
    case input = "Input"
    case selection = "Selection"
    case plan = "Show, and start nothing"
    case output = "Messages"
    case about = "About taskrun"
  }

  /// What only one flag of a command line may decide.
  package enum Choice: Sendable {
    case failurePolicy
    case cpu
    case verbosity
    case planView
  }

  /// Makes a flag without a value.
  init(
    _ long: String, _ short: Character? = nil, in group: Group, of commands: [Subcommand] = [.run],
    deciding choice: Choice? = nil, help: String, _ effect: Effect
  ) {
    self.long = long
    self.short = short
    self.group = group
    self.commands = commands
    self.choice = choice
    self.help = help
    self.effect = effect
  }

  /// Whether the next argument may be this flag's value.
  var value: Value? {
    switch effect {
    case .value(let value), .optionalValue(let value, _): value
    case .help, .version, .toggle: nil
    }
  }
}

extension Flag.Effect {
  /// Takes any value for which `store` says `true`.
  static func value(
    _ name: String, expects: String, _ store: @escaping @Sendable (inout RunOptions, String) -> Bool
  ) -> Self {
    .value(Flag.Value(name: name, choices: [], expects: expects, store: store))
  }

  /// Takes one of the words of an enum.
  static func choice<Word: CaseIterable & RawRepresentable<String> & Sendable>(
    _ name: String, _: Word.Type, _ store: @escaping @Sendable (inout RunOptions, Word) -> Void
  ) -> Self {
    let choices = Word.allCases.map(\.rawValue)
    let quoted = choices.map { "'\($0)'" }
    let expects = quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
    return .value(
      Flag.Value(name: name, choices: choices, expects: expects) { options, text in
        guard let word = Word(rawValue: text) else { return false }
        store(&options, word)
        return true
      })
  }
}
