import Foundation
import Testing

/// What `-r json` writes, as a program outside reads it.
struct Report: Decodable, Sendable {
  struct Pool: Decodable, Sendable, Hashable {
    var executor: String
    var size: Int
    var peak: Int
  }

  struct Failure: Decodable, Sendable, Hashable {
    var type: String
    var message: String
    var detail: String?
  }

  struct Usage: Decodable, Sendable {
    var userSeconds: Double
    var systemSeconds: Double
    var maxRssBytes: Int?
    var cpuRatio: Double?
  }

  struct Attempt: Decodable, Sendable {
    var attempt: Int
    var status: String
    var reason: String?
    var exitCode: Int?
    var signal: Int?
    var startedSeconds: Double?
    var durationSeconds: Double?
    var pid: Int?
  }

  struct Record: Decodable, Sendable {
    var id: String
    var task: String
    var index: Int?
    var item: JSON?
    var kind: String
    var status: String
    var reason: String?
    var allowedFailure: Bool
    var completed: Int
    var queuedSeconds: Double
    var startedSeconds: Double?
    var durationSeconds: Double?
    var executor: String?
    var pid: Int?
    var slot: Int?
    var attempts: [Attempt]
    var exitCode: Int?
    var signal: Int?
    var value: JSON?
    var stdout: String
    var stdoutBase64: String?
    var stderr: String
    var stderrBase64: String?
    var stdoutBytes: Int
    var stderrBytes: Int
    var truncated: Bool
    var usage: Usage?
    var error: Failure?

    /// `succeeded`, or `failed/exit`.
    var verdict: String { status + (reason.map { "/\($0)" } ?? "") }
  }

  var schema: String
  var runId: String
  var manifest: String
  var startedAt: String
  var durationSeconds: Double
  var runnerPid: Int
  var pools: [String: Pool]
  var summary: [String: Int]
  var exitCode: Int
  var tasks: [Record]

  /// Reads a report and checks the two laws: the counts add up, and each id has exactly one record.
  init(json: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Report.self, from: Data(json))
    checkLaws(sourceLocation)
  }

  private func checkLaws(_ sourceLocation: SourceLocation) {
    #expect(schema == "taskrun.report/1", sourceLocation: sourceLocation)
    #expect(Set(tasks.map(\.id)).count == tasks.count, "an id twice", sourceLocation: sourceLocation)
    let ranks = tasks.map(\.completed).sorted()
    #expect(ranks == Array(1..<tasks.count + 1), "wrong ranks", sourceLocation: sourceLocation)
    var counts = ["total": tasks.count]
    for status in ["succeeded", "failed", "timed_out", "cancelled", "skipped"] {
      counts[status] = tasks.filter { $0.status == status }.count
    }
    #expect(summary == counts, sourceLocation: sourceLocation)
  }

  /// The record of an instance.
  subscript(id: String) -> Record {
    get throws { try #require(tasks.first { $0.id == id }, "no record of '\(id)'") }
  }

  /// The verdicts by id.
  var verdicts: [String: String] { Dictionary(tasks.map { ($0.id, $0.verdict) }) { first, _ in first } }
}
