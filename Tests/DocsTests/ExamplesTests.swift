import Foundation
import TestSupport
import Testing

/// Every manifest in examples/ does what its comments say.
@Suite struct ExamplesTests {
  /// What must come out, by instance: the status, or the status and the reason.
  static let expected: [String: (status: Int32, verdicts: [String: Int])] = [
    "examples/downloads.yaml": (1, ["succeeded": 5, "failed error": 2, "timed_out timeout": 1]),
    "examples/heavy-calculation.yaml": (0, ["succeeded": 10]),
    "examples/mixed.yaml": (0, ["succeeded": 12]),
    "examples/pipeline.yaml": (0, ["succeeded": 10, "failed exit": 1]),
  ]

  @Test func everyExampleHasAnExpectation() {
    #expect(Set(Repository.examples) == Set(Self.expected.keys))
  }

  @Test(arguments: expected.keys.sorted()) func anExampleEndsAsItShould(_ example: String) async throws {
    let expected = try #require(Self.expected[example])
    let report = try await report(of: example, status: expected.status)
    #expect(Dictionary(grouping: report.tasks, by: \.verdict).mapValues(\.count) == expected.verdicts)
  }

  @Test func calculationsRunInTwoProcessesThatAreNotTheRunner() async throws {
    let report = try await report(of: "examples/heavy-calculation.yaml", status: 0)
    let pids = Set(report.tasks.compactMap(\.pid))
    #expect(pids.count == 2 && !pids.contains(report.runnerPid))
  }

  @Test func theSlowestLimitIsAllThatDownloadsTake() async throws {
    let report = try await report(of: "examples/downloads.yaml", status: 1)
    let slow = try #require(report.tasks.first { $0.id == "slow" })
    let others = report.tasks.filter { $0.id != "slow" }.compactMap(\.startedSeconds)
    let end = try #require(slow.startedSeconds) + #require(slow.durationSeconds)
    // All of them began before the slow one was over: none waited for another.
    #expect(try others.count == 7 && #require(others.max()) < end)
  }

  struct Report: Decodable {
    var runnerPid: Int
    var tasks: [Record]

    struct Record: Decodable {
      var id: String
      var status: String
      var reason: String?
      var pid: Int?
      var startedSeconds: Double?
      var durationSeconds: Double?

      var verdict: String { [status, reason].compactMap(\.self).joined(separator: " ") }
    }
  }

  private func report(of example: String, status: Int32) async throws -> Report {
    let reader = try Reader(try ExampleServer.shared.get())
    let run = try await reader.type("taskrun \(example) -r table -r json:report.json")
    #expect(run.status == status, "\(run.output)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(try reader.text(of: "report.json").utf8))
  }
}
