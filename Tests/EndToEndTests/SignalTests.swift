import Foundation
import TestSupport
import Testing

/// Signals to taskrun: one asks everybody to stop, the second kills, and taskrun dies by the first.
@Suite struct SignalTests {
  static let names: [(Int32, String)] = [(SIGINT, "INT"), (SIGTERM, "TERM"), (SIGHUP, "HUP")]

  /// Two instances that take a signal as the text says, and two that wait for a slot.
  /// - Parameter grace: nobody waits for it to be over, unless a test says otherwise.
  private static func manifest(_ trap: String, _ name: String, grace: String = "10m") -> String {
    """
    pools: { io: 2 }
    tasks:
      a:
        kind: io
        grace: \(grace)
        foreach: [0, 1, 2, 3]
        run: |
          trap '\(trap)' \(name)
          touch "ready.$index"
          while :; do sleep 0.02 || :; done

    """
  }

  @Test(arguments: names)
  func aSignalEndsWhatWaitsForTheReaderOfAReport(number: Int32, name: String) async throws {
    var run = try CommandRun(
      "tasks: { a: { kind: io, run: [touch, started] } }\n", "-r", "json:report.json", "-r", "jsonl:pipe")
    run.prelude = "mkfifo pipe"
    let result = try await run.result { child in
      await wait(for: "taskrun") { ProcessTable.entry(Int(child.pid))?.command == "taskrun" }
      child.signal(number)
    }
    #expect(result.status == .signalled(number))
    #expect(result.folder.names == ["pipe", "tasks.yaml"])
  }

  @Test(arguments: names)
  func oneSignalStopsTheRunAndTaskrunDiesByIt(number: Int32, name: String) async throws {
    let run = try CommandRun(
      Self.manifest("touch got.$index; exit 0", name), "-r", "json:report.json", "-r", "jsonl")
    let result = try await run.result { child in
      await wait(for: "both tasks") { run.folder.has("ready.0") && run.folder.has("ready.1") }
      child.signal(number)
    }
    #expect(result.status == .signalled(number))
    #expect(run.folder.has("got.0") && run.folder.has("got.1"))
    #expect(!run.folder.has("ready.2"))
    let again = number == SIGINT ? "press Ctrl-C again" : "send it again"
    #expect(result.stderr == "taskrun: stopping; \(again) to kill\n")
    let report = try result.report("report.json")
    #expect(report.exitCode == 128 + Int(number))
    #expect(report.tasks.count == 4)
    #expect(report.tasks.allSatisfy { $0.verdict == "cancelled/interrupted" })
    #expect(try report["a[0]"].exitCode == 0, "a task that ends in peace was cancelled all the same")
    #expect(try report["a[3]"].attempts.isEmpty)
    #expect(try EventStream(result.stdout).records.count == 4)
  }

  @Test(arguments: names)
  func theSecondSignalKillsAtOnce(number: Int32, name: String) async throws {
    let run = try CommandRun(Self.manifest("touch got.$index", name), "-r", "json")
    // The grace period is longer than a run may take, so one that waits for it has failed.
    let result = try await run.result { child in
      await wait(for: "both tasks") { run.folder.has("ready.0") && run.folder.has("ready.1") }
      child.signal(number)
      await wait(for: "the first signal") { run.folder.has("got.0") && run.folder.has("got.1") }
      #expect(!child.hasEnded)
      child.signal(number)
    }
    #expect(result.status == .signalled(number))
    let report = try result.report()
    #expect(report.tasks.allSatisfy { $0.verdict == "cancelled/interrupted" })
    #expect(try report["a[0]"].signal == 9)
  }

  @Test func aTaskThatDoesNotStopIsKilledAfterItsGracePeriod() async throws {
    let run = try CommandRun(
      Self.manifest("touch got.$index", "INT TERM", grace: "300ms"), "-r", "json")
    let result = try await run.result { child in
      await wait(for: "both tasks") { run.folder.has("ready.0") && run.folder.has("ready.1") }
      child.signal(SIGINT)
    }
    #expect(result.status == .signalled(SIGINT))
    let error = try result.report()["a[0]"].error
    #expect(error?.message == "stopped by SIGINT, and had to be killed")
  }

  @Test func functionsOfBothKindsStopToo() async throws {
    let run = try CommandRun(
      """
      pools: { io: 3, cpu: 2 }
      defaults: { grace: 200ms }
      tasks:
        thread: { kind: io, uses: wait.for, with: { delay: 600s } }
        worker: { kind: cpu, uses: wait.for, with: { delay: 600s } }
        deaf: { kind: io, uses: fixture.sleep, with: { seconds: 600, marker: thread.deaf } }
        deafworker: { kind: cpu, uses: fixture.sleep, with: { seconds: 600, marker: worker.deaf } }

      """, "-r", "json", fixture: true)
    let result = try await run.result { child in
      await wait(for: "the functions") { run.folder.has("thread.deaf") && run.folder.has("worker.deaf") }
      child.signal(SIGTERM)
    }
    #expect(result.status == .signalled(SIGTERM))
    let report = try result.report()
    #expect(report.tasks.allSatisfy { $0.verdict == "cancelled/interrupted" })
  }

  @Test(arguments: names.filter { $0.0 != SIGTERM })
  func aSignalIgnoredAtTheStartStaysIgnored(number: Int32, name: String) async throws {
    var run = try CommandRun(
      "tasks: { a: { kind: io, run: \"touch ready; until [ -e go ]; do sleep 0.01; done\" } }\n", "-r", "json"
    )
    run.prelude = "trap '' \(name)"
    let folder = run.folder
    let result = try await run.result { child in
      await wait(for: "the task") { folder.has("ready") }
      child.signal(number)
      try folder.write("go", "")
    }
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    #expect(try result.report().verdicts == ["a": "succeeded"])
  }

  @Test func signalsThatAreBlockedAtTheStartAreHeard() async throws {
    var run = try CommandRun(Self.manifest("exit 0", "INT"), "-r", "json")
    run.blockedSignals = [SIGINT, SIGTERM, SIGHUP, SIGCHLD]
    let folder = run.folder
    let result = try await run.result { child in
      await wait(for: "both tasks") { folder.has("ready.0") && folder.has("ready.1") }
      child.signal(SIGINT)
    }
    #expect(result.status == .signalled(SIGINT))
    #expect(try result.report().tasks.allSatisfy { $0.verdict == "cancelled/interrupted" })
  }

  @Test func aShellLoopAroundTaskrunEndsWithIt() async throws {
    // A shell ends its loop only if the program died by the signal and did not just exit.
    let run = try CommandRun(Self.manifest("exit 0", "INT"))
    let folder = run.folder
    var loop = run
    loop.program = "/bin/bash"
    loop.arguments = ["-c", "for n in 1 2; do touch round.$n; '\(TestPrograms.taskrun)' tasks.yaml; done"]
    let running = loop
    _ = try await running.result { child in
      await wait(for: "both tasks") { folder.has("ready.0") && folder.has("ready.1") }
      // As a terminal does: to the shell and to what it runs.
      kill(-child.pid, SIGINT)
    }
    #expect(folder.has("round.1") && !folder.has("round.2"))
  }
}
