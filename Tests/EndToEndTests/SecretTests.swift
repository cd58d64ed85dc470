import Foundation
import TestSupport
import Testing

/// What is declared a secret is in no report, however it gets out.
@Suite struct SecretTests {
  private static let secret = "correct horse/battery+staple"

  private static let manifest = #"""
    secrets: [TOKEN]
    tasks:
      plain: { kind: io, run: "printf %s \"$TOKEN\"; printf %s \"$TOKEN\" >&2" }
      split: { kind: io, run: "printf %s \"${TOKEN%/*}\"; printf /; printf %s \"${TOKEN##*/}\"" }
      base64: { kind: io, run: "printf 'user:%s' \"$TOKEN\" | base64" }
      url: { kind: io, run: "echo correct%20horse%2Fbattery%2Bstaple correct+horse%2fbattery%2bstaple" }
      cut: { kind: io, output_limit: 2kB, run: "printf '%s %1990s %s' \"$TOKEN\" x \"$TOKEN\"; seq 9999" }
      item: { kind: io, foreach: ["correct horse/battery+staple"], run: "exit 3" }
      missing: { kind: io, dir: "{{ env.TOKEN }}", run: [x] }

    """#

  @Test(arguments: ["jsonl", "json", "table"]) func noReportShowsIt(_ reporter: String) async throws {
    var run = try CommandRun(Self.manifest, "-r", reporter)
    run.environment = ["TOKEN": Self.secret]
    let result = try await run.result()
    let all = result.stdout + result.stderr
    for part in ["correct", "staple", "battery", "horse", "Y29ycmVjd", "b3JyZWN0", "cnJlY3Q", "hdHRlcnk"] {
      #expect(!all.contains(part), "\(part) in \(all)")
    }
    #expect(all.contains("***"))
  }

  @Test func recordsSayWhatWasReplaced() async throws {
    var run = try CommandRun(Self.manifest, "-r", "jsonl")
    run.environment = ["TOKEN": Self.secret]
    let records = try EventStream(try await run.result().stdout).records
    func record(_ id: String) throws -> JSON { try #require(records.first { $0["id"]?.text == id }) }
    #expect(try record("plain")["stdout"] == "***" && record("plain")["stderr"] == "***")
    #expect(try record("plain")["value"] == "***" && record("plain")["masked"] == true)
    #expect(try record("plain")["stdout_bytes"] == 28 && record("plain")["truncated"] == false)
    #expect(try record("split")["stdout"] == "***" && record("url")["stdout"] == "*** ***\n")
    #expect(try record("item[0]")["item"] == "***" && record("missing")["masked"] == true)
    #expect(try record("cut")["truncated"] == true && record("cut")["masked"] == true)
  }

  @Test func whatATaskReadsOfAnotherIsNotReplaced() async throws {
    var run = try CommandRun(
      #"""
      secrets: [TOKEN]
      tasks:
        plain: { kind: io, run: "printf %s \"$TOKEN\"" }
        check:
          kind: io
          env: { given: "{{ tasks.plain.stdout }}" }
          run: test "$given" = "$TOKEN"

      """#, "-r", "json")
    run.environment = ["TOKEN": Self.secret]
    let report = try await run.result().report()
    #expect(try report["check"].verdict == "succeeded")
    #expect(try report["plain"].stdout == "***")
  }

  @Test func theJournalDoesNotShowIt() async throws {
    var run = try CommandRun(Self.manifest)
    run.environment = ["TOKEN": Self.secret]
    _ = try await run.result()
    let files = FileManager.default.enumerator(atPath: run.state.path)?.allObjects.compactMap {
      $0 as? String
    }
    let name = try #require(files?.first { $0.hasSuffix(".jsonl") })
    let journal = try run.state.text(name)
    #expect(journal.contains("***") && !journal.contains("staple") && !journal.contains("correct"))
  }

  @Test func aSecretOnTheCommandLineOfAProgramIsRefused() async throws {
    let result = try await CommandRun(
      "secrets: TOKEN\ntasks: { t: { kind: io, run: [curl, '{{ env.TOKEN }}'] } }\n"
    ).result()
    #expect(result.status == .exited(3))
    #expect(
      result.stderr == """
        error[E0267]: secret 'TOKEN' would be visible in the process list
         --> tasks.yaml:2:38
          |
        2 | tasks: { t: { kind: io, run: [curl, '{{ env.TOKEN }}'] } }
          |                                      ^^^^^^^^^^^^^^^ use 'env' or 'stdin' instead
          = note: every user of the machine can read the arguments of a program, but not its variables


