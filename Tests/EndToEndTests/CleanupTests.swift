import Foundation
import TestSupport
import Testing

/// Nothing is left behind: not after a normal run, and not when taskrun itself is killed.
@Suite struct CleanupTests {
  @Test func nothingIsLeftWhenTaskrunIsKilled() async throws {
    var run = try CommandRun(
      """
      pools: { io: 4, cpu: 3 }
      tasks:
        command: { kind: io, run: "touch a.ready; exec sleep 600" }
        deaf: { kind: io, run: "trap '' TERM HUP INT; (touch b.ready; sleep 600) & wait; sleep 600" }
        escaped: { kind: io, run: "setsid sh -c 'trap \\"\\" TERM; touch c.ready; exec sleep 600' & wait" }
        heavy: { kind: cpu, run: "touch d.ready; kill -STOP $$" }
        worker: { kind: cpu, foreach: [1, 2], uses: fixture.sleep, with: { seconds: 600, marker: "{{ item }}.ready" } }

      """, "-r", "json:report.json", fixture: true)
    run.mayLeaveProcesses = true  // looked at below, with the guardian
    let running = run
    let result = try await running.result { child in
      await wait(for: "all tasks") {
        running.folder.names.filter { $0.hasSuffix(".ready") }.count == 6
      }
      let guardians = ProcessTable.children(of: Int(child.pid)).filter { $0.command == "run-guardian" }
      #expect(guardians.count == 1)
      child.signal(SIGKILL)
      await wait(for: "the end of all processes") {
        running.processes.isEmpty && guardians.allSatisfy { !isAlive($0.pid) }
      }
    }
    #expect(result.status == .signalled(SIGKILL))
    #expect(!running.folder.has("report.json"))
    #if os(Linux)
      // The unfinished report had no name yet.
      #expect(running.folder.names.filter { $0.hasPrefix(".") } == [])
    #endif
  }

  @Test func aNormalRunLeavesNoGuardianAndNoFile() async throws {
    let run = try CommandRun(
      """
      pools: { cpu: 2 }
      tasks:
        command: { kind: io, foreach: { range: [0, 5] }, run: [echo, x] }
        worker: { kind: cpu, foreach: [1, 2, 3], uses: math.primes, with: { below: 100 } }
        daemon: { kind: io, run: "(setsid sleep 600 > /dev/null 2>&1 &); echo started" }

      """, "-r", "json")
    var running = run
    try FileManager.default.createDirectory(atPath: run.folder["tmp"], withIntermediateDirectories: true)
    running.environment = ["TMPDIR": run.folder["tmp"]]
    let result = try await running.result()
    #expect(result.status == .exited(0))
    let mark = "TASKRUN_RUN_ID=\(try result.report().runId)"
    await wait(for: "the guardian's end") { ProcessTable.called(with: mark).isEmpty }
    #expect(run.folder.names == ["tasks.yaml", "tmp"])
    #expect(try run.folder.names(in: "tmp") == [])
  }

  @Test func aDaemonThatHidesIsGoneAtTheEndOfTheRun() async throws {
    // Neither in the group, nor with a variable by which it could be known, nor the child of anything that lives.
    let name = Self.uniqueSleep()
    let result = try await CommandRun(
      """
      tasks:
        io: { kind: io, run: "(env -i setsid sleep \(name) < /dev/null > /dev/null 2>&1 &); echo started" }
        cpu: { kind: cpu, run: "(env -i setsid sleep \(name) < /dev/null > /dev/null 2>&1 &); echo started" }
        fails: { kind: io, run: "(env -i setsid sleep \(name) < /dev/null > /dev/null 2>&1 &); exit 3" }

      """, "-r", "json"
    ).result()
    #expect(result.status == .exited(1))
    #expect(
      try result.report().verdicts == ["io": "succeeded", "cpu": "succeeded", "fails": "failed/exit"])
    await Self.expectNobody(called: name)
  }

  @Test(arguments: ["a child", "a command"])
  func nothingIsLeftWhenTaskrunIsKilledAtItsFirst(what: String) async throws {
    for _ in 0..<5 {
      let name = Self.uniqueSleep()
      let run = try CommandRun(
        "pools: { io: 8 }\ntasks: { a: { kind: io, foreach: { range: [0, 8] }, run: [sleep, '\(name)'] } }\n")
      let result = try await run.result { child in
        await wait(for: what) {
          what == "a child"
            ? !ProcessTable.children(of: Int(child.pid)).isEmpty : !ProcessTable.called(with: name).isEmpty
        }
        child.signal(SIGKILL)
      }
      #expect(result.status == .signalled(SIGKILL))
      await Self.expectNobody(called: name)
    }
  }

  /// Longer than any run, and a duration that no other process has.
  static func uniqueSleep() -> String { "600.\(UInt32.random(in: 100_000_000 ... .max))" }

  /// Waits until no process has this word on its command line. Those that stay are killed, for nobody else will.
  static func expectNobody(called name: String, sourceLocation: SourceLocation = #_sourceLocation) async {
    await wait(for: "the end of '\(name)'", sourceLocation: sourceLocation) {
      ProcessTable.called(with: name).isEmpty
    }
    for process in ProcessTable.called(with: name) { kill(pid_t(process.pid), SIGKILL) }
  }

  @Test func endedCommandsAreReapedWhileTheRunGoesOn() async throws {
    let run = try CommandRun(
      """
      pools: { io: 4 }
      tasks:
        many: { kind: io, foreach: { range: [0, 60] }, run: [touch, "{{ index }}.done"] }
        last: { kind: io, run: "touch last.ready; until [ -e go ]; do sleep 0.01; done" }

      """, "-r", "json")
    let result = try await run.result { child in
      await wait(for: "the last task") { run.folder.has("last.ready") }
      await wait(for: "the end of the others") {
        !ProcessTable.children(of: Int(child.pid)).contains { $0.state == "Z" }
      }
      try run.folder.write("go", "")
    }
    #expect(result.status == .exited(0))
  }

  @Test func killingTheWholeGroupOfATaskHarmsOnlyTheTask() async throws {
    let result = try await CommandRun(
      """
      tasks:
        suicide: { kind: io, run: "kill -9 0" }
        good: { kind: io, foreach: [1, 2, 3], run: [echo, x] }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(try report["suicide"].verdict == "failed/signal")
    #expect(try report["suicide"].signal == 9)
    #expect(report.summary["succeeded"] == 3)
  }
}
