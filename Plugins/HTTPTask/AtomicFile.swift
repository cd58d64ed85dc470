#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears under its name complete or not at all.
///
/// It is written beside its place under another name, and renamed at the end; if there is no ``commit()``, it is
/// removed with the object. A link in its place is replaced, not followed. Used by one thread.
final class AtomicFile {
  private let path: String
  private let temporaryPath: String
  private var descriptor: CInt
  private var isCommitted = false

  /// Opens the temporary file, and makes the folders on the way.
  /// - Parameter path: the absolute path of the file.
  init(at path: String) throws(HTTPError) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = path[..<slash]
    self.path = path
    temporaryPath = folder + "/.taskrun-" + String(UInt64.random(in: .min ... .max), radix: 36) + ".part"
    // The system would say so only at the end, after the whole transfer.
    if Self.isFolder(path) { throw .cannotSave(path: path, reason: SystemWords.text(EISDIR)) }
    Self.makeFolders(folder)
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotSave(path: path, reason: SystemWords.text(errno)) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Appends bytes, all of them.
  func write(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, part.baseAddress, part.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, part.baseAddress, part.count)
      #else
        let count = Darwin.write(descriptor, part.baseAddress, part.count)
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure }
      rest = rest.dropFirst(count)
    }
  }

  /// Gives the file its name. Its bytes are on the disk before: after a crash there is the old file or the new
  /// one, never a half or an empty one.
  func commit() throws(HTTPError) {
    guard fsync(descriptor) == 0 else { throw failure }
    let result = close(descriptor)
    descriptor = -1
    guard result == 0, rename(temporaryPath, path) == 0 else { throw failure }
    isCommitted = true
  }

  private var failure: HTTPError { .cannotSave(path: path, reason: SystemWords.text(errno)) }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// What stands in the way of a folder shows when the file is opened.
  private static func makeFolders(_ folder: Substring) {
    if folder.isEmpty || isFolder(String(folder)) { return }
    for end in folder.indices.dropFirst() where folder[end] == "/" { mkdir(String(folder[..<end]), 0o777) }
    mkdir(String(folder), 0o777)
  }
}
