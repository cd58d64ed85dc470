import Foundation
import Testing

/// What `-r jsonl` writes, as a program outside reads it.
struct EventStream: Sendable {
  let events: [JSON]

  /// Reads a whole stream and checks its laws: what comes first and last, that time never goes back, that each
  /// id has exactly one final record, after its start, and that the counts add up.
  init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(text.hasSuffix("\n"), sourceLocation: sourceLocation)
    events = try text.split(separator: "\n").map { try JSON(parsing: $0) }
    checkForm(sourceLocation)
    checkLaws(sourceLocation)
  }

  /// The events of one name.
  func named(_ name: String) -> [JSON] { events.filter { $0["event"]?.text == name } }

  /// The payload of `task_finished`.
  var records: [JSON] { named("task_finished") }
  /// The last event.
  var end: JSON { events.last ?? .null }

  private func checkForm(_ sourceLocation: SourceLocation) {
    let names = events.map { $0["event"]?.text }
    #expect(names.first == "run_started" && names.last == "run_finished", sourceLocation: sourceLocation)
    #expect(named("run_started").count == 1, sourceLocation: sourceLocation)
    #expect(named("run_finished").count == 1, sourceLocation: sourceLocation)
    #expect(events.allSatisfy { $0["schema"] == "taskrun.events/1" }, sourceLocation: sourceLocation)
    let times = events.map { $0["time_seconds"]?.number ?? -1 }
    #expect(times == times.sorted() && times.allSatisfy { $0 >= 0 }, sourceLocation: sourceLocation)
  }

  private func checkLaws(_ sourceLocation: SourceLocation) {
    let ids = records.compactMap { $0["id"]?.text }
    #expect(Set(ids).count == records.count, "an id twice, or none", sourceLocation: sourceLocation)
    var counts: [String: JSON] = ["total": JSON(integerLiteral: records.count)]
    for status in ["succeeded", "failed", "timed_out", "cancelled", "skipped"] {
      counts[status] = JSON(integerLiteral: records.filter { $0["status"]?.text == status }.count)
    }
    #expect(end["summary"] == .object(counts), sourceLocation: sourceLocation)
    for (position, event) in events.enumerated() where event["event"] == "task_started" {
      let finish = events.firstIndex { $0["event"] == "task_finished" && $0["id"] == event["id"] }
      #expect((finish ?? 0) > position, sourceLocation: sourceLocation)
    }
    for record in records {
      let starts = named("task_started").filter { $0["id"] == record["id"] }.count
      let isStarted = record["started_seconds"] != .null
      #expect(starts == (isStarted ? 1 : 0), sourceLocation: sourceLocation)
    }
  }
}
