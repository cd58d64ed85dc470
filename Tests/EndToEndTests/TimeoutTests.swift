import Foundation
import Testing

/// A timeout takes all of a task, however it defends itself.
@Suite struct TimeoutTests {
  /// What the task does, and whether it goes in peace. Each tells by a file that it is set up.
  static let defences: [(name: String, shell: String, isKilled: Bool)] = [
    ("goes at once", "touch ready; exec sleep 60", false),
    ("ends in peace", "trap 'exit 0' TERM; touch ready; while :; do sleep 0.02 || :; done", false),
    ("ignores TERM", "trap '' TERM; touch ready; while :; do sleep 0.02; done", true),
    ("has a child that ignores TERM", "(trap '' TERM; touch ready; exec sleep 60) & wait", true),
    ("is stopped", "touch ready; kill -STOP $$; exit 0", false),
    (
      "has a descendant in another session",
      "setsid sh -c 'trap \"\" TERM HUP; touch ready; exec sleep 60' & wait", false
    ),
    (
      "has a daemon", "(setsid sh -c '(trap \"\" TERM; touch ready; exec sleep 60) & exit 0' &); sleep 60",
      false
    ),
    (
      "has left its group and closed its streams",
      "setsid sh -c 'exec >&- 2>&- <&-; touch ready; exec sleep 60' & exec sleep 60", false
    ),
  ]

  @Test(arguments: defences, ["io", "cpu"])
  func allOfATaskEndsAtItsTimeout(
    defence: (name: String, shell: String, isKilled: Bool), kind: String
  ) async throws {
    let run = try CommandRun(
      """
      tasks:
        a:
          kind: \(kind)
          timeout: 500ms
          grace: 500ms
          run: |
            \(defence.shell)

      """, "-r", "json")
    // That nothing of it is alive afterwards is checked with every run.
    let result = try await run.result()
    #expect(run.folder.has("ready"))
    #expect(result.status == .exited(1))
    let record = try result.report()["a"]
    #expect(record.verdict == "timed_out/timeout")
    let message = "not done within 500ms" + (defence.isKilled ? ", and had to be killed" : "")
    #expect(record.error == Report.Failure(type: "timeout", message: message))
    let duration = try #require(record.durationSeconds)
    #expect(duration >= 0.5 && duration < 4)
  }

  @Test func theOutputBeforeATimeoutIsKept() async throws {
    let result = try await CommandRun(
      "tasks: { a: { kind: io, timeout: 300ms, run: \"echo so far; exec sleep 60\" } }\n", "-r", "json"
    ).result()
    #expect(try result.report()["a"].stdout == "so far\n")
  }

  @Test func theClosestLimitCounts() async throws {
    let result = try await CommandRun(
      """
      defaults: { timeout: 60s }
      tasks:
        own: { kind: io, timeout: 100ms, run: [sleep, '60'] }
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
        thread: { kind: io, uses: fixture.sleep, with: { seconds: 60 } }
        worker: { kind: cpu, uses: fixture.sleep, with: { seconds: 60 } }
        nextthread: { kind: io, timeout: 30s, uses: fixture.pid }
        nextworker: { kind: cpu, timeout: 30s, uses: fixture.pid }

      """, "-r", "json", fixture: true
    ).result()
    #expect(result.status == .exited(1))
    #expect(result.duration < .seconds(20))
    let report = try result.report()
    #expect(
      report.verdicts == [
        "thread": "timed_out/timeout", "worker": "timed_out/timeout", "nextthread": "succeeded",
        "nextworker": "succeeded",
      ])
    #expect(try report["thread"].pid == report.runnerPid)
  }

  @Test func theDeadlineStopsWhatRunsAndWhatWaits() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 1 }
      tasks:
        done: { kind: io, run: [echo, x] }
        runs: { kind: io, run: [sleep, '60'] }
        waits: { kind: io, run: [echo, x] }

      """, "-r", "json", "--deadline", "1s"
    ).result()
    #expect(result.status == .exited(124))
    let report = try result.report()
    #expect(
      report.verdicts == [
        "done": "succeeded", "runs": "timed_out/deadline", "waits": "timed_out/deadline",
      ])
    #expect(try report["waits"].attempts.isEmpty)
    #expect(report.durationSeconds >= 1 && report.durationSeconds < 5)
  }
}
