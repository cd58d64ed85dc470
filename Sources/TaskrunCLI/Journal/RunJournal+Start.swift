import TaskrunEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension RunJournal {
  /// Makes the journal of a run where there can be one; says on standard error why there is none if somebody may not
  /// expect that. The run is as good without.
  /// - Parameters:
  ///   - header: `nil` if the manifest comes from standard input.
  ///   - onCaughtUp: called when ``isLagging`` was true and is so no longer, from the journal's thread.
  static func start(
    _ header: JournalHeader?, run: String, environment: [String: String], isQuiet: Bool,
    onCaughtUp: @escaping @Sendable () -> Void
  ) -> RunJournal? {
    do throws(JournalFolder.Absence) {
      let folder = try JournalFolder(manifest: header?.manifestPath, environment: environment)
      guard let header else { return nil }
      return RunJournal(folder, header: header, run: run, onCaughtUp: onCaughtUp) { trouble in
        // What changes the exit status has to be said.
        if !isQuiet || trouble.isCutShort { warn(trouble.description) }
      }
    } catch {
      if error == .noHome, !isQuiet { warn("no journal: \(error)") }
      return nil
    }
  }

  private static func warn(_ text: String) {
    // The progress line may be there; it is drawn again with the next event.
    let eraser = Console.isTerminal(STDERR_FILENO) ? ProgressLine.eraser : ""
    Console.error.write(eraser + "warning: \(text); this run cannot be resumed\n")
  }
}
