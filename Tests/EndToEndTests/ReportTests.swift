import Foundation
import TestSupport
import Testing

/// Contract section 3: the document, the event stream, and the two laws under every ending.
@Suite struct ReportTests {
  /// One run and what must come of it.
  struct Ending: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var manifest: String
    var flags: [String] = []
    var status: Int32
    var verdicts: [String: Int]
  }

  private static let hanging = """
    pools: { io: 2 }
    tasks:
      bad: { kind: io, foreach: [1, 2, 3], run: "exit 3" }
      hangs: { kind: io, foreach: [1, 2, 3], run: [sleep, '600'] }

    """

  static let endings = [
    Ending(
      testDescription: "success", manifest: "tasks: { a: { kind: io, foreach: [1, 2], run: [echo, x] } }\n",
      status: 0, verdicts: ["succeeded": 2]),
    Ending(
      testDescription: "nothing to do", manifest: "tasks: { a: { kind: io, foreach: [], run: [echo, x] } }\n",
      status: 0, verdicts: [:]),
    Ending(
      testDescription: "failures",
      manifest: """
        tasks:
          ok: { kind: cpu, run: [echo, x] }
          bad: { kind: io, run: "exit 3" }
          killed: { kind: io, run: "kill -9 $$" }
          missing: { kind: io, run: [no-such-program] }
          function: { kind: io, uses: http.get, with: { url: "http://127.0.0.1:1/" } }
          template: { kind: io, foreach: [text, [list]], run: [echo, "{{ item | upper }}"] }

        """,
      status: 1,
      verdicts: [
        "succeeded": 2, "failed/exit": 1, "failed/signal": 1, "failed/not_started": 2, "failed/error": 1,
      ]),
    Ending(
      testDescription: "timeouts",
      manifest: """
        tasks:
          command: { kind: io, timeout: 50ms, run: [sleep, '600'] }
          function: { kind: io, timeout: 50ms, uses: wait.for, with: { delay: 600s } }
          worker: { kind: cpu, timeout: 50ms, uses: wait.for, with: { delay: 600s } }

        """,
      status: 1, verdicts: ["timed_out/timeout": 3]),
    Ending(
      testDescription: "--timeout", manifest: "tasks: { a: { kind: io, run: [sleep, '600'] } }\n",
      flags: ["--timeout", "50ms"], status: 1, verdicts: ["timed_out/timeout": 1]),
    Ending(
      testDescription: "--fail-fast", manifest: hanging, flags: ["--fail-fast"], status: 1,
      verdicts: ["failed/exit": 1, "cancelled/fail_fast": 5]),
    Ending(
      testDescription: "--max-failures", manifest: hanging, flags: ["--io", "1", "--max-failures", "2"],
      status: 1, verdicts: ["failed/exit": 2, "cancelled/fail_fast": 4]),
    Ending(
      testDescription: "--deadline",
      manifest: "pools: { io: 2 }\ntasks: { hangs: { kind: io, foreach: [1, 2, 3], run: [sleep, '600'] } }\n",
      flags: ["--deadline", "500ms"], status: 124, verdicts: ["timed_out/deadline": 3]),
  ]

  @Test(arguments: endings)
  func bothFormsTellTheSameAndAddUp(ending: Ending) async throws {
    var run = try CommandRun(ending.manifest, "-r", "json", "-r", "jsonl:events.jsonl")
    run.arguments += ending.flags
    let result = try await run.result()
    #expect(result.status == .exited(ending.status))
    #expect(result.stderr == "")
    let report = try result.report()
    #expect(report.exitCode == Int(ending.status))
    if ending.testDescription != "--fail-fast" {
      #expect(Dictionary(grouping: report.tasks, by: \.verdict).mapValues(\.count) == ending.verdicts)
    } else {
      // Two may fail before the first failure is acted upon.
      #expect(report.tasks.filter { $0.verdict == "cancelled/fail_fast" }.count >= 4)
    }
    let events = try EventStream(result.folder.text("events.jsonl"))
    guard case .array(let tasks)? = try JSON(parsing: result.stdout)["tasks"] else {
      Issue.record("the report has no tasks")
      return
    }
    #expect(events.records.map { $0.without(["schema", "event", "time_seconds"]) } == tasks)
    #expect(events.end["exit_code"]?.integer == Int(ending.status))
  }

  @Test func theDocumentHasTheKeysOfTheContract() async throws {
    let result = try await CommandRun(
      "tasks: { a: { kind: io, foreach: [x], run: [echo, \"{{ item }}\"] }, b: { kind: io, run: [pwd] } }\n",
      "-r", "json"
    ).result()
    let document = try JSON(parsing: result.stdout)
    #expect(
      document.keys == [
        "schema", "run_id", "manifest", "started_at", "duration_seconds", "runner_pid", "pools", "summary",
        "exit_code", "tasks",
      ])
    let record: Set<String> = [
      "id", "task", "kind", "status", "reason", "allowed_failure", "completed", "queued_seconds",
      "started_seconds", "duration_seconds", "executor", "pid", "slot", "attempts", "exit_code", "signal",
      "value", "stdout", "stderr", "stdout_bytes", "stderr_bytes", "truncated", "usage", "error",
      "fingerprint",
    ]
    guard case .array(let tasks)? = document["tasks"] else { return #expect(Bool(false)) }
    for task in tasks {
      #expect(task.keys == (task["task"] == "a" ? record.union(["index", "item"]) : record))
      #expect(task["usage"]?.keys == ["user_seconds", "system_seconds", "max_rss_bytes", "cpu_ratio"])
    }
    let report = try result.report()
    #expect(report.manifest == "tasks.yaml")
    #expect(report.startedAt.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    let instance = try report["a[0]"]
    #expect(instance.task == "a" && instance.index == 0 && instance.item == "x" && instance.value == "x")
    #expect(instance.attempts.map(\.attempt) == [1])
    #expect(instance.attempts.map(\.pid) == [instance.pid])
  }

  @Test func eventsCanBeReadWhileTheRunGoesOn() async throws {
    var run = try CommandRun(
      """
      tasks:
        quick: { kind: io, run: [echo, done] }
        waits: { kind: io, run: "until [ -e go ]; do sleep 0.01; done" }

      """, "-r", "jsonl")
    run.prelude = "exec > events.jsonl"
    let folder = run.folder
    let result = try await run.result { _ in
      await wait(for: "the event of the quick task") {
        let text = folder.textSoFar("events.jsonl")
        return text.split(separator: "\n").contains {
          $0.contains(#""event":"task_finished""#) && $0.contains(#""id":"quick""#)
        }
      }
      try folder.write("go", "")
    }
    #expect(result.status == .exited(0))
    #expect(try EventStream(folder.text("events.jsonl")).records.map { $0["id"] } == ["quick", "waits"])
  }

  @Test(arguments: ["completed", "submitted"])
  func recordsComeInTheOrderAskedFor(order: String) async throws {
    // That a task is done shows outside when the next one gets its slot: `after1` and `after2` make a file then.
    let result = try await CommandRun(
      """
      pools: { io: 2, cpu: 1 }
      tasks:
        third: { kind: io, run: "until [ -e second.done ]; do sleep 0.01; done" }
        second: { kind: io, run: "until [ -e first.done ]; do sleep 0.01; done" }
        first: { kind: cpu, run: ['true'] }
        after1: { kind: cpu, run: [touch, first.done] }
        after2: { kind: io, run: [touch, second.done] }

      """, "-r", "json", "-r", "table:table.txt", "-r", "jsonl:events.jsonl", "--order", order
    ).result()
    let declared = ["third", "second", "first", "after1", "after2"]
    let numbered = ["first", "second", "third"]
    // When the helpers are done is open, so only the order of the three is looked at.
    func check(_ ids: [String]) {
      #expect(Set(ids) == Set(declared) && ids.count == declared.count)
      if order == "submitted" { #expect(ids == declared) }
      if order == "completed" { #expect(ids.filter(numbered.contains) == numbered) }
    }
    let report = try result.report()
    check(report.tasks.map(\.id))
    let ranks = try numbered.map { try report[$0].completed }
    #expect(ranks == ranks.sorted())
    check(try EventStream(result.folder.text("events.jsonl")).records.compactMap { $0["id"]?.text })
    let rows = try result.folder.text("table.txt").split(separator: "\n").dropFirst().prefix(5)
    check(rows.compactMap { $0.split(separator: " ").last }.map { String($0) })
  }

  @Test func theTableSaysWhatHappened() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 1, cpu: 1 }
      tasks:
        good: { kind: io, run: [echo, hello] }
        bad: { kind: io, run: "echo to stdout; echo to stderr >&2; exit 3" }
        sum: { kind: cpu, uses: math.sum_of_squares, with: { n: 4 } }

      """, "--order", "submitted"
    ).result()
    // Times and pids differ from run to run.
    let shown = result.stdout.replacing(#/ +\d+(\.\d+)?(ms|s)  /#, with: { _ in " TIME  " })
      .replacing(/(io |cpu) +\d+/, with: { "\($0.1) PID" })
      .replacing(/process: \d+/, with: { _ in "process: PID" })
      .replacing(/in \d.*?:/, with: { _ in "in TIME:" })
    #expect(
      shown == """
        STATUS          TIME  KIND      PID  SLOT  TASK
        ✓ succeeded TIME  io  PID     0  good          hello
        ✗ failed TIME  io  PID     0  bad           exit code 3
            stderr │ to stderr
        ✓ succeeded TIME  cpu PID     0  sum           14

        3 tasks in TIME: 2 succeeded, 1 failed
        1 of 1 thread, 1 of 1 process: PID

        """)
    #expect(result.stderr == "")
    #expect(result.status == .exited(1))
  }
}

extension JSON {
  fileprivate func without(_ keys: [String]) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !keys.contains($0.key) })
  }
}
