#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The environment of a child: `NAME=value` entries, byte for byte.
///
/// What is inherited passes through as bytes. (Foundation's dictionary would turn bytes that are not UTF-8 into
/// U+FFFD and so change them.)
public struct ProcessEnvironment: Sendable {
  private struct Entry: Sendable {
    /// The name as text; not what it is in bytes if those are not UTF-8.
    var name: String
    /// How many bytes the name has.
    var nameBytes: Int
    /// "NAME=value" and the final NUL.
    var bytes: [CChar]

    var value: String {
      text(of: bytes, from: nameBytes + 1, to: bytes.count - 1)
    }
  }

  private var entries: [Entry] = []

  /// An empty environment.
  public init() {}

  /// The environment of this process as it is now.
  ///
  /// Not safe while another thread calls `setenv`; taskrun never does.
  public static var current: ProcessEnvironment { ProcessEnvironment(entries: environ) }

  /// Copies a NULL-terminated list of `NAME=value`. Anything else in it is left out.
  init(entries list: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
    var next = list
    while let entry = next.pointee {
      let length = strlen(entry)
      let bytes = [CChar](UnsafeBufferPointer(start: entry, count: length + 1))
      if let equals = bytes.firstIndex(of: CChar(UInt8(ascii: "="))), equals > 0 {
        let name = text(of: bytes, from: 0, to: equals)
        entries.append(Entry(name: name, nameBytes: equals, bytes: bytes))
      }
      next += 1
    }
  }

  /// A variable's value as text; `nil` if there is none. Setting `nil` removes it.
  ///
  /// Of several entries with one name the first counts, as for `getenv`; setting leaves one of them.
  ///
  /// A value is cut at its first NUL, since no environment can hold one; callers refuse such values before.
  public subscript(name: String) -> String? {
    get { entries.first { $0.name == name }?.value }
    set {
      let position = entries.firstIndex { $0.name == name }
      if let position, entries[(position + 1)...].contains(where: { $0.name == name }) {
        entries[(position + 1)...].removeAll { $0.name == name }
      }
      guard let newValue else {
        if let position { entries.remove(at: position) }
        return
      }
      let entry = Entry(
        name: name, nameBytes: name.utf8.count, bytes: Array("\(name)=\(newValue)".utf8CString))
      if let position { entries[position] = entry } else { entries.append(entry) }
    }
  }

  /// The folder for temporary files.
  var temporaryFolder: String {
    let folder = self["TMPDIR"] ?? ""
    return folder.isEmpty ? "/tmp" : folder
  }

  /// All variables as text.
  public var dictionary: [String: String] {
    var variables: [String: String] = [:]
    variables.reserveCapacity(entries.count)
    for entry in entries where variables[entry.name] == nil { variables[entry.name] = entry.value }
    return variables
  }

  /// The entries as C strings.
  var cStrings: [[CChar]] { entries.map(\.bytes) }
}

/// A part of a C string as text. (Straight from memory: a lazy view of other bytes brings generic types with it, and what
/// they cost when they are used first, every start pays.)
private func text(of bytes: [CChar], from start: Int, to end: Int) -> String {
  bytes.withUnsafeBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[start..<end]), as: UTF8.self) }
}
