#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The journals of one manifest's runs, as files.
struct RunHistory {
  /// One journal.
  struct Entry: Hashable {
    /// The run's id.
    var run: String
    /// Whether the journal stops before its run did, for it could not be written any further.
    var isIncomplete: Bool
  }

  /// How many runs are kept.
  static let keptRuns = 10
  /// How many bytes the kept journals may have together; the newest is kept in any case.
  static let keptBytes = 1 << 30

  private static let (extension_, incompleteExtension) = (".jsonl", ".incomplete")

  let folder: JournalFolder

  /// Where the journal is.
  func path(of entry: Entry) -> String {
    entry.isIncomplete
      ? folder.path + "/" + entry.run + Self.incompleteExtension : folder.journal(of: entry.run)
  }

  /// All journals, the newest first: ids begin with the time. Empty if there is no such folder.
  func entries() -> [Entry] { Self.entries(names()) }

  private static func entries(_ names: [String]) -> [Entry] {
    var entries: [Entry] = []
    for name in names {
      for suffix in [extension_, incompleteExtension] where name.hasSuffix(suffix) {
        let isIncomplete = suffix == incompleteExtension
        entries.append(Entry(run: String(name.dropLast(suffix.count)), isIncomplete: isIncomplete))
      }
    }
    return entries.sorted { $0.run > $1.run }
  }

  private func names() -> [String] {
    guard let stream = opendir(folder.path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }

  /// Creates the journal of a run that begins, and its folder. The journal counts as in use until it is closed.
  /// - Returns: a descriptor for writing at the end.
  func create(_ run: String) throws(SystemError) -> Int32 {
    let path = folder.journal(of: run)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC
    var descriptor = open(path, flags, 0o600)
    if descriptor < 0, errno == ENOENT {
      try Self.makeFolders(folder.path)
      descriptor = open(path, flags, 0o600)
    }
    guard descriptor >= 0 else { throw .last }
    // A file system without locks keeps all its journals, and whoever resumes a run has to know that it is over.
    flock(descriptor, LOCK_EX | LOCK_NB)
    return descriptor
  }

  /// Says that a journal does not tell all of its run.
  func markIncomplete(_ run: String) {
    rename(folder.journal(of: run), path(of: Entry(run: run, isIncomplete: true)))
  }

  /// Removes the journals of old runs, except those that somebody uses.
  /// - Parameter count: nothing is done, and little time spent, if no more than so many are there.
  func prune(ifMoreThan count: Int = 0) {
    let names = names()
    // Two of them are `.` and `..`.
    guard names.count > count + 2 else { return }
    let entries = Self.entries(names)
    var bytes = 0
    for (position, entry) in entries.enumerated() {
      let path = path(of: entry)
      var info = stat()
      guard stat(path, &info) == 0 else { continue }
      bytes += Int(info.st_size)
      if position > 0, position >= Self.keptRuns || bytes > Self.keptBytes { Self.removeUnlessUsed(path) }
    }
  }

  private static func removeUnlessUsed(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    close(descriptor)
  }

  private static func makeFolders(_ path: String) throws(SystemError) {
    // Up to the first folder that is there or can be made, and down again.
    var missing: [String] = []
    var folder = path
    while mkdir(folder, 0o700) != 0, errno != EEXIST {
      guard errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else {
        throw .last
      }
      missing.append(folder)
      folder = String(folder[..<slash])
    }
    // What is there may be a link to nowhere, so each is tried once.
    for folder in missing.reversed() where mkdir(folder, 0o700) != 0 && errno != EEXIST { throw .last }
  }
}
