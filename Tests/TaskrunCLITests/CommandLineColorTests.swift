import TaskrunAPI
import TaskrunCLI
import Testing

@Suite struct CommandLineColorTests {
  @Test(
    arguments: [
      ([:], true, true), ([:], false, false),
      (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true),
      (["FORCE_COLOR": "1"], false, true), (["FORCE_COLOR": ""], false, false),
      (["FORCE_COLOR": "0"], true, false), (["FORCE_COLOR": "false"], true, false),
      (["NO_COLOR": "1", "FORCE_COLOR": "1"], true, false),
      (["TERM": "dumb"], true, false), (["TERM": "xterm"], true, true), (["TERM": "xterm"], false, false),
      (["TERM": "dumb", "FORCE_COLOR": "1"], false, true),
      (["CI": "true"], false, false), (["CI": "true"], true, true),
    ] as [([String: String], Bool, Bool)])
  func theEnvironmentDecidesAboutColors(_ environment: [String: String], _ isTerminal: Bool, _ expected: Bool)
  {
    #expect(usesColor(.auto, isTerminal: isTerminal, environment: environment) == expected)
  }

  @Test(arguments: [true, false], [[:], ["NO_COLOR": "1"], ["FORCE_COLOR": "1"], ["TERM": "dumb"]])
  func theFlagIsStrongerThanTheEnvironment(_ isTerminal: Bool, _ environment: [String: String]) {
    #expect(usesColor(.always, isTerminal: isTerminal, environment: environment))
    #expect(!usesColor(.never, isTerminal: isTerminal, environment: environment))
  }

  @Test(
    arguments: [
      ([:], Verbosity.normal, true, true), ([:], .verbose, true, true), ([:], .quiet, true, false),
      ([:], .normal, false, false), (["TERM": "dumb"], .normal, true, false),
      (["CI": "true"], .normal, true, false), (["CI": "1"], .normal, true, false),
      (["CI": ""], .normal, true, true), (["CI": "false"], .normal, true, true),
      (["CI": "0"], .normal, true, true),
      (["NO_COLOR": "1"], .normal, true, true), (["FORCE_COLOR": "1"], .normal, false, false),
    ] as [([String: String], Verbosity, Bool, Bool)])
  func progressIsForPeopleAtTerminals(
    _ environment: [String: String], _ verbosity: Verbosity, _ isTerminal: Bool, _ expected: Bool
  ) {
    #expect(showsProgress(verbosity, isTerminal: isTerminal, environment: environment) == expected)
  }
}
