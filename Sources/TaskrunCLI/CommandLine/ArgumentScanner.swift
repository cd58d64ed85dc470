import TaskrunManifest

/// Parts arguments into words and flags with their values, as GNU programs do: `--flag=value`, `--flag value`,
/// `-f4`, `-f 4`, `-qk`. What they mean is decided afterwards, when the subcommand is known.
struct ArgumentScanner {
  /// A flag as it stands on the command line.
  struct Occurrence {
    /// Which one.
    var flag: Flag
    /// As the user spelt it, with its dashes and without its value.
    var spelling: String
    /// Its value; empty if it takes none.
    var value = ""

    /// Whether two flags that decide the same thing do not agree.
    func contradicts(_ other: Occurrence) -> Bool {
      flag.long != other.flag.long && (flag.value == nil || value != other.value)
    }
  }

  /// What is neither a flag nor the value of one.
  private(set) var words: [String] = []
  /// The flags in order; none of `--help` and `--version`.
  private(set) var occurrences: [Occurrence] = []
  /// What follows `--`; `nil` if that does not occur.
  private(set) var passedOn: [String]?
  /// What `--help` or `--version` asks for.
  private(set) var ending: Invocation?

  private var rest: ArraySlice<String>

  /// Makes a scanner of what follows the program's name.
  init(_ arguments: [String]) {
    rest = arguments[...]
  }

  /// Goes through the arguments up to the end, `--help` or `--version`.
  mutating func scan() throws(UsageError) {
    while ending == nil, let argument = rest.popFirst() {
      if argument == "--" {
        passedOn = Array(rest)
        return
      } else if argument.hasPrefix("--") {
        try scanLong(argument)
      } else if argument.hasPrefix("-"), argument != "-" {
        try scanShort(argument)
      } else {
        words.append(argument)
      }
    }
  }

  private mutating func scanLong(_ argument: String) throws(UsageError) {
    let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let spelling = "--" + name
    guard let flag = Flag.all.first(where: { $0.long == name }) else {
      throw .unknownFlag(spelling, suggestion: Self.flag(near: name))
    }
    let attached = parts.count == 2 ? String(parts[1]) : nil
    if let attached, flag.value == nil {
      throw .unexpectedValue(spelling, value: attached)
    }
    try take(flag, spelling, attached: attached)
  }

  /// Letters up to one that takes a value: the remaining ones are that value.
  private mutating func scanShort(_ argument: String) throws(UsageError) {
    var letters = argument.dropFirst()
    while ending == nil, let letter = letters.popFirst() {
      guard let flag = Flag.all.first(where: { $0.short == letter }) else {
        throw unknown(letter, in: argument)
      }
      guard flag.value != nil else {
        try take(flag, "-\(letter)", attached: nil)
        continue
      }
      return try take(flag, "-\(letter)", attached: letters.isEmpty ? nil : String(letters))
    }
  }

  private mutating func take(_ flag: Flag, _ spelling: String, attached: String?) throws(UsageError) {
    switch flag.effect {
    case .help: ending = .help(topic: words.first.flatMap(Subcommand.init(word:)) ?? .run)
    case .version: ending = .version
    case .toggle: occurrences.append(Occurrence(flag: flag, spelling: spelling))
    case .value(let value):
      guard let text = attached ?? nextValue() else {
        throw .missingValue(spelling, placeholder: value.name)
      }
      occurrences.append(Occurrence(flag: flag, spelling: spelling, value: text))
    case .optionalValue(_, let looksLikeOne):
      let next = attached == nil && rest.first.map(looksLikeOne) == true ? rest.popFirst() : nil
      occurrences.append(Occurrence(flag: flag, spelling: spelling, value: attached ?? next ?? ""))
    }
  }

  /// The next argument unless it is a flag: `-r --io 4` has a missing reporter, not one called `--io`.
  /// A negative number is a value, and so is `-`.
  private mutating func nextValue() -> String? {
    guard let next = rest.first else { return nil }
    if next.hasPrefix("-"), next != "-", !(next.dropFirst().first?.isASCIIDigit ?? false) { return nil }
    return rest.popFirst()
  }

  private func unknown(_ letter: Character, in argument: String) -> UsageError {
    // One dash too few, as in '-timeout'.
    let name = String(argument.dropFirst())
    if name.count > 1, Flag.all.contains(where: { name == $0.long || name.hasPrefix($0.long + "=") }) {
      return .unknownFlag(argument, suggestion: "-" + argument)
    }
    let otherCase = letter.isLowercase ? letter.uppercased() : letter.lowercased()
    let known = Flag.all.contains { $0.short.map(String.init) == otherCase }
    return .unknownFlag("-\(letter)", suggestion: known ? "-" + otherCase : nil)
  }

  private static func flag(near name: String) -> String? {
    nearest(to: name, in: Flag.all.map(\.long)).map { "--" + $0 }
  }

  /// The word that was meant: one that begins like that, or is spelt like that.
  static func nearest(to word: String, in known: [String]) -> String? {
    let longer = word.isEmpty ? [] : known.filter { $0.hasPrefix(word) }
    return longer.count == 1 ? longer[0] : SpellingSuggestion.nearest(to: word, in: known)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
