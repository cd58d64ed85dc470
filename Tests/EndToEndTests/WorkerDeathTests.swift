import Foundation
import TestSupport
import Testing

/// One task's failure never touches another: workers that die, print, and carry large values.
@Suite struct WorkerDeathTests {
  @Test func oneCrashAmongTwentyGoodTasksCostsOneTask() async throws {
    let result = try await CommandRun(
      """
      pools: { cpu: 2 }
      tasks:
        before: { kind: cpu, foreach: { range: [0, 10] }, uses: math.sum_of_squares, with: { n: 1000 } }
        crash: { kind: cpu, uses: fixture.crash, with: { how: segv } }
        after: { kind: cpu, foreach: { range: [0, 10] }, uses: math.sum_of_squares, with: { n: 1000 } }

      """, "-r", "json", fixture: true
    ).result()
    #expect(result.status == .exited(1))
    let report = try result.report()
    #expect(report.summary["succeeded"] == 20)
    let crash = try report["crash"]
    #expect(crash.verdict == "failed/worker_lost")
    #expect(crash.signal == Int(SIGSEGV))
    let pid = try #require(crash.pid)
    #expect(crash.error?.message.hasPrefix("worker \(pid) was killed by signal 11 (SIGSEGV)") == true)
  }

  @Test(arguments: [("segv", SIGSEGV), ("abort", SIGABRT), ("kill", SIGKILL), ("trap", SIGILL)])
  func aWorkerKilledByASignalIsLostWithThatSignal(how: String, number: Int32) async throws {
    let record = try await crash(how)
    #expect(record.verdict == "failed/worker_lost")
    // Where a trap leads depends on the processor.
    #expect(record.signal == Int(number) || how == "trap" && record.signal == Int(SIGTRAP))
    #expect(record.exitCode == nil)
    if how == "trap" { #expect(record.stderr.contains("trapped on purpose")) }
  }

  @Test func aWorkerThatExitsIsLostWithItsStatus() async throws {
    let record = try await crash("exit")
    #expect(record.verdict == "failed/worker_lost")
    #expect(record.exitCode == 3)
    #expect(record.signal == nil)
  }

  /// Ten crashes in a row, for a race may hide in one; all must be told alike.
  private func crash(_ how: String) async throws -> Report.Record {
    let result = try await CommandRun(
      """
      pools: { cpu: 2 }
      tasks:
        crash: { kind: cpu, foreach: { range: [0, 10] }, uses: fixture.crash, with: { how: \(how) } }
        good: { kind: cpu, uses: fixture.pid }

      """, "-r", "json", fixture: true
    ).result()
    let report = try result.report()
    #expect(try report["good"].status == "succeeded")
    let crashes = report.tasks.filter { $0.task == "crash" }
    for record in crashes {
      let first = crashes[0]
      #expect(record.verdict == first.verdict && record.signal == first.signal)
      #expect(record.pid != nil && record.pid != report.runnerPid)
    }
    return try #require(crashes.first)
  }

  @Test func aWorkerKilledFromOutsideIsReplaced() async throws {
    let run = try CommandRun(
      """
      pools: { cpu: 1 }
      tasks:
        victim: { kind: cpu, uses: fixture.sleep, with: { seconds: 600, marker: asleep } }
        next: { kind: cpu, foreach: [1, 2], uses: fixture.pid }

      """, "-r", "json", fixture: true)
    let result = try await run.result { child in
      await wait(for: "the victim") { run.folder.has("asleep") }
      let workers = run.processes.filter {
        $0.parent == Int(child.pid) && $0.command != "run-guardian"
      }
      #expect(workers.count == 1, "of \(run.processes)")
      for worker in workers { kill(pid_t(worker.pid), SIGKILL) }
    }
    #expect(result.status == .exited(1))
    let report = try result.report()
    #expect(
      report.verdicts == ["victim": "failed/worker_lost", "next[0]": "succeeded", "next[1]": "succeeded"])
    #expect(try report["victim"].signal == 9)
    #expect(try report["next[0]"].pid != report["victim"].pid)
  }

  @Test func whatAWorkerPrintsIsItsTasksOutputAndNotTheProtocol() async throws {
    let result = try await CommandRun(
      """
      pools: { cpu: 1 }
      tasks:
        loud:
          kind: cpu
          uses: fixture.print
          with: { text: '{"jsonrpc":"2.0","id":"1","result":{}}', times: 500 }
        quiet: { kind: cpu, uses: fixture.pid }

      """, "-r", "json", fixture: true
    ).result()
    #expect(result.status == .exited(0))
    let report = try result.report()
    let loud = try report["loud"]
    let text = #"{"jsonrpc":"2.0","id":"1","result":{}}"#
    #expect(loud.value?.text == text)
    #expect(loud.stdout == "own stdout: \(text)\n")
    for way in ["print", "puts", "write to 1", "write to 2"] {
      #expect(loud.stderr.split(separator: "\n").filter { $0 == "\(way): \(text)" }.count == 500)
    }
    #expect(try report["quiet"].stderr == "")
    #expect(loud.pid == (try report["quiet"].pid), "the worker went on")
  }

  @Test func valuesOfSeveralMegabytesPassBothWays() async throws {
    let text = String(repeating: "0123456789abcdé\n", count: 120_000)
    let run = try CommandRun(
      """
      vars: { text: "\(text.replacing("\n", with: "\\n"))" }
      tasks:
        there: { kind: cpu, uses: fixture.echo, with: { value: "{{ vars.text }}" } }
        back: { kind: cpu, uses: fixture.big, with: { bytes: 5000000 } }
        thread: { kind: io, uses: fixture.big, with: { bytes: 5000000 } }

      """, "-r", "json", fixture: true)
    var running = run
    running.environment = ["TMPDIR": run.folder.path]
    let result = try await running.result()
    #expect(result.status == .exited(0))
    let report = try result.report()
    #expect(try report["there"].value?["value"]?.text == text)
    #expect(try report["back"].value?.text?.utf8.count == 5_000_000)
    #expect(try report["thread"].value?.text?.utf8.count == 5_000_000)
    #expect(run.folder.names == ["tasks.yaml"], "no temporary file is left")
  }
}
