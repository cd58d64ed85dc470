import Foundation
import Testing

/// Nothing is left behind: not after a normal run, and not when taskrun itself is killed.
@Suite struct CleanupTests {
  @Test func nothingIsLeftWhenTaskrunIsKilled() async throws {
    var run = try CommandRun(
      """
      pools: { io: 4, cpu: 3 }
      tasks:
        command: { kind: io, run: "touch a.ready; exec sleep 60" }
        deaf: { kind: io, run: "trap '' TERM HUP INT; (touch b.ready; sleep 60) & wait; sleep 60" }
        escaped: { kind: io, run: "setsid sh -c 'trap \\"\\" TERM; touch c.ready; exec sleep 60' & wait" }
        heavy: { kind: cpu, run: "touch d.ready; kill -STOP $$" }
        worker: { kind: cpu, foreach: [1, 2], uses: fixture.sleep, with: { seconds: 60, marker: "{{ item }}.ready" } }

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
      // Two seconds are promised; the third is for a busy machine.
      await wait(for: "the end of all processes", atMost: .seconds(3)) {
        running.processes.isEmpty && guardians.allSatisfy { !ProcessTable.isAlive($0.pid) }
      }
    }
    #expect(result.status == .signalled(SIGKILL))
    #expect(!running.folder.has("report.json"))
  }

  @Test func aNormalRunLeavesNoGuardianAndNoFile() async throws {
    let run = try CommandRun(
      """
      pools: { cpu: 2 }
      tasks:
        command: { kind: io, foreach: { range: [0, 5] }, run: [echo, x] }
        worker: { kind: cpu, foreach: [1, 2, 3], uses: math.primes, with: { below: 100 } }
        daemon: { kind: io, run: "(setsid sleep 60 > /dev/null 2>&1 &); echo started" }

      """, "-r", "json")
    var running = run
    try FileManager.default.createDirectory(atPath: run.folder["tmp"], withIntermediateDirectories: true)
    running.environment = ["TMPDIR": run.folder["tmp"]]
    let result = try await running.result()
    #expect(result.status == .exited(0))
    let mark = "TASKRUN_RUN_ID=\(try result.report().runId)"
    await wait(for: "the guardian's end", atMost: .seconds(2)) { ProcessTable.called(with: mark).isEmpty }
    #expect(run.folder.names == ["tasks.yaml", "tmp"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder["tmp"]) == [])
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
      await wait(for: "the end of the others", atMost: .seconds(5)) {
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