        """)
  }

  @Test func whatWouldShowASecretIsRefusedBeforeTheStart() async throws {
    var run = try CommandRun(
      """
      secrets: [TOKEN]
      vars: { tok: none }
      tasks:
        first: { kind: io, run: [touch, marker] }
        x: { kind: io, run: [echo, a, "-{{ vars.tok }}"] }
        m: { kind: io, matrix: { p: [a, hunter22] }, run: [echo] }
        none: { kind: io, foreach: [], run: [echo, hunter22] }

      """, "--var", "tok=hunter22", "-r", "json:report.json")
    run.environment = ["TOKEN": "hunter22"]
    let result = try await run.result()
    #expect(result.status == .exited(3))
    #expect(
      result.stderr == """
        error: task 'x': argument 2 holds secret 'TOKEN', which would be visible in the process list; \
        use 'env' or 'stdin' instead
        error: task 'm': a value of 'matrix' holds secret 'TOKEN', which would be visible in the ids of \
        instances; use 'env' instead

        """)
    #expect(!run.folder.has("marker") && !run.folder.has("report.json"))
  }

  @Test(arguments: ["io", "cpu"]) func anArgumentThatBecomesASecretIsRefused(kind: String) async throws {
    var run = try CommandRun(
      #"""
      secrets: [TOKEN]
      defaults: { kind: \#(kind) }
      tasks:
        plain: { run: "printf %s \"$TOKEN\"" }
        result: { run: [touch, marker, "{{ tasks.plain.value }}"] }
        item: { foreach: [hunter22, fine], run: [echo, "{{ item }}"] }
        given: { run: [touch, marker, "{{ args.0 }}"] }

      """#, "-r", "json", "--", "hunter22")
    run.environment = ["TOKEN": "hunter22"]
    let result = try await run.result()
    let report = try result.report()
    #expect(
      report.verdicts == [
        "plain": "succeeded", "result": "failed/not_started", "item[0]": "failed/not_started",
        "item[1]": "succeeded", "given": "failed/not_started",
      ])
    #expect(try report["given"].error?.type == "secret")
    #expect(
      try report["given"].error?.message
        == "argument 2 holds secret 'TOKEN', which would be visible in the process list; "
        + "use 'env' or 'stdin' instead")
    #expect(!run.folder.has("marker") && !result.stdout.contains("hunter22"))
  }

  @Test func aDryRunShowsNoSecret() async throws {
    var run = try CommandRun(
      "secrets: TOKEN\nvars: { tok: x }\ntasks: { t: { kind: io, run: [echo, '{{ vars.tok }}'] } }\n",
      "-n", "--var", "tok=hunter22", "--io", "1", "--cpu", "1")
    run.environment = ["TOKEN": "hunter22"]
    let result = try await run.result()
    #expect(result.stdout == "would run 1 task (io 1, cpu 1)\n\nio   t  echo '***'\n")
  }

  @Test func aShortSecretIsTold() async throws {
    var run = try CommandRun("secrets: A\ntasks: { t: { kind: io, run: [echo, abc] } }\n", "-r", "json")
    run.environment = ["A": "abc"]
    let result = try await run.result()
    #expect(result.stderr == "warning: a secret shorter than 4 bytes is not masked in reports\n")
    #expect(try result.report()["t"].stdout == "abc\n")
  }
}
