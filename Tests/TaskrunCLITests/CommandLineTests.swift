import TaskrunAPI
import TaskrunManifest
import Testing

@testable import TaskrunCLI

/// What a line of words means; the words are parted at spaces.
func runOptions(_ line: String) throws -> RunOptions {
  guard case .run(let options) = try Invocation(arguments: line.split(separator: " ").map(String.init)) else {
    throw NotARun(line: line)
  }
  return options
}

struct NotARun: Error {
  var line: String
}

@Suite struct CommandLineTests {
  @Test func nothingMeansToSearchForAManifestAndRunAll() throws {
    let options = try runOptions("")
    #expect(options.manifest == nil)
    #expect(options.tasks == [])
    #expect(options.arguments == [])
    #expect(options.tags == [] && options.skipped == [])
    #expect(options.resumed == nil && !options.isFailedOnly)
    #expect(options.planView == nil)
    #expect(options.reporters == [])
    #expect(options.io == nil && options.cpu == nil)
    #expect(options.order == .completed)
    #expect(options.failurePolicy == .keepGoing)
    #expect(options.timeout == nil && options.deadline == nil)
    #expect(options.variables.isEmpty)
    #expect(options.directory == nil)
    #expect(options.color == .auto)
    #expect(options.verbosity == .normal)
    #expect(options.diagnostics == .text)
    #expect(RunOptions.manifestNames == ["taskrun.yaml", "tasks.yaml"])
  }

  @Test func theFirstWordIsTheManifestAndTheOthersAreTasks() throws {
    let options = try runOptions("tasks.yaml fetch* report")
    #expect(options.manifest == "tasks.yaml")
    #expect(options.tasks == ["fetch*", "report"])
  }

  @Test(arguments: [
    "-q --io 4 a.yaml one two", "a.yaml -q one --io 4 two", "a.yaml one two --io=4 -q",
    "a.yaml one -q two --io 4",
  ])
  func flagsMayStandAnywhereAmongTheWords(_ line: String) throws {
    let options = try runOptions(line)
    #expect(options.manifest == "a.yaml")
    #expect(options.tasks == ["one", "two"])
    #expect(options.io == .exactly(4))
    #expect(options.verbosity == .quiet)
  }

  @Test func tagsAndSkipsAddUp() throws {
    let options = try runOptions("a.yaml one --tag web --skip x* --tag db --skip y")
    #expect(options.tasks == ["one"])
    #expect(options.tags == ["web", "db"])
    #expect(options.skipped == ["x*", "y"])
  }

  @Test(
    arguments: [
      ("a.yaml", nil, []), ("a.yaml --resume", .last, []), ("--resume a.yaml one", .last, ["one"]),
      ("a.yaml --resume one", .last, ["one"]), ("a.yaml --resume=one", .named("one"), []),
      ("a.yaml --resume 20261122T080000_123_7f3a one", .named("20261122T080000_123_7f3a"), ["one"]),
      ("a.yaml --resume 20261122T0", .named("20261122T0"), []),
      ("a.yaml --resume 20261122", .last, ["20261122"]), ("a.yaml --resume=", .last, []),
    ] as [(String, ResumedRun?, [String])])
  func aRunToResumeIsNamedByWhatLooksLikeOne(
    _ line: String, _ run: ResumedRun?, _ tasks: [String]
  ) throws {
    let options = try runOptions(line)
    #expect(options.manifest == "a.yaml")
    #expect(options.resumed == run)
    #expect(options.tasks == tasks)
    #expect(!options.isFailedOnly)
  }

  @Test func failedMayGoWithOrWithoutARun() throws {
    #expect(try runOptions("--failed").isFailedOnly)
    #expect(try runOptions("--failed").resumed == nil)
    #expect(try runOptions("--failed --resume=x").resumed == .named("x"))
  }

  @Test(
    arguments: [
      ("-n", .dryRun), ("--dry-run", .dryRun), ("-l", .list), ("--list --list", .list),
      ("--graph dot", .graph(.dot)), ("--graph=mermaid", .graph(.mermaid)),
    ] as [(String, PlanView)])
  func aPlanIsShownInOneWay(_ line: String, _ view: PlanView) throws {
    #expect(try runOptions(line).planView == view)
  }

  @Test func twoDashesEndTheFlagsAndPassOnTheRest() throws {
    let options = try runOptions("a.yaml one -- --io check -- -x")
    #expect(options.tasks == ["one"])
    #expect(options.arguments == ["--io", "check", "--", "-x"])
    #expect(options.io == nil)
  }

  @Test func aDashIsStandardInput() throws {
    #expect(try runOptions("-").manifest == "-")
    #expect(try runOptions("- -r json:- one").tasks == ["one"])
  }

  @Test func aManifestWithTheNameOfASubcommandIsGivenByAPath() throws {
    #expect(try runOptions("./check").manifest == "./check")
    #expect(try runOptions("tasks.yaml check").tasks == ["check"])
  }

  @Test(arguments: [
    "-j4", "-j 4", "--jobs 4", "--jobs=4", "--cpu 4", "--cpu=4", "-j4 --cpu 4", "-qj4", "-j 9 -j 4",
  ])
  func aValueMayBeAttachedOrFollow(_ line: String) throws {
    #expect(try runOptions(line).cpu == .exactly(4))
  }

