import TaskrunAPI
import TaskrunYAML

// The forms of `foreach` that look at the disk: `glob`, `lines` and `json`. All of it is read before the start.
extension ManifestChecker {
  /// How large a file of items may be.
  private static let maximumBytes = 256 << 20

  /// The paths that a pattern, or one of several, matches: each once, in the order of their bytes.
  mutating func globItems(_ node: YAMLNode) -> ItemSource? {
    var elements = [node]
    if case .sequence(let sequence) = node { elements = sequence.elements }
    var paths: Set<String> = []
    var isComplete = true
    for element in elements {
      guard let pattern = knownText(element, "a pattern of paths", of: "'glob'"),
        let found = self.paths(pattern, SourceSpan(element.span))
      else {
        isComplete = false
        continue
      }
      paths.formUnion(found)
    }
    guard isComplete else { return nil }
    let sorted = paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return .list(sorted.map { .string($0) })
  }

  private mutating func paths(_ text: String, _ place: SourceSpan) -> Set<String>? {
    let pattern: GlobPattern
    do throws(GlobPattern.Fault) {
      pattern = try GlobPattern(text)
    } catch {
      switch error {
      case .unclosedBracket:
        report(
          .badGlob, "'[' in pattern \(text.quoted()) is not closed", at: place, label: #"write \[ for a '['"#)
      case .danglingBackslash:
        report(.badGlob, "pattern \(text.quoted()) ends in a backslash", at: place)
      }
      return nil
    }
    do throws(GlobPattern.Failure) {
      return try pattern.paths(in: folder, disk, limit: ManifestLoader.maximumInstances)
    } catch {
      switch error {
      case .unreadable(let path, let error):
        report(.unreadableFile, "cannot read folder \(path.quoted()): \(error)", at: place)
      case .notText(let path):
        report(.badGlob, "the name of \(path.quoted()) is not UTF-8, so it cannot be an item", at: place)
      case .tooMany:
        report(.tooManyInstances, "pattern \(text.quoted()) matches more than 2,000,000 paths", at: place)
      }
      return nil
    }
  }

  /// The lines of a file, without their ends; empty ones are none.
  mutating func lineItems(_ node: YAMLNode) -> ItemSource? {
    guard let path = knownPath(node, of: "'lines'"),
      let bytes = read(path, limitBytes: Self.maximumBytes, place: SourceSpan(node.span))
    else { return nil }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    // Once for the whole file: the pieces between line feeds are UTF-8 then.
    guard String(validating: text, as: UTF8.self) != nil else {
      reportNotUTF8(text, path, node)
      return nil
    }
    var items: [Value] = []
    text.withUnsafeBufferPointer { text in
      var start = 0
      while start < text.count {
        let end = text[start...].firstIndex(of: 0x0A) ?? text.count
        let hasReturn = end > start && text[end - 1] == 0x0D
        let line = UnsafeBufferPointer(rebasing: text[start..<(hasReturn ? end - 1 : end)])
        if !line.isEmpty { items.append(.string(String(decoding: line, as: UTF8.self))) }
        start = end + 1
      }
    }
    return .list(items)
  }

  private mutating func reportNotUTF8(_ text: ArraySlice<UInt8>, _ path: String, _ node: YAMLNode) {
    var line = 1
    for piece in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
      if String(validating: piece, as: UTF8.self) == nil { break }
      line += 1
    }
    report(
      .badItemsFile, "line \(line) of \(path.quoted()) is not UTF-8", at: SourceSpan(node.span),
      label: "items are text")
  }

  /// The elements of a list in a JSON file.
  /// - Parameter place: the path to the list, with dots; `nil` if it is the whole file.
  mutating func jsonItems(_ node: YAMLNode, at place: YAMLNode?) -> ItemSource? {
    let keys = place.map { knownText($0, "a path of keys", of: "'at'") }
    guard let path = knownPath(node, of: "'json'"),
      let bytes = read(path, limitBytes: Self.maximumBytes, place: SourceSpan(node.span))
    else { return nil }
    var value: Value
    do throws(JSONError) {
      value = try Value(json: bytes)
    } catch {
      report(error, in: bytes, path, node)
      return nil
    }
    if let keys {
      guard let keys else { return nil }
      let steps = keys.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
      guard let member = value.member(at: steps[...]) else {
        report(
          .badItemsFile, "\(path.quoted()) has nothing at \(keys.quoted())",
          at: SourceSpan((place ?? node).span),
          label: SpellingSuggestion.question(for: steps[0], in: value.objectValue?.keys ?? []))
        return nil
      }
      value = member
    }
    guard case .array(let items) = value else {
      report(
        .badItemsFile, "expected a list in \(path.quoted()), found \(value.kindDescription)",
        at: SourceSpan((place ?? node).span),
        label: place == nil ? "name the place of the list with 'at': {json: file, at: key}" : nil)
      return nil
    }
    return .list(items)
  }

  private mutating func report(_ error: JSONError, in bytes: [UInt8], _ path: String, _ node: YAMLNode) {
    guard let file = add(SourceFile(path: path, source: bytes)) else { return }
    let offset = error.offset ?? bytes.count
    let span = Self.span(of: offset..<min(offset + 1, bytes.count), in: bytes, file: file)
    report(
      .badItemsFile, "\(path.quoted()) is not JSON: \(error.words)", at: SourceSpan(node.span),
      secondary: [.init(span: span, text: "here")])
  }
}

extension JSONError {
  /// The error in words, without the place.
  fileprivate var words: String {
    switch self {
    case .unexpected(_, let expected): "expected \(expected)"
    case .unexpectedEnd: "it ends in the middle of a value"
    case .tooDeep(let limit, _): "nesting deeper than \(limit)"
    case .duplicateKey(let key, _): "key \(key.quoted()) stands twice in one mapping"
    case .numberOutOfRange: "number out of range"
    case .invalidUTF8: "text that is not UTF-8"
    }
  }
}
