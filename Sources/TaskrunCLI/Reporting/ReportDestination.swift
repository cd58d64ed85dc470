import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open place for one report.
///
/// A report in a file is written beside it and takes its place at the end, so a reader sees the old one or
/// the new one and never half of it, and a full disk leaves the old one as it was. Opened before the run, so
/// that a path that cannot work is found before anything has been started.
package struct ReportDestination: Sendable {
  private enum Ending {
    /// Standard output: not ours to close.
    case keep
    /// A device, a FIFO, a descriptor: written to directly.
    case close
    /// A temporary file that takes the place of the path. Where the system can, it has no name until then, so that a
    /// program that is killed leaves nothing behind.
    case replace(temporary: String?, path: String)
  }

  /// Takes the report's bytes.
  package let output: CheckedOutput
  private let ending: Ending

  /// Opens a target.
  ///
  /// A symbolic link is replaced and not followed. What exists and is no regular file is opened as it is,
  /// and so is everything in `/dev` and `/proc`; a FIFO waits for its reader.
  /// - Parameters:
  ///   - target: where the report goes.
  ///   - standardOutput: what ``ReportTarget/standardOutput`` means.
  /// - Throws: ``ReportOpenError``; nothing is left behind then.
  package static func open(
    _ target: ReportTarget, standardOutput: CheckedOutput = .standardOutput
  ) throws(ReportOpenError) -> ReportDestination {
    guard case .path(let path) = target else {
      return ReportDestination(output: standardOutput, ending: .keep)
    }
    do {
      if path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return try openDirectly(path) }
      return try isSpecial(path) ? openDirectly(path) : createBeside(path)
    } catch {
      throw ReportOpenError(path: path, error: error)
    }
  }

  /// Whether writing waits for no reader: a regular file, or the device that takes everything.
  var isPrompt: Bool {
    var status = stat()
    guard fstat(output.descriptor, &status) == 0 else { return false }
    if status.st_mode & S_IFMT == S_IFREG { return true }
    var null = stat()
    return status.st_mode & S_IFMT == S_IFCHR && stat("/dev/null", &null) == 0
      && status.st_rdev == null.st_rdev
  }

  /// Puts the report in its place, on the disk too. Call this or ``discard()`` once.
  /// - Throws: what went wrong; the old report is then as it was.
  package func commit() throws(SystemError) {
    switch ending {
    case .keep: break
    case .close: if close(output.descriptor) != 0, errno != EINTR { throw .last }
    case .replace(let temporary, let path):
      var failure = synchronize(output.descriptor)
      var name = temporary
      if failure == nil, name == nil {
        do throws(SystemError) { name = try nameFile(beside: path) } catch { failure = error }
      }
      if close(output.descriptor) != 0, errno != EINTR, failure == nil { failure = .last }
      if failure == nil, let name, rename(name, path) != 0 { failure = .last }
      if let failure {
        if let name { unlink(name) }
        throw failure
      }
      synchronizeFolder(of: path)
    }
  }

  private func nameFile(beside path: String) throws(SystemError) -> String {
    while true {
      let name = Self.temporaryName(in: Self.folder(of: path))
      let error = csystem_name_file(output.descriptor, name)
      if error == 0 { return name }
      if error != EEXIST { throw SystemError(code: error) }
    }
  }

  /// Gives the report up: the old one stays as it was.
  package func discard() {
    removeTemporaryFile()
    if case .keep = ending { return }
    close(output.descriptor)
  }

  /// Removes what would be left behind if the program ended now; safe while another thread still writes.
  package func removeTemporaryFile() {
    if case .replace(let temporary?, _) = ending { unlink(temporary) }
  }

  /// - Throws: for a path that cannot be, such as one with a name that is too long: found here and not when
  ///   the file is to be put in its place.
  private static func isSpecial(_ path: String) throws(SystemError) -> Bool {
    var status = stat()
    if lstat(path, &status) != 0 {
      if errno == ENOENT { return false }
      throw .last
    }
    let type = status.st_mode & S_IFMT
    return type != S_IFREG && type != S_IFLNK
  }

  private static func openDirectly(_ path: String) throws(SystemError) -> ReportDestination {
    // Opening one's own descriptor anew would begin at the start of a file and write over what is there.
    let descriptor =
      if let number = descriptorNumber(path) {
        fcntl(number, F_DUPFD_CLOEXEC, 0)
      } else {
        Self.retrying { systemOpen(path, O_WRONLY | O_CLOEXEC | O_NOCTTY, 0) }
      }
    guard descriptor >= 0 else { throw .last }
    return ReportDestination(output: CheckedOutput(descriptor: descriptor), ending: .close)
  }

  private static func descriptorNumber(_ path: String) -> Int32? {
    if path == "/dev/stderr" { return STDERR_FILENO }
    for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }

  private static func createBeside(_ path: String) throws(SystemError) -> ReportDestination {
    let folder = folder(of: path)
    let unnamed = retrying { csystem_unnamed_file(folder.isEmpty ? "." : String(folder)) }
    if unnamed >= 0 { return replacing(path, by: unnamed, temporary: nil) }
    while true {
      let temporary = temporaryName(in: folder)
      let descriptor = retrying { systemOpen(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
      if descriptor >= 0 { return replacing(path, by: descriptor, temporary: temporary) }
      if errno != EEXIST { throw .last }
    }
  }

  private static func replacing(
    _ path: String, by descriptor: Int32, temporary: String?
  ) -> ReportDestination {
    // Who may read the old report may read the new one, and nobody else.
    var old = stat()
    if lstat(path, &old) == 0, old.st_mode & S_IFMT == S_IFREG { fchmod(descriptor, old.st_mode & 0o7777) }
    return ReportDestination(
      output: CheckedOutput(descriptor: descriptor), ending: .replace(temporary: temporary, path: path))
  }

  private static func temporaryName(in folder: Substring) -> String {
    folder + ".taskrun-" + String(UInt64.random(in: 0 ... .max), radix: 36) + ".tmp"
  }

  /// With its last slash; empty for the current folder.
  private static func folder(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[...$0] } ?? ""
  }

  private static func retrying(_ call: () -> Int32) -> Int32 {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  /// Some file systems cannot, and say so; then there is nothing to wait for.
  private func synchronize(_ descriptor: Int32) -> SystemError? {
    let failed = Self.retrying({ fsync(descriptor) }) != 0
    return failed && ![EINVAL, ENOSYS, ENOTSUP].contains(errno) ? .last : nil
  }

  /// Makes the new name last. The report is complete and in its place, so a folder that may not be read or
  /// cannot be synchronized is no failure.
  private func synchronizeFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = systemOpen(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// `open(2)`, under a name that the type's own `open` does not hide.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}

/// A report that cannot be created.
package struct ReportOpenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The path as the user named it.
  package var path: String
  /// Why.
  package var error: SystemError

  /// The error in words.
  package var description: String { "cannot create report '\(path)': \(error)" }
}
