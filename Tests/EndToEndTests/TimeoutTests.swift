import Foundation
import TestSupport
import Testing

/// A timeout takes all of a task, however it defends itself.
@Suite struct TimeoutTests {
  /// What the task does, and whether it goes in peace. Each tells by a file that it is set up.
  static let defences: [(name: String, shell: String, isKilled: Bool)] = [
    ("goes at once", "touch ready; exec sleep 600", false),
    ("ends in peace", "trap 'exit 0' TERM; touch ready; while :; do sleep 0.02 || :; done", false),
    ("ignores TERM", "trap '' TERM; touch ready; while :; do sleep 0.02; done", true),
    ("has a child that ignores TERM", "(trap '' TERM; touch ready; exec sleep 600) & wait", true),
    ("is stopped", "touch ready; kill -STOP $$; exit 0", false),
    (
      "has a descendant in another session",
      "setsid sh -c 'trap \"\" TERM HUP; touch ready; exec sleep 600' & wait", false
    ),
    (
      "has a daemon", "(setsid sh -c '(trap \"\" TERM; touch ready; exec sleep 600) & exit 0' &); sleep 600",
      false
    ),
    (
      "has left its group and closed its streams",
      "setsid sh -c 'exec >&- 2>&- <&-; touch ready; exec sleep 600' & exec sleep 600", false
    ),
  ]

  @Test(arguments: defences, ["io", "cpu"])
  func allOfATaskEndsAtItsTimeout(
    defence: (name: String, shell: String, isKilled: Bool), kind: String
  ) async throws {
    try await TimeLimit.growing { limit in
      let run = try CommandRun(
        """
        tasks:
          a:
            kind: \(kind)
            timeout: \(limit.text)
            # Who goes in peace has all the time of the world: a run that waits for it to be over has failed.
            grace: \(defence.isKilled ? "500ms" : "10m")
            run: |
              \(defence.shell)

        """, "-r", "json")
      // That nothing of it is alive afterwards is checked with every run.
      let result = try await run.result()
      #expect(result.status == .exited(1))
      let record = try result.report()["a"]
      #expect(record.verdict == "timed_out/timeout")
      guard run.folder.has("ready") else { return false }
      let message = "not done within \(limit.text)" + (defence.isKilled ? ", and had to be killed" : "")
      #expect(record.error == Report.Failure(type: "timeout", message: message))
      #expect(try #require(record.durationSeconds) >= limit.seconds)
      return true
    }
  }

  @Test func theOutputBeforeATimeoutIsKept() async throws {
    try await TimeLimit.growing { limit in
      let shell = "echo so far; touch said; exec sleep 600"
      let run = try CommandRun(
        "tasks: { a: { kind: io, timeout: \(limit.text), run: \"\(shell)\" } }\n", "-r", "json")
      let record = try await run.result().report()["a"]
      guard run.folder.has("said") else { return false }
      #expect(record.stdout == "so far\n")
      return true
    }
  }

  @Test func theClosestLimitCounts() async throws {
    let result = try await CommandRun(
      """
      defaults: { timeout: 10m }
      tasks:
        own: { kind: io, timeout: 100ms, run: [sleep, '600'] }
        standard: { kind: io, run: [echo, x] }

      """, "-r", "json", "--timeout", "50ms"
    ).result()
    let report = try result.report()
    #expect(report.verdicts == ["own": "timed_out/timeout", "standard": "succeeded"])
    #expect(try report["own"].error?.message == "not done within 100ms")
  }

  @Test func functionsThatHearNothingEndToo() async throws {
    let result = try await CommandRun(
      """
      defaults: { timeout: 200ms, grace: 200ms }
      pools: { io: 1, cpu: 1 }
      tasks:
        thread: { kind: io, uses: fixture.sleep, with: { seconds: 600 } }
        worker: { kind: cpu, uses: fixture.sleep, with: { seconds: 600 } }
        nextthread: { kind: io, timeout: 10m, uses: fixture.pid }
        nextworker: { kind: cpu, timeout: 10m, uses: fixture.pid }

      """, "-r", "json", fixture: true
    ).result()
    #expect(result.status == .exited(1))
    let report = try result.report()
    #expect(
      report.verdicts == [
        "thread": "timed_out/timeout", "worker": "timed_out/timeout", "nextthread": "succeeded",
        "nextworker": "succeeded",
      ])
    #expect(try report["thread"].pid == report.runnerPid)
  }

  @Test func theDeadlineStopsWhatRunsAndWhatWaits() async throws {
    try await TimeLimit.growing { limit in
      let run = try CommandRun(
        """
        pools: { io: 1 }
        tasks:
          done: { kind: io, run: [echo, x] }
          runs: { kind: io, run: "touch runs; exec sleep 600" }
          waits: { kind: io, run: [echo, x] }

        """, "-r", "json", "--deadline", limit.text)
      let result = try await run.result()
      #expect(result.status == .exited(124))
      guard run.folder.has("runs") else { return false }
      let report = try result.report()
      #expect(
        report.verdicts == [
          "done": "succeeded", "runs": "timed_out/deadline", "waits": "timed_out/deadline",
        ])
      #expect(try report["waits"].attempts.isEmpty)
      #expect(report.durationSeconds >= limit.seconds)
      return true
    }
  }
}
