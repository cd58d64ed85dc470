/// A pattern of paths: `*`, `?`, `[a-z]`, `[!a-z]`, a backslash before what stands for itself, and `**` for any
/// number of folders.
///
/// It finds files; one that ends in `/` finds folders. Names that begin with a dot are found only by a part that
/// begins with a dot too, and `**` does not follow links to folders.
struct GlobPattern {
  /// Why a text is no pattern.
  enum Fault: Error {
    case unclosedBracket
    case danglingBackslash
  }

  /// Why the paths could not be found.
  enum Failure: Error {
    /// A folder cannot be read.
    case unreadable(path: String, ManifestFileError)
    /// A name that would be an item is not UTF-8.
    case notText(path: String)
    /// There are more than there may be.
    case tooMany
  }

  private enum Part: Equatable {
    case name(String)
    case pattern([Token], isHidden: Bool)
    case anyDepth
  }

  private enum Token: Equatable {
    case scalar(Unicode.Scalar)
    case one
    case many
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
  }

  private let root: String
  private let parts: [Part]
  private let findsFolders: Bool

  /// Reads a pattern.
  init(_ text: String) throws(Fault) {
    var names = text.split(separator: "/", omittingEmptySubsequences: true)
    root = text.hasPrefix("/") ? "/" : ""
    findsFolders = text.hasSuffix("/")
    var parts: [Part] = []
    while let name = names.first {
      names.removeFirst()
      let part = name == "**" ? .anyDepth : try Self.part(name)
      if part != .anyDepth || parts.last != .anyDepth { parts.append(part) }
    }
    self.parts = parts
  }

  private static func part(_ name: Substring) throws(Fault) -> Part {
    var tokens: [Token] = []
    var rest = Array(name.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "*": if tokens.last != .many { tokens.append(.many) }
      case "?": tokens.append(.one)
      case "[": tokens.append(try set(&rest))
      case "\\":
        guard let next = rest.popFirst() else { throw .danglingBackslash }
        tokens.append(.scalar(next))
      default: tokens.append(.scalar(scalar))
      }
    }
    var literal = String.UnicodeScalarView()
    for token in tokens {
      guard case .scalar(let scalar) = token else {
        return .pattern(tokens, isHidden: tokens.first == .scalar("."))
      }
      literal.append(scalar)
    }
    return .name(String(literal))
  }

  private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) throws(Fault) -> Token {
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    let isNegated = rest.first == "!" || rest.first == "^"
    if isNegated { rest.removeFirst() }
    while let scalar = rest.popFirst() {
      // A bracket that comes first stands for itself.
      if scalar == "]", !ranges.isEmpty { return .set(ranges, isNegated: isNegated) }
      var upper = scalar
      if rest.count >= 2, rest.first == "-", rest[rest.startIndex + 1] != "]" {
        rest.removeFirst()
        upper = rest.removeFirst()
      }
      ranges.append(min(scalar, upper)...max(scalar, upper))
    }
    throw .unclosedBracket
  }

  /// Finds all paths, as the pattern is written: relative to a folder unless it is absolute. In no order.
  /// - Parameters:
  ///   - folder: where relative patterns begin.
  ///   - limit: how many paths there may be.
  func paths(
    in folder: String, _ disk: any ManifestFiles, limit: Int
  ) throws(Failure) -> Set<String> {
    var found: Set<String> = []
    var open: [(path: String, part: Int)] = [(root, 0)]
    while let (path, index) = open.popLast() {
      guard index < parts.count else { continue }
      let isLast = index == parts.count - 1
      if case .name(let name) = parts[index], !isLast {
        open.append((FilePath.joined(path, name), index + 1))
        continue
      }
      if parts[index] == .anyDepth, !isLast { open.append((path, index + 1)) }
      for entry in try entries(of: path, in: folder, disk) {
        guard matches(entry.name, parts[index]) else { continue }
        let next = FilePath.joined(path, entry.name)
        if parts[index] == .anyDepth, entry.kind == .folder { open.append((next, index)) }
        if !isLast {
          if parts[index] != .anyDepth, entry.kind != .file { open.append((next, index + 1)) }
        } else if findsFolders == (entry.kind != .file) {
          guard entry.isText else { throw .notText(path: next) }
          found.insert(findsFolders ? next + "/" : next)
          guard found.count <= limit else { throw .tooMany }
        }
      }
    }
    return found
  }

  private func entries(
    of path: String, in folder: String, _ disk: any ManifestFiles
  ) throws(Failure) -> [FolderEntry] {
    let place = FilePath.joined(folder, path)
    do throws(ManifestFileError) {
      return try disk.entries(of: path.isEmpty ? folder : place)
    } catch {
      // What is not there, or is no folder, has nothing to find in it.
      if case .missing = error { return [] }
      throw .unreadable(path: place, error)
    }
  }

  private func matches(_ name: String, _ part: Part) -> Bool {
    switch part {
    case .name(let literal): return name == literal
    case .anyDepth: return !name.hasPrefix(".")
    case .pattern(let tokens, let isHidden):
      return (isHidden || !name.hasPrefix(".")) && Self.matches(Array(name.unicodeScalars), tokens)
    }
  }

  /// Goes back to the last `*` only, for an earlier one could not do better: time is bounded by the product of the
  /// two lengths.
  private static func matches(_ name: [Unicode.Scalar], _ tokens: [Token]) -> Bool {
    var position = 0
    var index = 0
    var retry: (position: Int, index: Int)?
    while position < name.count {
      if index < tokens.count, tokens[index] == .many {
        retry = (position, index)
        index += 1
      } else if index < tokens.count, takes(tokens[index], name[position]) {
        position += 1
        index += 1
      } else if let last = retry {
        retry = (last.position + 1, last.index)
        position = last.position + 1
        index = last.index + 1
      } else {
        return false
      }
    }
    return tokens[index...].allSatisfy { $0 == .many }
  }

  private static func takes(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
    switch token {
    case .scalar(let expected): scalar == expected
    case .one, .many: true
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
    }
  }
}
