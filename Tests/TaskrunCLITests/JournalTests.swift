import Foundation
import TaskrunAPI
import TaskrunEngine
import Testing

@testable import TaskrunCLI

@Suite struct JournalTests {
  #if os(Linux)
    private static let home = "/home/ada/.local/state/taskrun/"
  #else
    private static let home = "/home/ada/Library/Application Support/taskrun/"
  #endif

  @Test(arguments: [
    (["HOME": "/home/ada"], home), (["HOME": "/home/ada", "XDG_STATE_HOME": "/state"], "/state/taskrun/"),
    (["HOME": "/home/ada", "XDG_STATE_HOME": "state"], home),
    (["TASKRUN_STATE_DIR": "/s", "XDG_STATE_HOME": "/state"], "/s/"),
  ])
  func theFolderIsWhereTheUserKeepsSuchFiles(_ environment: [String: String], _ root: String) throws {
    let folder = try JournalFolder(manifest: "/home/ada/shop/tasks.yaml", environment: environment)
    #expect(folder.path == root + "shop-tasks.yaml-3a8c10ce56455727")
  }

  @Test(
    arguments: [
      ("/m", ["TASKRUN_STATE_DIR": "", "HOME": "/h"], .switchedOff), ("/m", [:], .noHome),
      ("/m", ["HOME": ""], .noHome), (nil, ["HOME": "/h"], .standardInput),
    ] as [(String?, [String: String], JournalFolder.Absence)])
  func withoutAPlaceThereIsNone(
    _ manifest: String?, _ environment: [String: String], _ absence: JournalFolder.Absence
  ) {
    #expect(throws: absence) { try JournalFolder(manifest: manifest, environment: environment) }
  }

  @Test func noNameLeavesTheFolder() throws {
    let name = "/x/" + String(repeating: "ü/../\n", count: 100) + "t.yaml"
    let path = try JournalFolder(manifest: name, environment: ["TASKRUN_STATE_DIR": "/s"]).path
    let last = path.dropFirst("/s/".count)
    #expect(last.utf8.count <= 80 && !last.contains("/") && last.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
  }

  @Test func onlyTheUserMayReadAJournal() throws {
    let state = StateFolder()
    #expect(try state.write("20261122T080000000_a", [.ended("a")]) == nil)
    let folder = try state.history().folder
    for (path, mode) in [
      (folder.journal(of: "20261122T080000000_a"), 0o600), (folder.path, 0o700), (state.path, 0o700),
    ] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode)
    }
  }

  @Test func aJournalCanBeReadAsAStreamOfEvents() throws {
    let state = StateFolder()
    try state.write("r", [.ended("a"), .ended("b[0]", .failed, .exit)], starting: ["a"], total: 2)
    let text = try String(contentsOfFile: state.history().folder.journal(of: "r"), encoding: .utf8)
    let names = try text.split(separator: "\n").map { line in
      try Value(json: String(line)).objectValue?["event"]?.stringValue
    }
    #expect(names == ["run_started", "task_started", "task_finished", "task_finished", "run_finished"])
  }

  @Test func aRunThatTakesItsTimeRemovesAllButTheLast() throws {
    let state = StateFolder()
    let runs = (10..<25).map { "20261122T0800000\($0)_x" }
    for run in runs { try state.write(run, [.ended("a")], hasThread: true) }
    #expect(try state.history().entries().map(\.run) == Array(runs.suffix(10).reversed()))
  }

  @Test func aRunOfAMomentRemovesNothingUntilItIsWorthTheTime() throws {
    let state = StateFolder()
    let runs = (10..<40).map { "20261122T0800000\($0)_x" }
    for run in runs.prefix(20) { try state.write(run, [.ended("a")]) }
    #expect(try state.history().entries().map(\.run) == Array(runs.prefix(20).reversed()))
    try state.write(runs[20], [.ended("a")])
    #expect(try state.history().entries().map(\.run) == Array(runs.prefix(21).suffix(10).reversed()))
  }

  @Test func aRunThatGoesOnKeepsItsJournal() throws {
    let state = StateFolder()
    let history = try state.history()
    let descriptor = try history.create("20250101T000000000_old")
    for number in 10..<25 { try state.write("20261122T0800000\(number)_x", [], hasThread: true) }
    #expect(history.entries().count == 11)
    close(descriptor)
    try state.write("20261122T090000000_x", [], hasThread: true)
    #expect(history.entries().count == 10)
  }

  @Test func whatHasEndedIsWrittenBeforeAnythingElseHappens() throws {
    let state = StateFolder()
    let folder = try state.history().folder
    let journal = RunJournal(folder, header: JournalHeader(manifestPath: "/m/tasks.yaml"), run: "r")
    let events = StateFolder.events("r", [.ended("a"), .ended("b")], ["a"], total: 2)
    for (number, event) in events.enumerated() {
      journal.send(event)
      // The run begins together with its first task.
      let expected = number == 0 ? nil : number + 1
      let text = try? String(contentsOfFile: folder.journal(of: "r"), encoding: .utf8)
      #expect(text.map { $0.split(separator: "\n").count } == expected)
    }
    #expect(!journal.mayWait)
    #expect(journal.finish() == nil)
  }

  @Test func theThreadGoesOnWhereTheRunStopped() throws {
    let records = (0..<200).map { TaskRecord.ended("t\($0)") }
    let all = StateFolder.events("r", records, [], total: 200)
    for count in [0, 1, 2, 100, all.count - 1, all.count] {
      let state = StateFolder()
      let folder = try state.history().folder
      let journal = RunJournal(folder, header: JournalHeader(manifestPath: "/m/tasks.yaml"), run: "r")
      for event in all.prefix(count) { journal.send(event) }
      journal.startThread()
      for event in all.dropFirst(count) { journal.send(event) }
      #expect(journal.mayWait)
      #expect(journal.finish() == nil)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.journal(of: "r")))
      var encoder = JournalEncoder(JournalHeader(manifestPath: "/m/tasks.yaml"))
      var expected: [UInt8] = []
      for event in all { encoder.append(event, to: &expected) }
      #expect(Array(bytes) == expected)
    }
  }

  @Test func aRunHasItsJournalAlone() throws {
    let state = StateFolder()
    let descriptor = try state.history().create("r")
    defer { close(descriptor) }
    let trouble = try state.write("r", [])
    #expect(
      trouble == .notCreated(path: try state.history().folder.journal(of: "r"), SystemError(code: EEXIST)))
  }

  @Test func whereNothingCanBeCreatedTheRunIsToldSo() throws {
    let state = StateFolder()
    _ = FileManager.default.createFile(atPath: state.path, contents: nil)
    let path = try state.history().folder.journal(of: "r")
    #expect(try state.write("r", []) == .notCreated(path: path, SystemError(code: ENOTDIR)))
    #expect(
      RunJournal.Trouble.notCreated(path: "/s/r.jsonl", SystemError(code: EACCES)).description
        == "cannot create the journal '/s/r.jsonl': permission denied")
  }
}