  @Test(arguments: [
    ("8", PoolSize.exactly(8)), ("1", .exactly(1)), ("50%", .percent(50)), ("200%", .percent(200)),
    ("+2", .offset(2)), ("-2", .offset(-2)), ("+0", .offset(0)), ("auto", .auto),
  ])
  func poolSizesHaveFiveForms(_ text: String, _ size: PoolSize) throws {
    #expect(try runOptions("--io \(text)").io == size)
    #expect(try runOptions("--cpu=\(text)").cpu == size)
    #expect(try runOptions("-j\(text)").cpu == size)
  }

  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("1.5s", .milliseconds(1500)), ("1h30m", .seconds(5400)),
  ])
  func limitsAreDurations(_ text: String, _ duration: Duration) throws {
    let options = try runOptions("--timeout \(text) --deadline=\(text)")
    #expect(options.timeout == duration)
    #expect(options.deadline == duration)
  }

  @Test(arguments: [
    ("-k", FailurePolicy.keepGoing), ("--keep-going", .keepGoing), ("-kk", .keepGoing),
    ("--fail-fast", .failFast), ("--max-failures 3", .maxFailures(3)), ("--max-failures=1", .maxFailures(1)),
    ("--max-failures 1 --max-failures 2", .maxFailures(2)),
  ])
  func afterAFailureTheRunGoesOnOrStops(_ line: String, _ policy: FailurePolicy) throws {
    #expect(try runOptions(line).failurePolicy == policy)
  }

  @Test func reportersAreKeptInOrderAsWritten() throws {
    let options = try runOptions("-r table -rjson:a:b.json --reporter=jsonl:log --reporter ./mine.py:out")
    #expect(options.reporters == ["table", "json:a:b.json", "jsonl:log", "./mine.py:out"])
  }

  @Test func variablesAreKeptInOrderAndPartedAtTheFirstEqualsSign() throws {
    let options = try runOptions("--var a=1 --var=b=x=y --var c= --var a=2")
    #expect(options.variables.map(\.name) == ["a", "b", "c", "a"])
    #expect(options.variables.map(\.value) == ["1", "x=y", "", "2"])
  }

  @Test(arguments: [("-C a", "a"), ("-Ca --directory=b", "a/b"), ("-C a -C /b", "/b")])
  func aSecondFolderIsRelativeToTheFirst(_ line: String, _ directory: String) throws {
    #expect(try runOptions(line).directory == directory)
  }

  @Test func theRemainingChoicesAreRead() throws {
    let options = try runOptions("--order submitted --color=never -v --diagnostics json")
    #expect(options.order == .submitted)
    #expect(options.color == .never)
    #expect(options.verbosity == .verbose)
    #expect(options.diagnostics == .json)
  }

  @Test func shortSwitchesMayBeBundled() throws {
    let options = try runOptions("-qkr json")
    #expect(options.verbosity == .quiet)
    #expect(options.failurePolicy == .keepGoing)
    #expect(options.reporters == ["json"])
  }

  @Test func valuesMayBeAnyText() throws {
    let line = ["--var", "site=https://example.org/a b?c=d", "-C", "my folder", "ünïcode.yaml"]
    guard case .run(let options) = try Invocation(arguments: line) else { throw NotARun(line: "\(line)") }
    #expect(options.variables.first?.value == "https://example.org/a b?c=d")
    #expect(options.directory == "my folder")
    #expect(options.manifest == "ünïcode.yaml")
  }

  @Test func checkTakesAManifestAndWhatHasToDoWithIt() throws {
    let line = [
      "-C", "dir", "check", "--var", "a=b", "--diagnostics=json", "m.yaml", "-q", "--color", "always",
    ]
    guard case .check(let options) = try Invocation(arguments: line) else { throw NotARun(line: "\(line)") }
    #expect(options.manifest == "m.yaml")
    #expect(options.directory == "dir")
    #expect(options.variables.map(\.name) == ["a"])
    #expect(options.diagnostics == .json)
    #expect(options.verbosity == .quiet)
    #expect(options.color == .always)
  }

  @Test(arguments: [
    ("check", "check(nil)"), ("check -", "check(-)"), ("plugins", "plugins(nil)"),
    ("plugins http.get", "plugins(http.get)"), ("help", "help()"), ("help check", "help(check)"),
    ("help help", "help(help)"), ("--help", "help()"), ("-h", "help()"), ("check -h", "help(check)"),
    ("plugins x y --help", "help(plugins)"), ("m.yaml --help", "help()"), ("--version", "version"),
    ("-V", "version"), ("-qv --help --bogus", "help()"), ("--version --help", "version"), ("-hx", "help()"),
  ])
  func otherInvocationsAreNamedByAWordOrAFlag(_ line: String, _ expected: String) throws {
    let invocation = try Invocation(arguments: line.split(separator: " ").map(String.init))
    let text =
      switch invocation {
      case .run: "run"
      case .check(let options): "check(\(options.manifest ?? "nil"))"
      case .plugins(let name): "plugins(\(name ?? "nil"))"
      case .help(let topic): "help(\(topic.rawValue))"
      case .version: "version"
      }
    #expect(text == expected)
  }
}
