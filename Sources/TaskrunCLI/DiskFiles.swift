package import TaskrunManifest

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files that manifests name, on the disk. Relative paths begin in the working folder.
package struct DiskFiles: ManifestFiles {
  /// The disk.
  package init() {}

  package func read(_ path: String, limitBytes: Int) throws(ManifestFileError) -> [UInt8] {
    // Not blocking: a FIFO without a writer must not hold us up before we can refuse it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw .last }
    switch info.st_mode & S_IFMT {
    case S_IFREG: if info.st_size > limitBytes { throw .tooLarge(limitBytes: limitBytes) }
    case S_IFDIR: throw .notAFile(kind: "a folder")
    case S_IFIFO: throw .notAFile(kind: "a FIFO")
    case S_IFSOCK: throw .notAFile(kind: "a socket")
    default: throw .notAFile(kind: "a device")
    }
    return try Self.readAll(descriptor, expecting: Int(info.st_size), limitBytes: limitBytes)
  }

  /// Reads to the end of a descriptor.
  /// - Parameter size: how many bytes there probably are.
  static func readAll(
    _ descriptor: Int32, expecting size: Int = 0, limitBytes: Int
  ) throws(ManifestFileError) -> [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(min(size, limitBytes))
    // One byte more than there probably are, to see that no more come; pages that are not touched save time.
    var chunk = [UInt8](repeating: 0, count: size > 0 ? min(max(size + 1, 4096), 1 << 16) : 1 << 16)
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, &chunk, chunk.count)
      #else
        let count = Darwin.read(descriptor, &chunk, chunk.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .last }
      if count == 0 { return content }
      content += chunk[..<count]
      guard content.count <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
    }
  }

  package func entries(of path: String) throws(ManifestFileError) -> [FolderEntry] {
    guard let folder = opendir(path.isEmpty ? "." : path) else {
      throw errno == ENOTDIR ? .missing : .last
    }
    defer { closedir(folder) }
    var entries: [FolderEntry] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        guard errno == 0 else { throw .last }
        return entries
      }
      if let entry = Self.entry(entry, in: dirfd(folder)) { entries.append(entry) }
    }
  }

  private static func entry(_ entry: UnsafeMutablePointer<dirent>, in folder: Int32) -> FolderEntry? {
    // The name is read where it stands: a copy of the structure ends where the system says that it may not.
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
    let bytes = UnsafeBufferPointer(start: start, count: strlen(start)).map { UInt8(bitPattern: $0) }
    if bytes == [0x2E] || bytes == [0x2E, 0x2E] { return nil }
    let text = String(validating: bytes, as: UTF8.self)
    return FolderEntry(
      name: text ?? String(decoding: bytes, as: UTF8.self), isText: text != nil,
      kind: kind(of: start, Int(entry.pointee.d_type), in: folder))
  }

  /// Not every file system tells in the folder what its names are.
  private static func kind(of name: UnsafePointer<CChar>, _ type: Int, in folder: Int32) -> FolderEntry.Kind {
    if type == Int(DT_DIR) { return .folder }
    if type != Int(DT_LNK), type != Int(DT_UNKNOWN) { return .file }
    var info = stat()
    if type == Int(DT_UNKNOWN), fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 {
      if info.st_mode & S_IFMT == S_IFDIR { return .folder }
      if info.st_mode & S_IFMT != S_IFLNK { return .file }
    }
    let leadsToFolder = fstatat(folder, name, &info, 0) == 0 && info.st_mode & S_IFMT == S_IFDIR
    return leadsToFolder ? .linkedFolder : .file
  }

  package func canonicalPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

extension ManifestFileError {
  /// The error of the call that has just failed on this thread.
  static var last: ManifestFileError {
    let code = errno
    return code == ENOENT ? .missing : .unreadable(reason: "\(SystemError(code: code))")
  }
}
