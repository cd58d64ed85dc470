#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A payload that is too long for a line, and travels through a file.
enum PayloadFile {
  /// Writes a payload into a new file that only this user can read.
  /// - Parameters:
  ///   - name: what the file's name begins with.
  ///   - environment: says which folder is for temporary files.
  /// - Returns: the file's path; `nil` if it could not be written whole.
  static func write(_ bytes: [UInt8], name: String, _ environment: ProcessEnvironment) -> String? {
    let folder = folder(environment)
    var template = Array("\(folder)/\(name)-XXXXXX".utf8CString)
    let number = mkstemp(&template)
    guard number >= 0 else { return nil }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let descriptor = Descriptor(number)
    // Programs that are started meanwhile have no use for it.
    _ = fcntl(descriptor.number, F_SETFD, FD_CLOEXEC)
    guard bytes.withUnsafeBytes({ writeAll($0, to: descriptor.number) }) else {
      unlink(path)
      return nil
    }
    return path
  }

  /// Reads a worker's file and removes it.
  /// - Parameters:
  ///   - path: as the worker named it; a relative one starts at the first folder.
  ///   - folders: where the file may lie, at any depth. A worker that names another one is not believed: it could
  ///     make the host remove what the user needs.
  /// - Throws: ``TaskFailure/decoding(_:)``; then the file is left alone.
  static func take(_ path: String, below folders: [String]) throws(TaskFailure) -> [UInt8] {
    let full = path.hasPrefix("/") ? path : (folders.first ?? "") + "/" + path
    guard let real = resolved(full) else { throw .decoding("the value's file '\(path)' does not exist") }
    guard folders.contains(where: { folder in resolved(folder).map { real.hasPrefix($0 + "/") } ?? false })
    else {
      throw .decoding(
        "the value's file '\(path)' lies neither below the task's folder nor below the folder for temporary files"
      )
    }
    guard let bytes = readFile(real) else { throw .decoding("the value's file '\(path)' cannot be read") }
    unlink(real)
    return bytes
  }

  /// The folder for temporary files.
  static func folder(_ environment: ProcessEnvironment) -> String { environment["TMPDIR"] ?? "/tmp" }

  /// The path without links and `..`; `nil` if there is nothing. The root is the empty text.
  private static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    let path = String(cString: text)
    return path == "/" ? "" : path
  }
}

/// Writes all bytes, however the system cuts them. The descriptor blocks.
/// - Returns: whether all could be written.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
  var sent = 0
  while sent < bytes.count {
    let count = write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    sent += count
  }
  return true
}

/// The content of a file; `nil` if it cannot be read, or is a folder. A pipe without a writer counts as empty.
func readFile(_ path: String) -> [UInt8]? {
  let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard number >= 0 else { return nil }
  let descriptor = Descriptor(number)
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor.number, &chunk, chunk.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { return nil }
    if count == 0 { return content }
    content += chunk[..<count]
  }
}
