extension Invocation {
  /// Reads a command line.
  ///
  /// Flags may stand anywhere among the words, up to `--`. `--help` and `--version` end the reading where they
  /// stand. Of a flag that is given twice the later value counts, unless it is a list.
  /// - Parameter arguments: what follows the program's name.
  /// - Throws: the first error.
  package init(arguments: [String]) throws(UsageError) {
    var scanner = ArgumentScanner(arguments)
    try scanner.scan()
    if let ending = scanner.ending {
      self = ending
      return
    }
    var words = scanner.words[...]
    let command = words.first.flatMap(Subcommand.init(word:)) ?? .run
    if command != .run { words.removeFirst() }
    guard command.isSupported else { throw .notSupportedYet(command.rawValue) }
    guard words.allSatisfy({ !$0.isEmpty }) else { throw .emptyWord(command) }
    var options = try Self.options(from: scanner.occurrences, of: command)
    if let extra = scanner.passedOn {
      guard command == .run else { throw .unexpectedWord("--", command) }
      options.arguments = extra
    }
    try self.init(command, words, options)
  }

  private init(_ command: Subcommand, _ words: ArraySlice<String>, _ options: RunOptions) throws(UsageError) {
    if command != .run, words.count > 1 { throw .unexpectedWord(words[words.startIndex + 1], command) }
    var options = options
    options.manifest = words.first
    switch command {
    case .run:
      options.tasks = Array(words.dropFirst())
      self = .run(options)
    case .check: self = .check(CheckOptions(options))
    case .plugins: self = .plugins(name: words.first)
    case .help: self = .help(topic: try Self.topic(words.first))
    case .schema, .`init`, .report, .completion: throw .notSupportedYet(command.rawValue)
    }
  }

  private static func topic(_ word: String?) throws(UsageError) -> Subcommand {
    guard let word else { return .run }
    guard let topic = Subcommand(word: word) else {
      let known = Subcommand.allCases.filter(\.isSupported).map(\.rawValue)
      throw .unknownTopic(word, suggestion: ArgumentScanner.nearest(to: word, in: known))
    }
    guard topic.isSupported else { throw .notSupportedYet(word) }
    return topic
  }

  private static func options(
    from occurrences: [ArgumentScanner.Occurrence], of command: Subcommand
  ) throws(UsageError) -> RunOptions {
    var options = RunOptions()
    var decided: [Flag.Choice: ArgumentScanner.Occurrence] = [:]
    for occurrence in occurrences {
      let flag = occurrence.flag
      guard flag.commands.contains(command) else { throw .flagOfAnotherCommand(occurrence.spelling, command) }
      switch flag.effect {
      case .toggle(let set): set(&options)
      case .value(let value), .optionalValue(let value, _):
        guard value.store(&options, occurrence.value) else {
          throw .wrongValue(occurrence.spelling, value: occurrence.value, expected: value.expects)
        }
      case .help, .version: break  // the scanner let none through
      }
      guard let choice = flag.choice else { continue }
      if let other = decided.updateValue(occurrence, forKey: choice), other.contradicts(occurrence) {
        throw .conflict(other.spelling, occurrence.spelling)
      }
    }
    return options
  }
}
