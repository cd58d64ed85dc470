import Foundation
import TestSupport
import Testing

/// A task that is a taskrun of its own: ending the outer run ends both, with everything below.
@Suite struct NestedRunTests {
  /// How the outer run ends, and the grace periods of both.
  struct Ending: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var signal: Int32
    var outerGrace: String
    var innerGrace: String
    /// What a task calls to leave its session. A killed runner knows its processes by their environment, so for it
    /// they have to keep that.
    var escape = "env -i setsid"
  }

  static let endings = [
    Ending(
      testDescription: "the inner run ends its tasks itself", signal: SIGINT, outerGrace: "10m",
      innerGrace: "200ms"),
    Ending(
      testDescription: "the same by SIGTERM", signal: SIGTERM, outerGrace: "10m", innerGrace: "200ms"),
    Ending(
      testDescription: "the inner run is killed before it can", signal: SIGINT, outerGrace: "100ms",
      innerGrace: "10m"),
    Ending(
      testDescription: "the outer run is killed", signal: SIGKILL, outerGrace: "10m", innerGrace: "10m",
      escape: "setsid"),
  ]

  @Test(arguments: endings)
  func nothingIsLeftOfANestedRun(ending: Ending) async throws {
    let name = CleanupTests.uniqueSleep()
    let run = try CommandRun(
      """
      tasks:
        nested:
          kind: io
          grace: \(ending.outerGrace)
          run: [\(TestPrograms.fixture.quotedForYAML), inner.yaml, -r, "json:inner.json"]

      """, "-r", "json:outer.json", fixture: true)
    try run.folder.write(
      "inner.yaml",
      """
      pools: { io: 4, cpu: 2 }
      defaults: { grace: \(ending.innerGrace) }
      tasks:
        plain: { kind: io, run: "touch plain.ready; exec sleep \(name)" }
        deaf: { kind: cpu, run: "trap '' TERM INT HUP; touch deaf.ready; exec sleep \(name)" }
        escaped: { kind: io, run: "\(ending.escape) sh -c 'touch escaped.ready; exec sleep \(name)' & wait" }
        worker: { kind: cpu, uses: fixture.sleep, with: { seconds: 600, marker: worker.ready } }

      """)
    let result = try await run.result { child in
      await wait(for: "all tasks") { run.folder.names.filter { $0.hasSuffix(".ready") }.count == 4 }
      child.signal(ending.signal)
    }
    #expect(result.status == .signalled(ending.signal))
    await CleanupTests.expectNobody(called: name)
    #expect(run.folder.has("outer.json") == (ending.signal != SIGKILL))
    if run.folder.has("outer.json") {
      #expect(try result.report("outer.json").verdicts == ["nested": "cancelled/interrupted"])
    }
    guard ending.innerGrace == "200ms" else { return }
    let inner = try result.report("inner.json")
    #expect(inner.exitCode == 128 + Int(ending.signal))
    #expect(inner.tasks.count == 4 && inner.tasks.allSatisfy { $0.verdict == "cancelled/interrupted" })
  }
}
