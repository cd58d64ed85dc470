package import TaskrunAPI
package import TaskrunEngine
package import TaskrunManifest

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A run that is continued, with the runs that it continued itself: what their journals say, and their records when they
/// are asked for.
///
/// A run is about a part of its manifest if it was told so, or was killed before it came to the rest. So what it does not
/// know is looked up in the run that it continued, and so on. It holds the journals until it is let go: nobody removes
/// them meanwhile.
package final class EarlierRun: Sendable {
  /// The newest first; never empty. A journal that has been removed ends the chain: what only it knew runs again.
  let journals: [EarlierJournal]
  /// Newer runs that ended before they could note anything.
  let emptyRuns: [String]

  /// What the newest journal says.
  var recorded: RecordedRun { journals[0].recorded }
  /// The beginning of the newest run.
  package var start: RunStart { journals[0].start }
  /// What the first run of the chain was told to run, and so what the whole is.
  package var wholeSelection: Selection { recorded.header.selection }

  /// Finds a run of a manifest and reads its journal, and those of the runs before it.
  ///
  /// The last run is the last that noted anything. If it goes on it is not passed over: whoever wants an older one has to
  /// say so.
  /// - Parameters:
  ///   - wanted: which run.
  ///   - manifest: the manifest's absolute path; `nil` for standard input.
  ///   - environment: of taskrun.
  ///   - pause: waits some milliseconds, for a run that has been killed and is about to be gone.
  /// - Throws: ``ResumeError``.
  package init(
    _ wanted: ResumedRun, of manifest: String?, environment: [String: String],
    pause: () -> Void = { usleep(10_000) }
  ) throws(ResumeError) {
    let history: RunHistory
    do throws(JournalFolder.Absence) {
      history = RunHistory(folder: try JournalFolder(manifest: manifest, environment: environment))
    } catch {
      throw .absent(error)
    }
    let entries = history.entries()
    let newest: EarlierJournal
    switch wanted {
    case .named(let name):
      let entry = try Self.entry(name, among: entries)
      guard let journal = try EarlierJournal(entry, in: history, pause: pause) else {
        throw .empty(run: entry.run)
      }
      (newest, emptyRuns) = (journal, [])
    case .last:
      (newest, emptyRuns) = try Self.last(of: entries, in: history, pause: pause)
    }
    var journals = [newest]
    while let run = journals.last?.recorded.header.continues,
      !journals.contains(where: { $0.start.runID == run }),
      let entry = entries.first(where: { $0.run == run && !$0.isIncomplete })
    {
      guard let journal = try Self.ancestor(entry, in: history) else { break }
      journals.append(journal)
    }
    self.journals = journals
  }

  /// How far an instance came, in the newest run that came to it; `nil` if none did.
  package func state(of id: String) -> RecordedRun.State? { place(of: id)?.state }

  /// The last record of an instance; `nil` if there is none, or it cannot be read any more.
  package func record(of id: String) -> TaskRecord? {
    place(of: id).flatMap { journals[$0.journal].record(of: id) }
  }

  /// What these runs have left for the one that continues them. Reads the journals on the calling thread.
  package func previousResults(for manifest: Manifest) -> PreviousResults {
    let needs = Dictionary(
      manifest.tasks.map { task in (task.name, task.needs.map { manifest.tasks[$0.task].name }) }
    ) { first, _ in first }
    return { [self] id, fingerprint in
      guard let place = place(of: id), place.state == .done,
        let record = journals[place.journal].record(of: id), record.fingerprint == fingerprint,
        !record.isMasked
      else { return nil }
      let needs = needs[taskName(of: id)] ?? []
      // Something that it needs has run again since then.
      if journals[..<place.journal].contains(where: { !$0.recorded.ranTasks.isDisjoint(with: needs) }) {
        return nil
      }
      // What a secret was taken out of is not what the task gave. Whatever succeeds has a value; on the wire a `null` and none are the same.
      return PreviousResult(value: record.value ?? .null, stdout: record.stdout)
    }
  }

  /// Every instance that one of the runs came to, once, and how far.
  var states: [(id: String, state: RecordedRun.State)] {
    var states: [(id: String, state: RecordedRun.State)] = []
    for (position, journal) in journals.enumerated() {
      for id in journal.recorded.instances.keys
      where !journals[..<position].contains(where: { $0.recorded.instances[id] != nil }) {
        if let state = state(of: id) { states.append((id, state)) }
      }
    }
    return states
  }

  /// The newest journal in which the instance was more than left out; if there is none, the newest that has it.
  private func place(of id: String) -> (journal: Int, state: RecordedRun.State)? {
    var found: (journal: Int, state: RecordedRun.State)?
    for (position, journal) in journals.enumerated() {
      guard let state = journal.recorded.instances[id]?.state else { continue }
      if state != .leftOut { return (position, state) }
      found = found ?? (position, state)
    }
    return found
  }

  // MARK: Finding

  private static func last(
    of entries: [RunHistory.Entry], in history: RunHistory, pause: () -> Void
  ) throws(ResumeError) -> (EarlierJournal, emptyRuns: [String]) {
    var emptyRuns: [String] = []
    for entry in entries {
      if let journal = try EarlierJournal(entry, in: history, pause: pause) { return (journal, emptyRuns) }
      emptyRuns.append(entry.run)
    }
    throw .noRuns
  }

  /// - Returns: `nil` if it is being removed.
  private static func ancestor(
    _ entry: RunHistory.Entry, in history: RunHistory
  ) throws(ResumeError) -> EarlierJournal? {
    do throws(ResumeError) {
      return try EarlierJournal(entry, in: history) {}
    } catch {
      switch error {
      case .running, .unreadable(_, SystemError(code: ENOENT)): return nil
      default: throw error
      }
    }
  }

  private static func entry(
    _ name: String, among entries: [RunHistory.Entry]
  ) throws(ResumeError) -> RunHistory.Entry {
    let found = entries.filter { $0.run == name }
    let candidates = found.isEmpty ? entries.filter { $0.run.hasPrefix(name) } : found
    guard let first = candidates.first else {
      throw entries.isEmpty ? .noRuns : .unknown(name, known: entries.map(\.run))
    }
    guard candidates.count == 1 else { throw .ambiguous(name, candidates: candidates.map(\.run)) }
    return first
  }
}

/// The task of an instance. A task's name has no bracket.
func taskName(of id: String) -> String { String(id.prefix { $0 != "[" }) }
