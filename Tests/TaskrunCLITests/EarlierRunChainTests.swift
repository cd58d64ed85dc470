import Foundation
import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

@testable import TaskrunCLI

/// Runs that continue runs.
@Suite struct EarlierRunChainTests {
  private static let ids = ["20261122T080000000_aa", "20261122T090000000_bb", "20261122T100000000_cc"]

  private func manifest(_ names: [String], edges: [(String, needs: String)] = []) -> Manifest {
    let position = SourcePosition(line: 1, column: 1, offset: 0)
    let tasks = names.map { name in
      var task = TaskDefinition(name: name, position: position, kind: .io, uses: "run", with: [])
      task.needs = edges.filter { $0.0 == name }.compactMap { edge in
        names.firstIndex(of: edge.needs).map { .init(task: $0) }
      }
      return task
    }
    return Manifest(path: "tasks.yaml", pools: PerKind(io: .auto, cpu: .auto), vars: [:], tasks: tasks)
  }

  private func open(_ state: StateFolder) throws -> EarlierRun {
    try EarlierRun(.last, of: "/m/tasks.yaml", environment: state.environment) {}
  }

  @Test func whatTheNewestDoesNotKnowIsLookedUpInTheRunsBefore() throws {
    let state = StateFolder()
    try state.write(
      Self.ids[0], [.ended("a"), .ended("b", .failed, .exit), .ended("f"), .ended("s")], total: 7,
      isKilled: true)
    try state.write(
      Self.ids[1], [.ended("b"), .ended("c", .failed, .exit)], total: 2, continuing: Self.ids[0])
    try state.write(
      Self.ids[2], [.ended("f", .failed, .exit), .ended("s", .cancelled, .interrupted)], starting: ["f"],
      total: 2,
      continuing: Self.ids[1])
    let run = try open(state)
    let all = manifest(["a", "b", "c", "d", "e", "f", "s"])
    let previous = run.previousResults(for: all)
    // What was not even started in a newer run is as it was before it.
    for id in ["a", "b", "s"] {
      #expect(previous(id, "fingerprint of \(id)")?.value == .string("value of \(id)"))
    }
    for id in ["c", "d", "e", "f"] { #expect(previous(id, "fingerprint of \(id)") == nil) }
    #expect(
      run.summary(for: all, selecting: Selection()) == """
        resuming run \(Self.ids[2]) of 2026-11-22 08:00:00 UTC: 3 of 7 are done
        """)
    #expect(
      try run.selection(Selection(), of: all, isFailedOnly: true) == Selection(names: ["c", "f"]))
    #expect(
      run.summary(for: all, selecting: Selection(names: ["c", "f"])).hasSuffix("; 2 tasks of it are left out")
    )
    #expect(
      run.summary(for: all, selecting: Selection(names: ["c", "e", "f"])).hasSuffix(
        "; 1 task of it is left out"))
  }

  @Test func whatIsOlderThanTheLastRunOfItsNeedsIsNotTakenOver() throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [.ended("a"), .ended("b"), .ended("c")], starting: ["a", "b", "c"])
    try state.write(Self.ids[1], [.ended("a")], starting: ["a"], isKilled: true, continuing: Self.ids[0])
    let previous = try open(state).previousResults(
      for: manifest(["a", "b", "c"], edges: [("b", needs: "a")]))
    #expect(previous("a", "fingerprint of a") != nil)
    #expect(previous("b", "fingerprint of b") == nil)
    #expect(previous("c", "fingerprint of c") != nil)
  }

  @Test func aRunThatWasRemovedEndsTheChain() throws {
    let state = StateFolder()
    try state.write(Self.ids[2], [.ended("a")], continuing: Self.ids[0])
    let run = try open(state)
    #expect(run.journals.count == 1)
    #expect(run.previousResults(for: manifest(["a"]))("a", "fingerprint of a") != nil)
  }

  @Test func aDamagedRunInTheChainIsRefused() throws {
    let state = StateFolder()
    try state.write(Self.ids[0], [.ended("a")])
    try state.write(Self.ids[1], [.ended("b")], continuing: Self.ids[0])
    let path = try state.history().folder.journal(of: Self.ids[0])
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    bytes[50] ^= 4
    try Data(bytes).write(to: URL(filePath: path))
    #expect(throws: ResumeError.journal(path: path, .damaged(line: 1, offset: 0))) { try open(state) }
  }

  @Test func theWholeIsWhatTheFirstRunWasAbout() throws {
    let state = StateFolder()
    let whole = Selection(names: ["a", "b"], skipped: ["c"])
    try state.write(Self.ids[0], [.ended("a")], selection: whole)
    try state.write(Self.ids[1], [.ended("b")], selection: whole, continuing: Self.ids[0])
    let run = try open(state)
    #expect(run.wholeSelection == whole)
    #expect(run.recorded.header.continues == Self.ids[0])
  }
}
