import Foundation
import TestSupport
import Testing

/// Reports that cannot be written: exit 74, no task harmed, and the other reports whole.
@Suite struct ReportFailureTests {
  private static let manifest = """
    tasks:
      a: { kind: io, foreach: { range: [0, 5] }, run: [touch, "{{ index }}.done"] }

    """

  /// Shell text after which standard output is a pipe that nobody reads.
  private static let readerThatLeft = "mkfifo pipe; true < pipe & exec > pipe; wait"

  @Test(
    arguments: ["json", "jsonl", "table"],
    [
      ("exec > /dev/full", "no space left on device"), (readerThatLeft, "broken pipe"),
    ])
  func aStandardOutputThatTakesNothingIs74(
    format: String, output: (prelude: String, words: String)
  ) async throws {
    var run = try CommandRun(Self.manifest, "-r", format, "-r", "jsonl:events")
    run.prelude = output.prelude
    let result = try await run.result()
    #expect(result.status == .exited(74))
    #expect(result.stderr == "error: report '\(format)' to standard output: \(output.words)\n")
    #expect(result.folder.names.filter { $0.hasSuffix(".done") }.count == 5)
    let events = try EventStream(result.folder.text("events"))
    #expect(events.records.count == 5)
    #expect(events.end["exit_code"] == 0)
  }

  @Test(arguments: ["json", "jsonl", "table"])
  func aStandardOutputThatIsClosedIs74(format: String) async throws {
    var run = try CommandRun(Self.manifest, "-r", format, "-r", "jsonl:events")
    run.prelude = "exec >&-"
    let result = try await run.result()
    #expect(result.status == .exited(74))
    #expect(result.stderr == "error: report '\(format)' to standard output: bad file descriptor\n")
    // No file of the run has taken the free number: what was to go to standard output is in none of them.
    #expect(result.folder.names.filter { $0.hasSuffix(".done") }.count == 5)
    #expect(try EventStream(result.folder.text("events")).records.count == 5)
  }

  @Test func aReaderThatLeavesInTheMiddleIs74() async throws {
    var run = try CommandRun(
      """
      pools: { io: 1 }
      tasks:
        quick: { kind: io, run: [echo, x] }
        waits: { kind: io, run: "until [ -e left ]; do sleep 0.01; done" }
        more: { kind: io, foreach: { range: [0, 3] }, run: [touch, "{{ index }}.done"] }

      """, "-r", "jsonl", "-r", "json:report.json")
    run.prelude = "mkfifo pipe; { head -n 1 < pipe > first; touch left; } & exec > pipe"
    let result = try await run.result()
    #expect(result.status == .exited(74))
    #expect(result.stderr == "error: report 'jsonl' to standard output: broken pipe\n")
    #expect(try result.folder.text("first").contains(#""event":"run_started""#))
    #expect(try result.report("report.json").summary["succeeded"] == 5)
  }

  @Test func aFileThatCannotGrowLeavesTheOldReportAsItWas() async throws {
    var run = try CommandRun(Self.manifest, "-r", "json:report.json", "-r", "table")
    try run.folder.write("report.json", "the old one\n")
    run.environment["TASKRUN_STATE_DIR"] = ""
    // Blocks of 512 bytes: a disk that is full after the first one.
    run.prelude = "trap '' XFSZ; ulimit -f 1"
    let result = try await run.result()
    #expect(result.status == .exited(74))
    #expect(result.stderr == "error: report 'json' to report.json: file too large\n")
    #expect(try result.folder.text("report.json") == "the old one\n")
    let names = ["0.done", "1.done", "2.done", "3.done", "4.done", "report.json", "tasks.yaml"]
    #expect(result.folder.names == names)
    #expect(result.stdout.contains("5 tasks in "))
  }

  @Test func twoReportsThatMeetThroughALinkAreRefused() async throws {
    var run = try CommandRun(Self.manifest, "-r", "json:real/report", "-r", "jsonl:linked/report")
    run.prelude = "mkdir real; ln -s real linked"
    let result = try await run.result()
    #expect(result.status == .exited(2))
    #expect(
      result.stderr == "error: reports 'json' and 'jsonl' both go to 'linked/report'; give one another path\n"
    )
    #expect(result.folder.names == ["linked", "real", "tasks.yaml"])
  }

  @Test func aFailedTaskDoesNotHideAFailedReport() async throws {
    var run = try CommandRun("tasks: { a: { kind: io, run: ['false'] } }\n", "-r", "json")
    run.prelude = "exec > /dev/full"
    #expect(try await run.result().status == .exited(74))
  }

  @Test func answersThatCannotBeWrittenAre74Too() async throws {
    for arguments in [["--version"], ["--help"], ["plugins"]] {
      var run = try CommandRun(nil)
      run.arguments = arguments
      run.prelude = "exec > /dev/full"
      let result = try await run.result()
      #expect(result.status == .exited(74))
      #expect(result.stderr == "error: cannot write to standard output: no space left on device\n")
    }
  }

  @Test func theReportFileAppearsWhenItIsWhole() async throws {
    let run = try CommandRun(
      """
      tasks:
        quick: { kind: io, run: [touch, quick.done] }
        waits: { kind: io, run: "until [ -e go ]; do sleep 0.01; done" }

      """, "-r", "json:out/report.json", "-r", "table")
    try run.folder.write("out/report.json", "the old one\n")
    let result = try await run.result { _ in
      await wait(for: "the quick task") { run.folder.has("quick.done") }
      #expect(try run.folder.text("out/report.json") == "the old one\n")
      try run.folder.write("go", "")
    }
    #expect(result.status == .exited(0))
    #expect(try result.report("out/report.json").verdicts == ["quick": "succeeded", "waits": "succeeded"])
    #expect(try run.folder.names(in: "out") == ["report.json"])
  }
}
