import Foundation
import Testing

/// What a command sees of the process that started it: nothing but what it was given.
@Suite struct CommandIsolationTests {
  @Test func aCommandLeadsASessionOfItsOwn() async throws {
    let result = try await CommandRun(
      "tasks: { a: { kind: io, foreach: [1, 2], run: [cat, /proc/self/stat] } }\n", "-r", "json"
    ).result()
    for record in try result.report().tasks {
      let fields = record.stdout.split(separator: " ").compactMap { Int($0) }
      let pid = try #require(record.pid)
      // pid, then (name) and the state are no numbers; parent, group, session.
      #expect(fields[0] == pid && fields[2] == pid && fields[3] == pid)
    }
  }

  @Test func onlyTheThreeStandardDescriptorsAreOpen() async throws {
    var run = try CommandRun(
      """
      pools: { io: 8 }
      tasks:
        a: { kind: io, foreach: { range: [0, 40] }, run: "ls -1 /proc/$$/fd" }

      """, "-r", "json", "-r", "jsonl:events.jsonl")
    run.prelude = "exec 3< /etc/passwd 4> extra 5<&0 6>&1 7>&2 9< /"
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(Set(try result.report().tasks.map(\.stdout)) == ["0\n1\n2\n"])
  }

  @Test func closedStandardDescriptorsOfTaskrunAreNotHandedOn() async throws {
    var run = try CommandRun(
      "tasks: { a: { kind: io, run: \"ls -1 /proc/$$/fd; cat\" } }\n", "-r", "json:report.json", "-q")
    run.prelude = "exec 0<&- 1>&- 2>&-"
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(try result.report("report.json")["a"].stdout == "0\n1\n2\n")
  }

  private static let signalState = """
    tasks:
      command: { kind: io, run: [grep, '^Sig[BI]', /proc/self/status] }
      ok: { kind: io, foreach: { range: [0, 20] }, run: ['true'] }
      bad: { kind: io, run: "exit 3" }
      killed: { kind: io, run: "kill -15 $$" }
      worker: { kind: cpu, uses: math.primes, with: { below: 100 } }

    """
  private static let nothing = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"

  @Test func ignoredSignalsAreDefaultsAgainAndChildrenAreStillWaitedFor() async throws {
    var run = try CommandRun(Self.signalState, "-r", "json")
    run.prelude = "trap '' HUP INT QUIT USR1 USR2 PIPE TERM CHLD TSTP TTIN TTOU"
    try await check(run)
  }

  @Test func blockedSignalsAreUnblocked() async throws {
    var run = try CommandRun(Self.signalState, "-r", "json")
    run.blockedSignals = [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT]
    try await check(run)
  }

  private func check(_ run: CommandRun) async throws {
    let result = try await run.result()
    let report = try result.report()
    let state = try report["command"].stdout
    #expect(state == Self.nothing)
    #expect(report.tasks.filter { $0.task == "ok" }.allSatisfy { $0.exitCode == 0 })
    #expect(try report["bad"].exitCode == 3)
    #expect(try report["killed"].signal == 15)
    #expect(try report["worker"].value == 25)
  }

  @Test func aClosedPipeEndsACommandAsAlways() async throws {
    let result = try await CommandRun(
      "tasks: { a: { kind: io, run: \"yes | head -n 1\" } }\n", "-r", "json"
    ).result()
    #expect(result.status == .exited(0))
    #expect(try result.report()["a"].stdout == "y\n")
    #expect(try result.report()["a"].stderr == "", "no 'broken pipe' of a program that ignores the signal")
  }

  @Test func standardInputIsAtItsEndAndNeverTaskruns() async throws {
    var run = try CommandRun(
      "tasks: { a: { kind: io, run: [cat] }, b: { kind: cpu, run: [cat] } }\n", "-r", "json")
    run.input = "not for tasks\n"
    let result = try await run.result()
    #expect(result.status == .exited(0))
    for record in try result.report().tasks { #expect(record.stdout == "" && record.status == "succeeded") }
  }

  static let inputs = [
    "", "x", "no newline\nat the end", "two\n\n", String(repeating: "0123456789\n", count: 30_000),
  ]

  @Test(arguments: inputs)
  func inputIsDeliveredExactly(text: String) async throws {
    let result = try await CommandRun(
      """
      tasks:
        a: { kind: io, stdin: \(text.quotedForYAML), run: [cat] }
        b: { kind: cpu, stdin: \(text.quotedForYAML), run: [cat] }
        ignores: { kind: io, stdin: \(text.quotedForYAML), run: ['true'] }

      """, "-r", "json"
    ).result()
    #expect(result.status == .exited(0))
    let report = try result.report()
    #expect(try report["a"].stdout == text)
    #expect(try report["b"].stdout == text)
  }

  @Test func theDescriptorLimitInsideIsTheOneTaskrunWasStartedWith() async throws {
    var run = try CommandRun(
      "tasks: { a: { kind: io, run: \"ulimit -Sn; ulimit -Hn; umask\" } }\n", "-r", "json", "--io", "200")
    run.prelude = "ulimit -Sn 256; ulimit -Hn 2000; umask 027"
    #expect(try await run.result().report()["a"].stdout == "256\n2000\n0027\n")
  }

  @Test func twoHundredTasksAtOnceNeedNoMoreThan256Descriptors() async throws {
    var run = try CommandRun(
      """
      pools: { io: 200 }
      tasks:
        a: { kind: io, foreach: { range: [0, 200] }, run: "sleep 0.1; echo out; echo err >&2" }

      """, "-r", "json")
    run.prelude = "ulimit -n 256"
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(try result.report().tasks.allSatisfy { $0.stdout == "out\n" && $0.stderr == "err\n" })
  }

  @Test func manyWorkersLeaveDescriptorsForCommands() async throws {
    var run = try CommandRun(
      """
      pools: { io: 4, cpu: 16 }
      tasks:
        b: { kind: cpu, foreach: { range: [0, 16] }, uses: fixture.pid, with: { seconds: 0.5 } }
        a: { kind: io, foreach: { range: [0, 20] }, run: [sleep, "0.1"] }

      """, "-r", "json", fixture: true)
    run.prelude = "ulimit -n 64"
    #expect(try await run.result().status == .exited(0))
  }

  @Test(arguments: [32, 40, 48, 64, 96])
  func fewDescriptorsMakeARunSlowAndNothingElse(limit: Int) async throws {
    var run = try CommandRun(
      """
      pools: { io: 40, cpu: 2 }
      tasks:
        a: { kind: io, foreach: { range: [0, 60] }, run: [echo, x] }
        b: { kind: cpu, foreach: [1, 2], uses: math.primes, with: { below: 10 } }

      """, "-r", "json")
    run.prelude = "ulimit -n \(limit)"
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(try result.report().tasks.count == 62)
  }
}
