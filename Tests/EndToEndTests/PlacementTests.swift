import Foundation
import TestSupport
import Testing

/// Design, "Where a task runs": the executor follows from the kind, and the pids prove it.
@Suite struct PlacementTests {
  @Test func everyTaskRunsWhereItsKindSays() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 2, cpu: 2 }
      tasks:
        thread: { kind: io, foreach: [1, 2], uses: fixture.pid }
        worker:
          kind: cpu
          foreach: [{ own: a, other: b }, { own: b, other: a }]
          uses: fixture.pid
          with: { marker: "{{ item.own }}", until: "{{ item.other }}" }
        command: { kind: io, run: "echo $$" }
        heavy: { kind: cpu, run: "echo $$" }

      """, "-r", "json", fixture: true
    ).result()
    let report = try result.report()
    for id in ["thread[0]", "thread[1]"] {
      let record = try report[id]
      #expect(record.executor == "thread" && record.pid == report.runnerPid)
      #expect(record.value?["pid"]?.integer == report.runnerPid)
    }
    for id in ["command", "heavy"] {
      let record = try report[id]
      #expect(record.executor == (id == "heavy" ? "process" : "thread"))
      #expect(record.pid != report.runnerPid)
      #expect(record.value?.text == record.pid.map { String($0) }, "a command's own pid")
    }
    let workers = report.tasks.filter { $0.task == "worker" }
    #expect(workers.allSatisfy { $0.executor == "process" && $0.value?["pid"]?.integer == $0.pid })
    #expect(workers.allSatisfy { $0.value?["session"]?.integer == $0.pid }, "a session of its own")
    let pids = Set(workers.compactMap(\.pid))
    #expect(pids.count == 2)
    #expect(!pids.contains(report.runnerPid))
  }

  @Test func sixteenSumsOnTwoWorkersKeepBothCoresBusy() async throws {
    // A task must last longer than a process takes to start, or the first worker does them all.
    let sizes = [
      (n: 1_000_000, sum: "333332833333500000"), (n: 10_000_000, sum: "333333283333335000000"),
      (n: 100_000_000, sum: "333333328333333350000000"),
    ]
    for size in sizes where try await areOnBothCores(n: size.n, sum: size.sum) { return }
    Issue.record("one worker did all the work")
  }

  /// Whether both workers had some of sixteen sums; everything else is checked.
  private func areOnBothCores(n: Int, sum: String) async throws -> Bool {
    let result = try await CommandRun(
      """
      pools: { cpu: 2 }
      tasks:
        squares: { kind: cpu, foreach: { range: [0, 16] }, uses: math.sum_of_squares, with: { n: \(n) } }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(result.stdout.ranges(of: "\"value\": \(sum),").count == 16, "exact to the last digit")
    #expect(!report.tasks.contains { $0.pid == report.runnerPid })
    guard Set(report.tasks.compactMap(\.pid)).count == 2 else { return false }
    #expect(report.pools["cpu"] == Report.Pool(executor: "process", size: 2, peak: 2))
    #expect(Set(report.tasks.compactMap(\.slot)) == [0, 1])
    // Both at once: some task began while one of the other process was running.
    let overlaps = report.tasks.contains { one in
      report.tasks.contains { other in
        guard let start = one.startedSeconds, let begin = other.startedSeconds,
          let duration = other.durationSeconds
        else { return false }
        return one.pid != other.pid && start > begin && start < begin + duration
      }
    }
    return overlaps
  }

  @Test func aWorkerIsUsedAgain() async throws {
    let result = try await CommandRun(
      "tasks: { a: { kind: cpu, foreach: { range: [0, 30] }, uses: math.primes, with: { below: 10 } } }\n",
      "-r", "json", "--cpu", "1"
    ).result()
    #expect(Set(try result.report().tasks.compactMap(\.pid)).count == 1)
  }

  @Test func whatAFunctionIsToldIsTheSameInBothPlaces() async throws {
    let result = try await CommandRun(
      """
      tasks:
        a: &call
          kind: io
          uses: fixture.echo
          dir: sub
          stdin: "to read"
          env: { COLOR: "dark \\u00e9" }
          with: { value: { list: [1, 2.5, null, true, "x"], deep: { a: "\\u0001" } }, variable: COLOR }
        b: { <<: *call, kind: cpu }

      """, "-r", "json", fixture: true
    ).result()
    let report = try result.report()
    for id in ["a", "b"] {
      let value = try #require(try report[id].value)
      #expect(
        value["value"]
          == .object([
            "list": .array([1, .number(2.5), .null, true, "x"]), "deep": .object(["a": "\u{1}"]),
          ]))
      #expect(value["input"] == "to read")
      #expect(value["variable"] == "dark é")
      #expect(value["id"]?.text == id)
      #expect(value["attempt"] == 1)
      #expect(value["kind"] == (id == "a" ? "io" : "cpu"))
      #expect(value["directory"]?.text == result.folder["sub"])
    }
  }

  @Test func aFunctionThatFailsSaysItsOwnWords() async throws {
    let result = try await CommandRun(
      """
      tasks:
        a: { kind: io, uses: fixture.fail, with: { message: "no \\"way\\"\\nat all" } }
        b: { kind: cpu, uses: fixture.fail, with: { message: "no \\"way\\"\\nat all" } }

      """, "-r", "json", fixture: true
    ).result()
    for record in try result.report().tasks {
      #expect(record.verdict == "failed/error")
      #expect(record.error == Report.Failure(type: "fixture", message: "no \"way\"\nat all"))
    }
  }
}
