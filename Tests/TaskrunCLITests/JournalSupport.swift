import Foundation
import TaskrunAPI
import TaskrunEngine
import TestSupport
import Testing

@testable import TaskrunCLI

/// A state folder of one test, which is not there before the first run.
struct StateFolder: Sendable {
  private let folder = TemporaryFolder()
  var path: String { folder["state"] }

  var environment: [String: String] { ["TASKRUN_STATE_DIR": path] }

  func history(_ manifest: String = "/m/tasks.yaml") throws -> RunHistory {
    RunHistory(folder: try JournalFolder(manifest: manifest, environment: environment))
  }

  /// Writes the journal of a run, as a run of a moment does, or as one that takes its time.
  @discardableResult
  func write(
    _ run: String, _ records: [TaskRecord], starting: [String] = [], total: Int? = nil,
    isKilled: Bool = false, hasThread: Bool = false,
    selection: Selection = Selection(), manifest: String = "/m/tasks.yaml", continuing: String? = nil,
    runnerPID: Int = 1
  ) throws -> RunJournal.Trouble? {
    let header = JournalHeader(manifestPath: manifest, selection: selection, continues: continuing)
    let journal = RunJournal(try history(manifest).folder, header: header, run: run)
    if hasThread { journal.startThread() }
    for event in Self.events(run, records, starting, total: total, runnerPID: runnerPID) {
      if isKilled, case .runFinished = event.kind { break }
      journal.send(event)
    }
    return journal.finish()
  }

  static func events(
    _ run: String, _ records: [TaskRecord], _ starting: [String], total: Int?, runnerPID: Int = 1
  ) -> [RunEvent] {
    let start = RunStart(
      runID: run, manifest: "tasks.yaml", startedAtMilliseconds: 1_795_334_400_000, runnerPID: runnerPID,
      poolSizes: PerKind(io: 2, cpu: 2), total: total)
    var summary = RunSummary()
    for record in records { summary.add(record) }
    let pool = PoolUse(executor: .thread, size: 2, peak: 2)
    let end = RunEnd(
      duration: .zero, summary: summary, pools: PerKind(io: pool, cpu: pool), exitCode: 0)
    var kinds: [RunEvent.Kind] = [.runStarted(start)]
    kinds += starting.map { .taskStarted(TaskStart(id: $0, task: $0, kind: .io, attempt: 1, slot: 0)) }
    kinds += records.map { .taskFinished($0) }
    kinds.append(.runFinished(end))
    return kinds.map { RunEvent(time: .zero, kind: $0) }
  }
}

extension TaskRecord {
  /// The end of a plain task.
  static func ended(_ id: String, _ status: TaskStatus = .succeeded, _ reason: TaskReason? = nil)
    -> TaskRecord
  {
    let task = String(id.prefix { $0 != "[" })
    var record = TaskRecord(id: id, task: task, kind: .io, status: status, reason: reason)
    record.fingerprint = "fingerprint of \(id)"
    record.value = .string("value of \(id)")
    record.stdout = CapturedOutput(head: Array("output of \(id)\n".utf8))
    return record
  }
}
