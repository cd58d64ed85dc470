import Foundation
import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

@testable import TaskrunCLI

@Suite struct EarlierRunTests {
  private static let ids = [
    "20261122T080000000_aa", "20261122T080000001_bb", "20261122T090000000_cc", "20261122T100000000_dd",
  ]

  private func manifest(_ names: String..., edges: [(String, needs: String)] = []) -> Manifest {
    let position = SourcePosition(line: 1, column: 1, offset: 0)
    var tasks = names.map {
      TaskDefinition(name: $0, position: position, kind: .io, uses: "run", with: [])
    }
    for edge in edges {
      guard let task = names.firstIndex(of: edge.0), let need = names.firstIndex(of: edge.needs) else {
        continue
      }
      tasks[task].needs.append(.init(task: need))
    }
    return Manifest(path: "tasks.yaml", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: tasks)
  }

  private func open(
    _ wanted: ResumedRun = .last, in state: StateFolder, pause: () -> Void = {}
  ) throws -> EarlierRun {
    try EarlierRun(wanted, of: "/m/tasks.yaml", environment: state.environment, pause: pause)
  }

  /// Leaves the journal of a run as the run that goes on has it.
  private func locked(_ run: String, runner pid: Int, in state: StateFolder) throws -> FileHandle {
    try state.write(run, [.ended("a")], isKilled: true, runnerPID: pid)
    let file = try #require(FileHandle(forReadingAtPath: state.history().folder.journal(of: run)))
    #expect(flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    return file
  }

