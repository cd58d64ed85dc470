/// What the first word of a command line can be beside a manifest. A manifest with such a name is given as
/// `./check`.
package enum Subcommand: String, Sendable, CaseIterable {
  /// No word at all: run a manifest.
  case run = ""
  case check
  case plugins
  case help
  case schema
  case `init`
  case report
  case completion

  /// The subcommand that a word of the command line names, if it names one.
  init?(word: String) {
    guard !word.isEmpty else { return nil }
    self.init(rawValue: word)
  }

  /// Whether it does what its name says already; otherwise it is refused.
  package var isSupported: Bool {
    switch self {
    case .run, .check, .plugins, .help: true
    case .schema, .`init`, .report, .completion: false
    }
  }

  /// The words that may follow it, for `--help`.
  var synopsis: String {
    switch self {
    case .run: "[FILE [TASK...]] [-- ARG...]"
    case .check: "[FILE]"
    case .plugins: "[NAME]"
    case .help: "[COMMAND]"
    case .schema, .`init`, .report, .completion: ""
    }
  }

  /// What it does, for `--help`: a line, lower case, without a full stop.
  var summary: String {
    switch self {
    case .run: "run the tasks of a manifest: io tasks on threads, cpu tasks in processes"
    case .check: "show all that is wrong with a manifest; nothing is started"
    case .plugins: "list the task types and reporters there are, or describe one"
    case .help: "show this text, or that of a command"
    case .schema, .`init`, .report, .completion: ""
    }
  }

  /// What the words of the synopsis stand for.
  var words: [(name: String, meaning: String)] {
    let searched = RunOptions.manifestNames.joined(separator: ", ")
    let manifest = "the manifest, or '-' (default: \(searched))"
    return switch self {
    case .run:
      [
        ("FILE", manifest),
        ("TASK", "a task or a pattern such as 'fetch*', with what it needs (default: all)"),
        ("ARG", "what tasks read as {{ args }}"),
      ]
    case .check: [("FILE", manifest)]
    case .plugins: [("NAME", "a task type such as http.get, or a reporter such as json")]
    case .help, .schema, .`init`, .report, .completion: []
    }
  }
}
