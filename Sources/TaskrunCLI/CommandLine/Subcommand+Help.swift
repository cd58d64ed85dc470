extension Subcommand {
  /// How it is called: one line without the options.
  var usage: String { ["taskrun", rawValue, synopsis].filter { !$0.isEmpty }.joined(separator: " ") }

  /// What `--help` shows: whole lines of less than 80 columns, without colours.
  package var helpText: String {
    let sections = self == .run ? [commandSection] + flagSections + [exitStatuses, examples] : flagSections
    return ([header] + sections).joined(separator: "\n")
  }

  private var header: String {
    let call = ["usage: taskrun", rawValue, "[OPTION...]", synopsis].filter { !$0.isEmpty }
    var text = summary.prefix(1).uppercased() + summary.dropFirst() + ".\n\n"
    text += call.joined(separator: " ") + "\n"
    if self == .run { text += "       taskrun COMMAND [OPTION...] [ARG...]\n" }
    return words.isEmpty ? text : text + "\n" + Self.table(words.map { ($0.name, $0.meaning) })
  }

  private var commandSection: String {
    let commands = Self.allCases.filter { $0 != .run && $0.isSupported }
    return "Commands:\n" + Self.table(commands.map { ("\($0.rawValue) \($0.synopsis)", $0.summary) })
  }

  private var flagSections: [String] {
    Flag.Group.allCases.compactMap { group in
      let flags = Flag.all.filter { $0.group == group && $0.commands.contains(self) }
      guard !flags.isEmpty else { return nil }
      return "\(group.rawValue):\n" + Self.table(flags.map { ($0.helpTerm, $0.help) }, indentation: 30)
    }
  }

  private var exitStatuses: String {
    "Exit status:\n"
      + Self.table([
        ("0", "every task succeeded or was allowed to fail"),
        ("1", "a task failed, timed out, or did not run because of that"),
        ("2, 3, 4", "wrong usage, wrong manifest, nothing selected"),
        ("65", "the journal of the run to resume is damaged"),
        ("124", "--deadline reached"),
      ])
  }

  private var examples: String {
    """
    Examples:
      taskrun tasks.yaml                            run everything, show a table
      taskrun tasks.yaml -r table -r json:out.json  and keep all results as JSON
      taskrun tasks.yaml 'fetch*' --io 64 --fail-fast --timeout 30s

    """
  }

  /// Two columns; the second begins after the longest term, or at `indentation`, and wraps there.
  private static func table(_ rows: [(term: String, meaning: String)], indentation: Int? = nil) -> String {
    let column = indentation ?? 4 + (rows.map(\.term.count).max() ?? 0)
    return rows.map { term, meaning in
      let start = "  " + term
      let lines = wrapped(meaning, width: 79 - column)
      let margin = String(repeating: " ", count: column)
      let gap = start.count < column - 1 ? String(repeating: " ", count: column - start.count) : "\n" + margin
      return start + gap + lines.joined(separator: "\n" + margin) + "\n"
    }.joined()
  }

  private static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension Flag {
  /// `-r, --reporter NAME[:PATH]`.
  fileprivate var helpTerm: String {
    let start = short.map { "-\($0), " } ?? "    "
    return start + "--" + long + (value.map { " " + $0.name } ?? "")
  }
}
