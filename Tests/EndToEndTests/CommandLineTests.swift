import Foundation
import TestSupport
import Testing

/// The command line as people use it: where the manifest comes from, and what questions are answered.
@Suite struct CommandLineTests {
  private static let manifest = "tasks: { a: { kind: io, run: [pwd] } }\n"

  @Test func theManifestMayComeFromStandardInput() async throws {
    var run = try CommandRun(nil, "-", "-r", "json")
    run.input = Self.manifest
    let result = try await run.result()
    #expect(result.status == .exited(0))
    let report = try result.report()
    #expect(report.manifest == "-")
    #expect(try report["a"].stdout == run.folder.path + "\n")
  }

  @Test(arguments: [["tasks.yaml"], ["taskrun.yaml"], ["taskrun.yaml", "tasks.yaml"]])
  func withoutAFileTheUsualNamesAreTried(names: [String]) async throws {
    let run = try CommandRun(nil, "-r", "json")
    for name in names { try run.folder.write(name, "tasks: { a: { kind: io, run: [echo, \(name)] } }\n") }
    let report = try await run.result().report()
    #expect(report.manifest == names[0])
    #expect(try report["a"].stdout == names[0] + "\n")
  }

  @Test func aFolderCanBeEnteredFirst() async throws {
    let run = try CommandRun(nil, "-C", "sub", "-r", "json:report.json", "-q")
    try run.folder.write("sub/tasks.yaml", Self.manifest)
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(try result.report("sub/report.json")["a"].stdout == run.folder["sub\n"])
  }

  /// What is in the manifest's place, and what is said.
  static let unreadable: [(prelude: String, name: String?, message: String)] = [
    ("", "gone.yaml", "error: cannot read manifest 'gone.yaml': no such file or directory\n"),
    ("mkdir m", "m", "error: cannot read manifest 'm': it is a folder, not a file\n"),
    ("mkfifo m", "m", "error: cannot read manifest 'm': it is a FIFO, not a file\n"),
    (
      "", nil,
      "error: no manifest: there is neither 'taskrun.yaml' nor 'tasks.yaml' in this folder; "
        + "name one, or see 'taskrun --help'\n"
    ),
    ("ln -s m m", "m", "error: cannot read manifest 'm': too many levels of symbolic links\n"),
  ]

  @Test(arguments: unreadable)
  func whatCannotBeReadIsThree(place: (prelude: String, name: String?, message: String)) async throws {
    var run = try CommandRun(nil)
    if let name = place.name { run.arguments = [name] }
    run.prelude = place.prelude
    let result = try await run.result()
    #expect(result.status == .exited(3))
    #expect(result.stdout == "")
    #expect(result.stderr == place.message)
  }

  @Test func tasksCanBeSelectedByNameAndPattern() async throws {
    let manifest = """
      tasks:
        fetch: { kind: io, foreach: [1, 2], run: [echo, x] }
        fetch-more: { kind: io, run: [echo, x] }
        count: { kind: cpu, run: [echo, x] }
        report: { kind: io, run: [echo, x] }

      """
    let byName = try await CommandRun(manifest, "report", "count", "-r", "json").result().report()
    #expect(Set(byName.tasks.map(\.id)) == ["count", "report"])
    let byPattern = try await CommandRun(manifest, "fetch*", "-r", "json").result().report()
    #expect(Set(byPattern.tasks.map(\.id)) == ["fetch[0]", "fetch[1]", "fetch-more"])
  }

  @Test func variablesAndArgumentsComeFromTheCommandLine() async throws {
    let result = try await CommandRun(
      """
      vars: { who: manifest, kept: yes }
      tasks:
        a: { kind: io, run: [echo, "{{ vars.who }} {{ vars.kept }} {{ args | join: \\",\\" }}"] }

      """, "-r", "json", "--var", "who=you=me", "--", "x", "-r", "y z"
    ).result()
    #expect(try result.report()["a"].stdout == "you=me yes x,-r,y z\n")
  }

  @Test func pluginsListsWhatThereIs() async throws {
    let result = try await CommandRun(nil, "plugins").result()
    #expect(result.status == .exited(0))
    for name in [
      "run", "http.get", "http.request", "wait.for", "math.sum_of_squares", "math.primes", "json", "jsonl",
      "table",
    ] {
      #expect(result.stdout.contains("\n  \(name) "))
    }
    let one = try await CommandRun(nil, "plugins", "math.primes").result()
    #expect(
      one.stdout == """
        math.primes - counts the prime numbers below a limit with a sieve
        task type of plugin 'math', bundled; kinds: io, cpu

        parameters
          below  required  the limit; itself not counted (an integer from 0 to 1000000000000)

        """)
    let wrong = try await CommandRun(nil, "plugins", "math.prime").result()
    #expect(wrong.status == .exited(2))
    #expect(wrong.stderr == "error: no task type or reporter 'math.prime'; did you mean 'math.primes'?\n")
  }

  @Test func aPluginOfACustomProgramIsListedAndUsedLikeTheOthers() async throws {
    let result = try await CommandRun(nil, "plugins", "fixture.crash", fixture: true).result()
    #expect(
      result.stdout == """
        fixture.crash - ends its process
        task type of plugin 'fixture', bundled; kinds: cpu

        parameters
          how  required  the way to go (one of segv, trap, exit, abort, kill)

        """)
  }

  @Test func theInnerSubcommandsAreNotForPeople() async throws {
    let worker = try await CommandRun(nil, "worker").result()
    #expect(worker.status == .exited(2))
    #expect(worker.stderr == "this is a worker of taskrun; taskrun starts it by itself\n")
  }

  @Test func thereAreNoControlSequencesWithoutATerminal() async throws {
    let manifest = "tasks: { a: { kind: io, run: ['false'] } }\n"
    let plain = try await CommandRun(manifest).result()
    #expect(!plain.stdout.contains("\u{1B}") && plain.stderr == "")
    let colored = try await CommandRun(manifest, "--color", "always").result()
    #expect(colored.stdout.contains("\u{1B}[31m✗ failed"))
    var unwanted = try CommandRun(manifest)
    unwanted.environment = ["NO_COLOR": "1", "TERM": "dumb"]
    #expect(try await unwanted.result().stdout.contains("\u{1B}") == false)
  }
}