  @Test func theRecordsComeBackAsTheyWere() throws {
    let state = StateFolder()
    let records: [TaskRecord] = [
      .ended("a"), .ended("b[0]", .failed, .exit), .ended("b[1]", .skipped, .resumed),
    ]
    try state.write(Self.ids[0], records, starting: ["c"], isKilled: true)
    let run = try open(in: state)
    for record in records { #expect(run.record(of: record.id)?.wireFields == record.wireFields) }
    #expect(run.record(of: "c") == nil && run.record(of: "d") == nil)
    let states: [String: RecordedRun.State] = ["a": .done, "b[0]": .failed, "b[1]": .done, "c": .cutOff]
    #expect(Dictionary(uniqueKeysWithValues: run.states.map { ($0.id, $0.state) }) == states)
  }

  @Test func onlyWhatSucceededAndIsTheSameIsTakenOver() throws {
    let state = StateFolder()
    var nothing = TaskRecord.ended("nothing")
    (nothing.value, nothing.fingerprint) = (nil, "n")
    var secret = TaskRecord.ended("secret")
    secret.isMasked = true
    try state.write(
      Self.ids[0],
      [.ended("a"), .ended("b", .failed, .exit), .ended("c", .skipped, .resumed), nothing, secret])
    let previous = try open(in: state).previousResults(for: manifest())
    for id in ["a", "c"] {
      let stdout = CapturedOutput(head: Array("output of \(id)\n".utf8))
      #expect(
        previous(id, "fingerprint of \(id)")
          == PreviousResult(value: .string("value of \(id)"), stdout: stdout))
      #expect(previous(id, "another") == nil)
    }
    #expect(previous("nothing", "n")?.value == .null)
    for id in ["b", "secret", "unknown"] { #expect(previous(id, "fingerprint of \(id)") == nil) }
  }

  @Test(
    arguments: [
      (.last, ids[3]), (.named(ids[0]), ids[0]), (.named("20261122T09"), ids[2]), (.named(ids[1]), ids[1]),
    ] as [(ResumedRun, String)])
  func aRunIsFoundByItsIdOrHowItBegins(_ wanted: ResumedRun, _ run: String) throws {
    let state = StateFolder()
    for id in Self.ids { try state.write(id, []) }
    #expect(try open(wanted, in: state).start.runID == run)
  }

  @Test func aRunThatIsNotThereIsAnsweredWithThoseThatAre() throws {
    let state = StateFolder()
    #expect(throws: ResumeError.noRuns) { try open(in: state) }
    #expect(throws: ResumeError.noRuns) { try open(.named("x"), in: state) }
    for id in Self.ids { try state.write(id, []) }
    #expect(throws: ResumeError.unknown("x", known: Self.ids.reversed())) { try open(.named("x"), in: state) }
    #expect(throws: ResumeError.ambiguous("20261122T08", candidates: [Self.ids[1], Self.ids[0]])) {
      try open(.named("20261122T08"), in: state)
    }
    #expect(throws: ResumeError.absent(.standardInput)) {
      try EarlierRun(.last, of: nil, environment: state.environment)
    }
    #expect(throws: ResumeError.noRuns) {
      try EarlierRun(.last, of: "/m/other.yaml", environment: state.environment)
    }
  }

  @Test func aRunThatGoesOnIsNeverPassedOver() throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [])
    let own = Int(ProcessInfo.processInfo.processIdentifier)
    let file = try locked(Self.ids[3], runner: own, in: state)
    defer { try? file.close() }
    let error = ResumeError.running(run: Self.ids[3], pid: own)
    #expect(throws: error) { try open(in: state) }
    #expect(throws: error) { try open(.named(Self.ids[3]), in: state) }
    #expect(try open(.named(Self.ids[0]), in: state).start.runID == Self.ids[0])
    #expect(error.exitStatus == .usage)
    #expect(
      error.description == """
        run '\(Self.ids[3])' is still going on (pid \(own)); name another run to resume: --resume=RUN
        """)
  }

  @Test func aRunThatHasJustBegunIsNotPassedOver() throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [])
    let descriptor = try state.history().create(Self.ids[3])
    defer { close(descriptor) }
    #expect(throws: ResumeError.running(run: Self.ids[3], pid: nil)) { try open(in: state) }
  }

  /// 40 pauses are short enough for a runner that seems to be alive, for it may be about to be gone.
  @Test(arguments: [(isDead: true, pauses: 400), (isDead: false, pauses: 40)])
  func aRunThatWasKilledAMomentAgoIsWaitedFor(_ isDead: Bool, _ pauses: Int) throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [])
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", ":"]
    try process.run()
    process.waitUntilExit()
    let own = ProcessInfo.processInfo.processIdentifier
    let file = try locked(Self.ids[3], runner: Int(isDead ? process.processIdentifier : own), in: state)
    var count = 0
    let run = try open(in: state) {
      count += 1
      if count == pauses { try? file.close() }
    }
    #expect(run.start.runID == Self.ids[3])
    #expect(count == pauses)
  }

  @Test func aRunThatIsResumedIsNotRemoved() throws {
    let state = StateFolder()
    try state.write("20250101T000000000_a", [.ended("a")])
    let run = try open(in: state)
    for number in 10..<25 { try state.write("20261122T0800000\(number)_x", []) }
    #expect(try state.history().entries().map(\.run).last == "20250101T000000000_a")
    #expect(run.record(of: "a")?.value == "value of a")
  }

  @Test func aRunThatWroteNothingIsPassedOver() throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [])
    close(try state.history().create(Self.ids[1]))
    let run = try open(in: state)
    #expect(run.start.runID == Self.ids[0])
    #expect(
      run.summary(for: manifest("a"), selecting: Selection()).hasSuffix(
        "0 of 0 are done; run \(Self.ids[1]) ended before it could note anything"))
    #expect(throws: ResumeError.empty(run: Self.ids[1])) { try open(.named(Self.ids[1]), in: state) }
  }

  @Test func aJournalThatCouldNotBeWrittenIsNotBelieved() throws {
    let state = StateFolder()
    for id in Self.ids { try state.write(id, []) }
    try state.history().markIncomplete(Self.ids[3])
    #expect(throws: ResumeError.incomplete(run: Self.ids[3])) { try open(in: state) }
    #expect(try open(.named(Self.ids[2]), in: state).start.runID == Self.ids[2])
  }

  @Test func aDamagedJournalIsNamed() throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [.ended("a"), .ended("b")])
    let path = try state.history().folder.journal(of: Self.ids[0])
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let first = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
    bytes[first + 50] ^= 4
    try Data(bytes).write(to: URL(filePath: path))
    let error = ResumeError.journal(path: path, .damaged(line: 2, offset: first + 1))
    #expect(throws: error) { try open(in: state) }
    #expect(error.exitStatus == .journalDamaged)
    #expect(
      error.description == """
        cannot resume from the journal '\(path)': damaged at line 2 (byte \(first + 1)): the checksum does not match, \
        and more follows; run the manifest without --resume and --failed, or name another run
        """)
  }

  @Test func theSummarySaysWhatIsDoneAndWhatIsNot() throws {
    let state = StateFolder()
    let records: [TaskRecord] = [.ended("a[0]"), .ended("a[1]"), .ended("gone"), .ended("b", .failed, .exit)]
    try state.write(Self.ids[0], records, starting: ["c", "d"], total: 20, isKilled: true)
    let path = try state.history().folder.journal(of: Self.ids[0])
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data("{\"schema\"".utf8))
    #expect(
      try open(in: state).summary(for: manifest("a", "b", "c", "d"), selecting: Selection()) == """
        resuming run 20261122T080000000_aa of 2026-11-22 08:00:00 UTC: 3 of 20 are done; 2 were running when it ended \
        and run again; the end of its journal was cut off; no longer in the manifest: 'gone'
        """)
  }

  @Test func withoutASelectionTheOneOfTheRunHolds() throws {
    let state = StateFolder()
    let selection = Selection(names: ["a*", "gone"], tags: ["lost"], skipped: ["b", "gone"])
    try state.write(Self.ids[0], [.ended("a")], selection: selection)
    let run = try open(in: state)
    let all = manifest("a", "b")
    #expect(
      try run.selection(Selection(), of: all, isFailedOnly: false) == Selection(names: ["a*"], skipped: ["b"])
    )
    #expect(
      try run.selection(Selection(names: ["b"]), of: all, isFailedOnly: false) == Selection(names: ["b"]))
    // Nothing of it is left, and nothing must not become everything.
    #expect(
      try run.selection(Selection(), of: manifest("x"), isFailedOnly: false)
        == Selection(names: ["a*", "gone"], tags: ["lost"]))
  }

  @Test func failedMeansWhatFailedOrWasCutOffAndWhatDependsOnIt() throws {
    let state = StateFolder()
    let records: [TaskRecord] = [
      .ended("good"), .ended("bad[0]"), .ended("bad[1]", .failed, .exit),
      .ended("after", .skipped, .dependency),
      .ended("always"), .ended("other"), .ended("unless", .skipped, .condition),
    ]
    try state.write(Self.ids[0], records, starting: ["cut"], isKilled: true)
    let all = manifest(
      "good", "bad", "after", "always", "other", "unless", "cut", "new",
      edges: [("bad", "good"), ("after", "bad"), ("always", "after"), ("new", "bad"), ("unless", "other")])
    let run = try open(in: state)
    #expect(
      try run.selection(Selection(), of: all, isFailedOnly: true)
        == Selection(names: ["bad", "after", "always", "cut"]))
    #expect(
      try run.selection(Selection(names: ["c*"]), of: all, isFailedOnly: true) == Selection(names: ["cut"]))
    #expect(throws: ResumeError.nothingFailed(run: Self.ids[0])) {
      try run.selection(Selection(names: ["good"]), of: all, isFailedOnly: true)
    }
  }
}
