import TaskrunAPI

extension TemplateFilter {
  /// The filtered value.
  func apply(to value: Value) throws(TemplateError.Fault) -> Value {
    switch self {
    case .json: return .string(value.jsonText)
    case .basename: return .string(PathText(try text("basename", value)).basename)
    case .dirname: return .string(PathText(try text("dirname", value)).dirname)
    case .stem: return .string(PathText(try text("stem", value)).stem)
    case .extension: return .string(PathText(try text("extension", value)).extension)
    case .lower: return .string(try text("lower", value).lowercased())
    case .upper: return .string(try text("upper", value).uppercased())
    case .fallback(let fallback): return value == .null ? fallback : value
    case .join(let separator):
      guard case .array(let elements) = value else {
        throw .unfit(filter: "join", needs: "a list", found: value.kindDescription)
      }
      return .string(elements.map(\.plainText).joined(separator: separator))
    }
  }

  private func text(_ filter: String, _ value: Value) throws(TemplateError.Fault) -> String {
    switch value {
    case .string, .int, .double, .bool: return value.plainText
    case .null, .array, .object: throw .unfit(filter: filter, needs: "text", found: value.kindDescription)
    }
  }
}

/// The parts of a path, by bytes: a slash before a combining character is still a slash.
private struct PathText {
  private let bytes: Substring.UTF8View
  private let isRoot: Bool

  init(_ path: String) {
    var rest = Substring(path).utf8
    while let last = rest.last, last == UInt8(ascii: "/") { rest.removeLast() }
    isRoot = rest.isEmpty && !path.isEmpty
    bytes = rest
  }

  /// The last part: `b.txt` of `a/b.txt` and of `a/b.txt/`; `/` of `/`.
  var basename: String {
    if isRoot { return "/" }
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return String(Substring(bytes)) }
    return String(Substring(bytes[bytes.index(after: slash)...]))
  }

  /// All before the last part: `a` of `a/b`, `.` of `b`, `/` of `/b`.
  var dirname: String {
    if isRoot { return "/" }
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    var parent = bytes[..<slash]
    while let last = parent.last, last == UInt8(ascii: "/") { parent.removeLast() }
    return parent.isEmpty ? "/" : String(Substring(parent))
  }

  /// The last part without its extension: `b.tar` of `a/b.tar.gz`, `.profile` of `.profile`.
  var stem: String { split.stem }

  /// The extension without its dot, empty if there is none: `gz` of `a/b.tar.gz`.
  var `extension`: String { split.extension }

  private var split: (stem: String, extension: String) {
    let name = basename
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.utf8.startIndex, name != ".."
    else {
      return (name, "")
    }
    return (
      String(Substring(name.utf8[..<dot])), String(Substring(name.utf8[name.utf8.index(after: dot)...]))
    )
  }
}
