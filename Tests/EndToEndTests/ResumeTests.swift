import Foundation
import TestSupport
import Testing

@Suite struct ResumeTests {
  /// Eight instances that say when they begin and when they end, the last of them not before it is told to, and one
  /// that needs them all and reads their output.
  private static let manifest = """
    tasks:
      part:
        kind: io
        foreach: { range: [0, 8] }
        run: |
          echo "begin $index" >> ran
          sleep 0.1
          until test "$index" != 7 || test -e go; do sleep 0.05; done
          echo "end $index" >> ran
          echo "part $index"
      sum:
        kind: cpu
        needs: [part]
        env: { parts: "{{ tasks.part.value | join: '+' }}" }
        run: 'echo "begin sum" >> ran; echo "$parts"'

    """

  private func lines(_ folder: TemporaryFolder, _ name: String) -> [String] {
    folder.textSoFar(name).split(separator: "\n").map(String.init)
  }

  /// The whole lines of the newest journal, as events.
  private func events(_ state: TemporaryFolder) throws -> [JSON] {
    let found =
      FileManager.default.enumerator(atPath: state.path)?.allObjects.compactMap { $0 as? String } ?? []
    let newest = found.filter { $0.hasSuffix(".jsonl") }.max()
    let text = try newest.map { try state.text($0) } ?? ""
    return try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      try JSON(parsing: $0)
    }
  }

  private func again(_ run: CommandRun, _ arguments: String...) -> CommandRun {
    var next = run
    next.arguments = ["tasks.yaml"] + arguments
    return next
  }

  @Test(arguments: [0, 1, 4, 7])
  func killedAtAnyMomentNothingFinishedRunsTwiceAndNothingIsLost(_ moment: Int) async throws {
    let run = try CommandRun(Self.manifest, "--io", "3", "-q")
    let killed = try await run.result { child in
      await wait(for: "\(moment) ends") {
        // A run that was killed before its journal's first line has nothing to be resumed.
        (try? events(run.state).isEmpty) == false && !lines(run.folder, "ran").isEmpty
          && lines(run.folder, "ran").count { $0.hasPrefix("end") } >= moment
      }
      child.signal(SIGKILL)
    }
    #expect(killed.status == .signalled(SIGKILL))
    let before = try events(run.state)
    let done = Set(before.filter { $0["event"] == "task_finished" }.compactMap { $0["id"]?.text })
    let started = Set(before.filter { $0["event"] == "task_started" }.compactMap { $0["id"]?.text })
    let cutOff = started.subtracting(done).count
    let first = lines(run.folder, "ran")
    try run.folder.write("go", "")

    let result = try await again(run, "--resume", "-r", "jsonl").result()
    #expect(result.status == .exited(0))
    let id = try #require(before.first?["run_id"]?.text)
    let sentence = "taskrun: resuming run \(id) of "
    #expect(result.stderr.hasPrefix(sentence))
    var end = " UTC: \(done.count) of 9 \(done.count == 1 ? "is" : "are") done"
    if cutOff == 1 { end += "; 1 was running when it ended and runs again" }
    if cutOff > 1 { end += "; \(cutOff) were running when it ended and run again" }
    #expect(result.stderr.hasSuffix(end + "\n"))
    let records = try EventStream(result.stdout).records
    #expect(Set(records.filter { $0["reason"] == "resumed" }.compactMap { $0["id"]?.text }) == done)
    let second = Array(lines(run.folder, "ran").dropFirst(first.count))
    for index in 0..<8 where done.contains("part[\(index)]") {
      #expect(!second.contains("begin \(index)"), "\(index) ran again")
    }
    let sum = records.first { $0["id"] == "sum" }
    #expect(sum?["value"]?.text == (0..<8).map { "part \($0)" }.joined(separator: "+"))
  }

  @Test func whatWasDoneTwiceRunsAgoIsStillAtHand() async throws {
    let run = try CommandRun(
      """
      tasks:
        a: { kind: io, run: [echo, first] }
        b: { kind: io, run: 'test -e one' }
        c: { kind: io, needs: [b], run: 'test -e two' }
        d: { kind: io, needs: [a, c], run: [echo, "{{ tasks.a.value }}"] }

      """, "-q")
    #expect(try await run.result().status == .exited(1))
    try run.folder.write("one", "")
    #expect(try await again(run, "--resume", "-q").result().status == .exited(1))
    try run.folder.write("two", "")
    let result = try await again(run, "--resume", "-r", "json").result()
    #expect(result.status == .exited(0))
    let report = try result.report()
    for id in ["a", "b"] { #expect(try report[id].reason == "resumed") }
    #expect(try report["d"].stdout == "first\n")
  }

  @Test func whatChangedRunsAgainWithAllThatNeedsIt() async throws {
    let text = """
      tasks:
        a: { kind: io, run: [echo, one] }
        b: { kind: io, needs: [a], run: [echo, b] }
        c: { kind: io, run: [echo, c] }
        gone: { kind: io, run: [echo, gone] }

      """
    let run = try CommandRun(text, "-q")
    #expect(try await run.result().status == .exited(0))
    try run.folder.write(
      "tasks.yaml", text.replacing("[echo, one]", with: "[echo, two]").replacing("gone:", with: "new:"))
    let result = try await again(run, "--resume", "-r", "json").result()
    #expect(result.status == .exited(0))
    #expect(result.stderr.hasSuffix("UTC: 4 of 4 are done; no longer in the manifest: 'gone'\n"))
    let report = try result.report()
    #expect(try report["c"].reason == "resumed")
    for id in ["a", "b", "new"] { #expect(try report[id].status == "succeeded") }
  }

  @Test func failedRunsWhatFailedAndWhatNeedsItOnly() async throws {
    let run = try CommandRun(
      """
      tasks:
        good: { kind: io, run: 'echo good >> ran' }
        bad: { kind: io, foreach: [1, 2], run: 'echo "bad $item" >> ran; test "$item" = 1 || test -e ok' }
        after: { kind: io, needs: [bad], run: 'echo after >> ran' }

      """, "-q", "--io", "1")
    #expect(try await run.result().status == .exited(1))
    #expect(lines(run.folder, "ran") == ["good", "bad 1", "bad 2"])
    try run.folder.write("ok", "")
    let result = try await again(run, "--failed", "-q", "--io", "1").result()
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    #expect(lines(run.folder, "ran") == ["good", "bad 1", "bad 2", "bad 2", "after"])
    let nothing = try await again(run, "--failed", "-q").result()
    #expect(nothing.status == .exited(4))
    #expect(nothing.stderr.hasPrefix("error: nothing to run: in run '"))
  }

  @Test func afterFailedOnlyOrATaskOnlyTheRunIsContinuedAsAWhole() async throws {
    let run = try CommandRun(
      """
      tasks:
        good: { kind: io, run: 'echo good >> ran' }
        bad: { kind: io, run: 'echo bad >> ran; test -e ok' }
        long: { kind: io, run: 'echo long >> ran; until test -e ok; do sleep 0.05; done' }
        never: { kind: io, run: 'echo never >> ran' }

      """, "-q", "--io", "1")
    let killed = try await run.result { child in
      await wait(for: "the long task") {
        lines(run.folder, "ran").last == "long" && (try? events(run.state))?.last?["id"] == "long"
      }
      child.signal(SIGKILL)
    }
    #expect(killed.status == .signalled(SIGKILL))
    try run.folder.write("ok", "")
    try run.folder.write("ran", "")

    let failed = try await again(run, "--failed", "-r", "json", "--io", "1").result()
    #expect(failed.status == .exited(0))
    #expect(
      failed.stderr.hasSuffix(
        "UTC: 1 of 4 is done; 1 was running when it ended and runs again; 1 task of it is left out\n"))
    #expect(lines(run.folder, "ran") == ["bad", "long"])

    let one = try await again(run, "--resume", "good", "-r", "json").result()
    #expect(one.status == .exited(0))
    #expect(one.stderr.hasSuffix("UTC: 3 of 4 are done; 1 task of it is left out\n"))
    #expect(lines(run.folder, "ran") == ["bad", "long"])

    let whole = try await again(run, "--resume", "-r", "json").result()
    #expect(whole.status == .exited(0))
    #expect(whole.stderr.hasSuffix("UTC: 3 of 4 are done\n"))
    #expect(lines(run.folder, "ran") == ["bad", "long", "never"])
    #expect(
      try whole.report().tasks.filter { $0.reason == "resumed" }.map(\.id).sorted() == [
        "bad", "good", "long",
      ])
  }

  @Test func aRunThatGoesOnIsLeftAlone() async throws {
    // The run looks at itself, again until its journal is there.
    var run = try CommandRun(
      """
      tasks:
        a:
          kind: io
          run: |
            while :; do
              status=0
              "$PROGRAM" tasks.yaml --resume 2> err || status=$?
              if grep -q 'still going on (pid' err; then break; fi
              sleep 0.05
            done
            exit "$((status - 2))"

      """, "-q")
    run.environment["PROGRAM"] = run.program
    let result = try await run.result()
    #expect(result.status == .exited(0))
    let refusal = try result.folder.text("err")
    let sentence =
      /error: run '[^']+' is still going on \(pid [0-9]+\); name another run to resume: --resume=RUN\n/
    #expect(refusal.wholeMatch(of: sentence) != nil, "\(refusal)")
  }

  @Test func withoutAnEarlierRunNothingIsStarted() async throws {
    for flag in ["--resume", "--failed"] {
      let result = try await CommandRun(Self.manifest, flag).result()
      #expect(result.status == .exited(2))
      #expect(
        result.stderr == """
          error: there is no earlier run of this manifest to resume; run the manifest without --resume and --failed

          """)
      #expect(!result.folder.has("ran"))
    }
  }

  @Test func aDamagedJournalIsRefusedByLineAndByte() async throws {
    let run = try CommandRun("tasks: { a: { kind: io, run: [echo, x] } }\n", "-q")
    #expect(try await run.result().status == .exited(0))
    let found =
      FileManager.default.enumerator(atPath: run.state.path)?.allObjects.compactMap { $0 as? String } ?? []
    let name = try #require(found.first { $0.hasSuffix(".jsonl") })
    let text = try run.state.text(name)
    try run.state.write(name, text.replacing("\"task_started\"", with: "\"task_stbrted\""))
    let result = try await again(run, "--resume").result()
    #expect(result.status == .exited(65))
    let offset = try #require(text.utf8.firstIndex(of: UInt8(ascii: "\n"))).utf16Offset(in: text) + 1
    #expect(result.stderr.contains("': damaged at line 2 (byte \(offset)): "))
  }

  @Test(arguments: ["-l", "-n", "--graph=dot", "--graph=mermaid"])
  func aPlanIsShownAndNothingStarted(_ flag: String) async throws {
    let run = try CommandRun(Self.manifest, flag)
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stderr == "")
    #expect(result.stdout.contains("part") && result.stdout.contains("sum"))
    #expect(result.folder.names == ["tasks.yaml"])
    #expect(run.state.names == [])
  }

  @Test func tagsSelectAndSkipsLeaveOut() async throws {
    let text = """
      tasks:
        a: { kind: io, tags: [web], run: [echo, a] }
        b: { kind: io, tags: [db], run: [echo, b] }
        c: { kind: io, needs: [a, b], run: [echo, c] }

      """
    for (flags, ids) in [
      (["--tag", "web"], ["a"]), (["--tag", "web", "--tag", "db"], ["a", "b"]),
      (["c", "--skip", "b"], ["a", "c"]),
      (["--skip", "?"], nil), (["--tag", "wbe"], nil),
    ] as [([String], [String]?)] {
      var run = try CommandRun(text, "-r", "json")
      run.arguments += flags
      let result = try await run.result()
      guard let ids else {
        #expect(result.status == .exited(4), "\(flags)")
        continue
      }
      #expect(result.status == .exited(0), "\(flags)")
      #expect(try result.report().tasks.map(\.id).sorted() == ids)
    }
  }
}
