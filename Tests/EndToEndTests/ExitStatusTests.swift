import Foundation
import TestSupport
import Testing

/// Contract section 5: the exit codes, and whether anything was started.
@Suite struct ExitStatusTests {
  /// Makes a file when it runs, so that a test can prove that nothing was started.
  private static let marking = "tasks: { mark: { kind: io, run: [touch, marker] } }\n"

  @Test func everyTaskSucceededIsZero() async throws {
    let result = try await CommandRun(Self.marking).result()
    #expect(result.status == .exited(0))
    #expect(result.folder.has("marker"))
  }

  @Test(arguments: ["[\"false\"]", "\"exit 7\"", "[no-such-program]", "kill -9 $$"])
  func aFailedTaskIsOne(command: String) async throws {
    let result = try await CommandRun("tasks: { a: { kind: io, run: \(command) } }\n").result()
    #expect(result.status == .exited(1))
  }

  @Test func aTaskThatTimedOutIsOne() async throws {
    let result = try await CommandRun(
      "tasks: { a: { kind: io, timeout: 50ms, run: [sleep, '600'] } }\n"
    ).result()
    #expect(result.status == .exited(1))
  }

  @Test(arguments: [
    (["--no-such-flag"], "error: unknown option '--no-such-flag'\n"),
    (
      ["-r", "no-such-report"], "error: unknown report format 'no-such-report'; expected json, jsonl, table\n"
    ),
    (
      ["--io", "0"],
      "error: wrong value '0' for option '--io'; expected a number of at least 1, or a form of "
        + "'50%', '+2', '-2' or 'auto'\n"
    ),
    (
      ["--timeout", "5"],
      "error: wrong value '5' for option '--timeout'; expected more than zero with a unit, "
        + "such as '500ms', '30s' or '1h30m'\n"
    ),
    (["--var", "sitee=x"], "error: unknown variable 'sitee' for option '--var'; did you mean 'site'?\n"),
    (["--var", "other=x"], "error: unknown variable 'other' for option '--var'; declare it under 'vars'\n"),
    (["-r", "json:tasks.yaml"], "error: report 'json' would replace the manifest 'tasks.yaml'\n"),
    (["-r", "jsonl:./tasks.yaml"], "error: report 'jsonl' would replace the manifest 'tasks.yaml'\n"),
    (["-C", "nowhere"], "error: cannot enter folder 'nowhere': no such file or directory\n"),
    (
      ["-r", "json", "-r", "jsonl"],
      "error: reports 'json' and 'jsonl' both go to standard output; give one a "
        + "path: 'jsonl:PATH'\n"
    ),
  ])
  func wrongUsageIsTwoAndStartsNothing(flags: [String], message: String) async throws {
    let manifest = "vars: { site: x }\n" + Self.marking
    var run = try CommandRun(manifest)
    run.arguments += flags
    let result = try await run.result()
    #expect(result.status == .exited(2))
    #expect(result.stdout == "")
    #expect(result.stderr.hasPrefix(message))
    #expect(result.folder.names == ["tasks.yaml"])
    #expect(try result.folder.text("tasks.yaml") == manifest)
  }

  @Test func aLinkToTheManifestIsNoPlaceForAReportEither() async throws {
    var run = try CommandRun(Self.marking, "-r", "json:link")
    run.prelude = "ln -s tasks.yaml link"
    let result = try await run.result()
    #expect(result.status == .exited(2))
    #expect(result.stderr == "error: report 'json' would replace the manifest 'tasks.yaml'\n")
    #expect(try result.folder.text("tasks.yaml") == Self.marking)
    #expect(result.folder.names == ["link", "tasks.yaml"])
  }

  @Test func aVariableThatOnlyATemplateNamesMayBeGiven() async throws {
    let manifest = """
      tasks: { a: { kind: io, run: [echo, '{{ vars.a }} {{ vars.b | default: "none" }}'] } }

      """
    let run = try CommandRun(manifest, "--var", "a=1", "--var", "b=2", "-r", "json")
    let report = try await run.result().report()
    #expect(try report["a"].stdout == "1 2\n")
  }

  @Test func aWrongManifestIsThreeAndStartsNothing() async throws {
    let result = try await CommandRun(Self.marking + "task: {}\n").result()
    #expect(result.status == .exited(3))
    #expect(result.stdout == "")
    #expect(!result.folder.has("marker"))
  }

  @Test(arguments: [
    ("mark", "; did you mean 'taskrun tasks.yaml mark'?"),
    ("chek", "; did you mean 'taskrun tasks.yaml chek' or 'taskrun check'?"), ("other.yaml", ""),
  ])
  func aManifestThatIsNotThereMayBeATaskOrACommand(word: String, question: String) async throws {
    var run = try CommandRun(Self.marking)
    run.arguments = [word]
    let result = try await run.result()
    #expect(result.status == .exited(3))
    #expect(result.stderr == "error: cannot read manifest '\(word)': no such file or directory\(question)\n")
    #expect(!result.folder.has("marker"))
  }

  @Test func nothingSelectedIsFourAndStartsNothing() async throws {
    let result = try await CommandRun(Self.marking, "marc").result()
    #expect(result.status == .exited(4))
    #expect(result.stdout == "")
    #expect(result.stderr == "error: no task matches 'marc'; did you mean 'mark'?\n")
    #expect(!result.folder.has("marker"))
  }

  @Test func aReportInAMissingFolderIs73AndStartsNothing() async throws {
    let result = try await CommandRun(Self.marking, "-r", "json:nowhere/report.json").result()
    #expect(result.status == .exited(73))
    #expect(result.stdout == "")
    #expect(
      result.stderr == "error: cannot create report 'nowhere/report.json': no such file or directory\n")
    #expect(!result.folder.has("marker"))
  }
}
