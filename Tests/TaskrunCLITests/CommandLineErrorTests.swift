import Testing

@testable import TaskrunCLI

@Suite struct CommandLineErrorTests {
  /// The whole text that goes to standard error; without one, the line is not wrong.
  private func message(_ arguments: [String]) -> String {
    do throws(UsageError) {
      return "no error, but \(try Invocation(arguments: arguments))"
    } catch {
      return error.message
    }
  }

  private static let poolSize = "a number of at least 1, or a form of '50%', '+2', '-2' or 'auto'"
  private static let duration = "more than zero with a unit, such as '500ms', '30s' or '1h30m'"

  @Test(arguments: [
    ("--tmeout 5s", "unknown option '--tmeout'; did you mean '--timeout'?"),
    ("--colour=never", "unknown option '--colour'; did you mean '--color'?"),
    ("--max 3", "unknown option '--max'; did you mean '--max-failures'?"),
    ("--something-else", "unknown option '--something-else'"),
    ("--=x", "unknown option '--'"),
    ("-timeout 5s", "unknown option '-timeout'; did you mean '--timeout'?"),
    ("-order=submitted", "unknown option '-order=submitted'; did you mean '--order=submitted'?"),
    ("-J4", "unknown option '-J'; did you mean '-j'?"),
    ("-qx", "unknown option '-x'"),
    ("-1", "unknown option '-1'"),
  ])
  func unknownFlagsAreAnsweredWithTheNearest(_ line: String, _ error: String) {
    #expect(message(words(line)) == "error: \(error)\ntry 'taskrun --help'\n")
  }

  @Test(arguments: ["schema", "init", "report", "completion"])
  func subcommandsOfLaterDaysAreRefused(_ word: String) {
    let expected = "error: '\(word)' is not supported yet\ntry 'taskrun --help'\n"
    #expect(message([word]) == expected)
    #expect(message(["-q", word, "more"]) == expected)
    #expect(message(["help", word]) == expected)
  }

  @Test(arguments: [
    ("-r", "option '-r' needs a value: -r NAME[:PATH]"),
    ("--io --cpu 3", "option '--io' needs a value: --io N"),
    ("tasks.yaml --timeout", "option '--timeout' needs a value: --timeout D"),
    ("--var -- a=b", "option '--var' needs a value: --var K=V"),
    ("--quiet=yes", "option '--quiet' takes no value, but was given 'yes'"),
    ("--failed=x", "option '--failed' takes no value, but was given 'x'"),
    ("--graph", "option '--graph' needs a value: --graph FORMAT"),
    ("--help=run", "option '--help' takes no value, but was given 'run'"),
  ])
  func valuesAreNeitherMissingNorInTheWay(_ line: String, _ error: String) {
    #expect(message(words(line)) == "error: \(error)\ntry 'taskrun --help'\n")
  }

  @Test(arguments: [
    ("--io 0", "--io", "0", poolSize), ("--io=", "--io", "", poolSize), ("-j=4", "-j", "=4", poolSize),
    ("-j 4x", "-j", "4x", poolSize), ("--cpu 0%", "--cpu", "0%", poolSize),
    ("--cpu %", "--cpu", "%", poolSize),
    ("--cpu +", "--cpu", "+", poolSize), ("--io +-1", "--io", "+-1", poolSize),
    ("--io -", "--io", "-", poolSize),
    ("--io 99999999999999999999", "--io", "99999999999999999999", poolSize),
    ("--timeout 5", "--timeout", "5", duration), ("--timeout 0s", "--timeout", "0s", duration),
    ("--deadline -5s", "--deadline", "-5s", duration), ("--deadline soon", "--deadline", "soon", duration),
    ("--max-failures 0", "--max-failures", "0", "a number of at least 1"),
    ("--max-failures +1", "--max-failures", "+1", "a number of at least 1"),
    ("--order random", "--order", "random", "'completed' or 'submitted'"),
    ("--color yes", "--color", "yes", "'auto', 'always' or 'never'"),
    ("--diagnostics xml", "--diagnostics", "xml", "'text' or 'json'"),
    ("--var site", "--var", "site", "NAME=VALUE"), ("--var =x", "--var", "=x", "NAME=VALUE"),
    ("--tag=", "--tag", "", "a tag"), ("--graph svg", "--graph", "svg", "'dot' or 'mermaid'"),
    ("--skip=", "--skip", "", "a task or a pattern such as 'deploy*'"),
    ("--reporter=", "--reporter", "", "NAME or NAME:PATH"), ("--directory=", "--directory", "", "a folder"),
  ])
  func wrongValuesAreAnsweredWithWhatWouldBeRight(
    _ line: String, _ flag: String, _ value: String, _ expected: String
  ) {
    let error = "wrong value '\(value)' for option '\(flag)'; expected \(expected)"
    #expect(message(words(line)) == "error: \(error)\ntry 'taskrun --help'\n")
  }

  @Test(arguments: [
    ("-qv", "-q", "-v"), ("--verbose m.yaml --quiet", "--verbose", "--quiet"),
    ("-k --fail-fast", "-k", "--fail-fast"),
    ("--fail-fast --max-failures 2", "--fail-fast", "--max-failures"),
    ("--max-failures=2 -k", "--max-failures", "-k"), ("-j4 --cpu 8", "-j", "--cpu"),
    ("--cpu 50% --jobs auto", "--cpu", "--jobs"), ("-n --list", "-n", "--list"),
    ("--graph dot -l", "--graph", "-l"),
  ])
  func flagsThatContradictEachOtherAreBothNamed(_ line: String, _ first: String, _ second: String) {
    let error = "options '\(first)' and '\(second)' contradict each other; give one of them"
    #expect(message(words(line)) == "error: \(error)\ntry 'taskrun --help'\n")
  }

  @Test(arguments: [
    ("check a.yaml b.yaml", "unexpected 'b.yaml'; expected 'taskrun check [FILE]'"),
    ("check a.yaml -- x", "unexpected '--'; expected 'taskrun check [FILE]'"),
    ("plugins a b", "unexpected 'b'; expected 'taskrun plugins [NAME]'"),
    ("check --fail-fast", "option '--fail-fast' does not go with 'check'"),
    ("check --list", "option '--list' does not go with 'check'"),
    ("-j4 check", "option '-j' does not go with 'check'"),
    ("plugins --var a=b", "option '--var' does not go with 'plugins'"),
    ("help chekc", "no help about 'chekc'; did you mean 'check'?"),
    ("help plug", "no help about 'plug'; did you mean 'plugins'?"),
    ("help tasks.yaml", "no help about 'tasks.yaml'"),
  ])
  func subcommandsTakeOnlyWhatIsTheirs(_ line: String, _ error: String) {
    #expect(message(words(line)) == "error: \(error)\ntry 'taskrun --help'\n")
  }

  @Test func emptyWordsAreRefused() {
    let run = "taskrun [FILE [TASK...]] [-- ARG...]"
    let tail = "\ntry 'taskrun --help'\n"
    #expect(message([""]) == "error: an argument is empty; expected '\(run)'" + tail)
    #expect(message(["m.yaml", ""]) == "error: an argument is empty; expected '\(run)'" + tail)
    #expect(message(["check", ""]) == "error: an argument is empty; expected 'taskrun check [FILE]'" + tail)
  }

  @Test func whatATerminalWouldObeyIsShownAndNotSent() {
    let expected = "error: unknown option '--a\\u{1b}[31m\\u{a}b'\ntry 'taskrun --help'\n"
    #expect(message(["--a\u{1B}[31m\nb"]) == expected)
  }

  private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
}
