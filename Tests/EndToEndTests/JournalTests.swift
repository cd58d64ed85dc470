import Foundation
import TestSupport
import Testing

@Suite struct JournalTests {
  private static let manifest =
    "tasks: { a: { kind: io, foreach: { range: [0, 20] }, run: [echo, '{{ item }}'] } }\n"

  /// The paths of all journals, sorted.
  private func journals(_ folder: TemporaryFolder) -> [String] {
    let found =
      FileManager.default.enumerator(atPath: folder.path)?.allObjects.compactMap { $0 as? String } ?? []
    return found.filter { $0.hasSuffix(".jsonl") || $0.hasSuffix(".incomplete") }.sorted()
  }

  @Test func aRunLeavesItsEventsInTheUsersState() async throws {
    let run = try CommandRun(Self.manifest, "-r", "jsonl")
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    let events = try EventStream(result.stdout)
    let names = journals(run.state)
    let id = try #require(events.events[0]["run_id"]?.text)
    try #require(names.count == 1)
    #expect(names[0].hasPrefix("taskrun/") && names[0].contains("-tasks.yaml-"))
    #expect(names[0].hasSuffix("/" + id + ".jsonl"))
  }

  @Test func theJournalHasTheSameEventsAsTheReport() async throws {
    let run = try CommandRun(Self.manifest, "-r", "jsonl")
    let result = try await run.result()
    let journal = try run.state.text(try #require(journals(run.state).first))
    let events = try EventStream(journal).events.map { event in
      guard case .object(var members) = event else { return event }
      for key in ["crc", "journal", "manifest_path", "selection"] { members[key] = nil }
      return JSON.object(members)
    }
    #expect(events == (try EventStream(result.stdout).events))
  }

  @Test func whatHasEndedCanBeReadAtOnceAndOutlivesARunThatIsKilled() async throws {
    let run = try CommandRun(
      """
      tasks:
        a: { kind: io, run: [echo, done] }
        b:
          kind: io
          needs: [a]
          run: until grep -q task_finished "$XDG_STATE_HOME"/taskrun/*/*.jsonl; do :; done; kill -9 $PPID

      """)
    let result = try await run.result()
    #expect(result.status == .signalled(SIGKILL))
    let text = try run.state.text(try #require(journals(run.state).first))
    let events = try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(
      events.prefix(3).map { $0["event"]?.text } == ["run_started", "task_started", "task_finished"])
  }

  @Test func withoutAHomeTheRunWorksAndSaysSoOnce() async throws {
    for (flags, warning) in [
      (
        [],
        "warning: no journal: HOME is not set; set TASKRUN_STATE_DIR to a folder; this run cannot be resumed\n"
      ),
      (["-q"], ""),
    ] {
      var run = try CommandRun(Self.manifest)
      run.arguments += flags
      run.prelude = "unset HOME XDG_STATE_HOME"
      let result = try await run.result()
      #expect(result.status == .exited(0))
      #expect(result.stderr == warning)
    }
  }

  @Test func whoWantsNoneHasNoneAndHearsNothing() async throws {
    var run = try CommandRun(Self.manifest)
    run.environment["TASKRUN_STATE_DIR"] = ""
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    #expect(result.folder.names == ["tasks.yaml"])
  }

  @Test func aManifestFromStandardInputHasNone() async throws {
    var run = try CommandRun(nil, "-")
    run.input = Self.manifest
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    #expect(run.state.names == [])
  }

  @Test func whereNoFolderCanBeTheRunWorksAndSaysSo() async throws {
    var run = try CommandRun(Self.manifest)
    run.environment["TASKRUN_STATE_DIR"] = "/dev/null/state"
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr.hasPrefix("warning: cannot create the journal '/dev/null/state/"))
    #expect(result.stderr.hasSuffix(".jsonl': not a directory; this run cannot be resumed\n"))
    #expect(result.stderr.split(separator: "\n").count == 1)
  }

  @Test func aStateFolderThatIsALinkToNowhereHangsNothing() async throws {
    var run = try CommandRun(Self.manifest)
    run.prelude = "ln -s nowhere/at/all state"
    run.environment["TASKRUN_STATE_DIR"] = run.folder["state"]
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr.hasSuffix(".jsonl': no such file or directory; this run cannot be resumed\n"))
    #expect(result.stderr.split(separator: "\n").count == 1)
  }

  @Test func aFullDiskIsSaidAndTheTasksGoOn() async throws {
    var run = try CommandRun(
      "tasks: { a: { kind: io, foreach: { range: [0, 200] }, run: [echo, '{{ item }}'] } }\n", "-q")
    // Blocks of 512 bytes.
    run.prelude = "ulimit -f 40"
    let result = try await run.result()
    #expect(result.status == .exited(74))
    #expect(result.stdout.hasPrefix("200 tasks in ") && result.stdout.contains(": 200 succeeded"))
    #expect(result.stderr.hasPrefix("warning: cannot write the journal '"))
    #expect(result.stderr.hasSuffix(".jsonl': file too large; this run cannot be resumed\n"))
    let names = journals(run.state)
    #expect(names.count == 1 && names.allSatisfy { $0.hasSuffix(".incomplete") })

    var next = run
    next.prelude = nil
    next.arguments = ["tasks.yaml", "--resume"]
    let refused = try await next.result()
    #expect(refused.status == .exited(2))
    #expect(
      refused.stderr.hasSuffix(
        "its journal could not be written to its end; run the manifest without --resume and --failed\n"))
  }

  @Test func runsAtTheSameTimeHaveAJournalEach() async throws {
    var run = try CommandRun(Self.manifest, "-q")
    run.prelude = #"for i in 1 2 3 4; do "$0" "$@" & done; wait"#
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    #expect(result.stdout.matches(of: /20 tasks in [^\n]*: 20 succeeded\n/).count == 5)
    let names = journals(run.state)
    #expect(names.count == 5)
    for name in names { #expect(try EventStream(run.state.text(name)).records.count == 20) }
  }
}
