import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A payload that is too long for a line, and travels through a file. The file goes when the object does.
final class PayloadFile: Sendable {
  let path: String
  private let isOurs = Atomic(false)

  /// Writes a payload into a new file that only this user can read.
  /// - Parameter path: where; nothing may be there.
  /// - Returns: `nil` if it could not be written whole.
  init?(_ bytes: [UInt8], at path: String) {
    self.path = path
    // Not through a link that somebody has put there, and not for programs that are started meanwhile.
    let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { return nil }
    isOurs.store(true, ordering: .relaxed)
    let descriptor = Descriptor(number)
    guard bytes.withUnsafeBytes({ writeAll($0, to: descriptor.number) }) else {
      remove()
      return nil
    }
  }

  deinit { remove() }

  /// Removes the file, unless somebody else is to do that.
  func remove() {
    if isOurs.exchange(false, ordering: .relaxed) { unlink(path) }
  }

  /// Leaves the file to whoever was told its path.
  func giveAway() { isOurs.store(false, ordering: .relaxed) }

  /// The file of a request's parameters.
  static func ofParameters(_ bytes: [UInt8], in folder: String) -> PayloadFile? {
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    return PayloadFile(bytes, at: "\(folder)/taskrun-parameters-\(number)")
  }

  /// Where the value of a request lies. Both sides know that, so that the host can remove what a worker leaves that
  /// ends before it has said so.
  static func pathOfValue(_ id: String, cookie: String, in folder: String) -> String {
    "\(folder)/taskrun-value-\(cookie)-\(id)"
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

  /// The path without links and `..`; `nil` if there is nothing. The root is the empty text.
  private static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    let path = String(cString: text)
    return path == "/" ? "" : path
  }
}

/// Writes all bytes, however the system cuts them. Waits for room.
/// - Returns: whether all could be written.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
  var sent = 0
  while sent < bytes.count {
    let count = write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
    if count < 0, errno == EINTR { continue }
    if count < 0, errno == EAGAIN {
      // Somebody has made it one that does not block.
      var pending = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&pending, 1, -1)
      continue
    }
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
  var status = stat()
  guard fstat(descriptor.number, &status) == 0 else { return nil }
  // As a rule all of it at once; what a file says of its size is only believed up to here.
  let capacity = min(max(Int(status.st_size) + 1, 1 << 16), 64 << 20)
  var content: [UInt8] = []
  while true {
    var count = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initializedCount in
      count = systemRead(descriptor.number, buffer)
      initializedCount = max(count, 0)
    }
    guard count >= 0 else { return nil }
    if count == 0 { return content }
    if content.isEmpty { content = chunk } else { content += chunk }
  }
}
