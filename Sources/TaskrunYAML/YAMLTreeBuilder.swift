/// Makes the tree from the parser's events, one at a time and without recursion: resolves aliases and merges,
/// refuses what the dialect does not have.
struct YAMLTreeBuilder {
  /// The finished document.
  private(set) var root: YAMLNode?
  /// What is wrong so far.
  private(set) var faults: [YAMLError] = []
  /// How many faults were counted only.
  private(set) var omittedFaults = 0

  private var frames: [Frame] = []
  private var anchors: [String: Anchor] = [:]
  private var anchorNames: [String] = []
  private var aliasNodes = 0

  /// Adds a fault, or counts it where there are too many.
  mutating func report(_ fault: YAMLError.Fault, at span: YAMLSpan, secondary: YAMLSpan? = nil) {
    if faults.count < YAMLLimits.faults {
      faults.append(YAMLError(fault, at: span, secondary: secondary))
    } else {
      omittedFaults += 1
    }
  }

  /// A scalar was read.
  mutating func scalar(_ scalar: YAMLScalar, anchor: String?) {
    let built = Built(node: .scalar(scalar), count: 1, height: 0)
    if let anchor { bind(anchor, .closed(built)) }
    add(built, at: scalar.span)
  }

  /// An alias was read.
  /// - Returns: `false` if aliases have become too many to go on.
  mutating func alias(_ name: String, at span: YAMLSpan) -> Bool {
    var built = Built(node: .invalid(span), count: 1, height: 0)
    switch anchors[name] {
    case nil: report(.unknownAnchor(name: name, known: anchorNames), at: span)
    case .open: report(.recursiveAnchor(name: name), at: span)
    case .closed(let target):
      aliasNodes += target.count
      guard aliasNodes <= YAMLLimits.aliasNodes else {
        report(.aliasExpansion(name: name, limit: YAMLLimits.aliasNodes), at: span)
        return false
      }
      if frames.count + target.height > YAMLLimits.depth {
        report(.tooDeep(limit: YAMLLimits.depth), at: span)
      } else {
        built = target
      }
    }
    add(built, at: span)
    return true
  }

  /// A list or a mapping begins.
  /// - Returns: `false` if it is one level too deep.
  mutating func begin(_ shape: Shape, at span: YAMLSpan, isFlow: Bool, anchor: String?) -> Bool {
    guard frames.count < YAMLLimits.depth else {
      report(.tooDeep(limit: YAMLLimits.depth), at: YAMLSpan(start: span.start, end: span.start))
      return false
    }
    if let anchor { bind(anchor, .open) }
    frames.append(Frame(shape: shape, start: span.start, lastEnd: span.end, isFlow: isFlow, anchor: anchor))
    return true
  }

  /// The innermost list or mapping ends.
  mutating func end(at span: YAMLSpan) {
    guard var frame = frames.popLast() else { return }
    if frame.isFlow { frame.lastEnd = span.end }
    let whole = YAMLSpan(start: frame.start, end: frame.lastEnd, file: span.file)
    let node: YAMLNode
    if frame.isBroken {
      node = .invalid(whole)
    } else {
      switch frame.shape {
      case .sequence: node = .sequence(YAMLSequence(elements: frame.elements, span: whole))
      case .mapping:
        dropDuplicates(&frame.pairs)
        if frame.hasMerge { merge(&frame.pairs) }
        node = .mapping(YAMLMapping(pairs: frame.pairs, span: whole))
      }
    }
    let built = Built(node: node, count: frame.count, height: frame.height)
    if let anchor = frame.anchor { bind(anchor, .closed(built)) }
    if isUnquotedTemplate(frame) {
      frames[frames.count - 1].isBroken = true
      let first = frames[frames.count - 1].start
      report(.unquotedTemplate, at: YAMLSpan(start: first, end: frame.lastEnd.advanced(byASCII: 1)))
    }
    add(built, at: whole)
  }

  /// The bracket that was opened last and is not closed, if the innermost list or mapping has one.
  var openBracket: (character: Character, mark: YAMLMark)? {
    guard let frame = frames.last, frame.isFlow else { return nil }
    return (frame.shape == .sequence ? "[" : "{", frame.start)
  }

  /// `{{item}}` arrives as a flow mapping that is the first key of a flow mapping, brace at brace.
  private func isUnquotedTemplate(_ frame: Frame) -> Bool {
    guard let parent = frames.last, parent.shape == .mapping, parent.isFlow, frame.isFlow else {
      return false
    }
    return frame.shape == .mapping && parent.pendingKey == nil
      && parent.start.offset + 1 == frame.start.offset
  }

  private mutating func add(_ built: Built, at span: YAMLSpan) {
    guard !frames.isEmpty else {
      root = built.node
      return
    }
    let top = frames.count - 1
    frames[top].count += built.count
    frames[top].height = max(frames[top].height, built.height + 1)
    frames[top].lastEnd = span.end
    switch (frames[top].shape, frames[top].pendingKey) {
    case (.sequence, _): frames[top].elements.append(built.node)
    case (.mapping, nil): frames[top].pendingKey = key(built.node, at: span)
    case (.mapping, .text(let key)):
      frames[top].pairs.append(.init(key: key, value: built.node))
      frames[top].pendingKey = nil
    case (.mapping, .unusable): frames[top].pendingKey = nil
    }
  }

  private mutating func key(_ node: YAMLNode, at span: YAMLSpan) -> PendingKey {
    guard case .scalar(var scalar) = node else {
      if case .invalid = node {
      } else if !frames[frames.count - 1].isBroken {
        report(.complexKey, at: span)
      }
      return .unusable
    }
    // A key that is an alias stands where the alias does.
    scalar.span = span
    if scalar.text.utf8.count > YAMLLimits.keyLength,
      scalar.text.unicodeScalars.count > YAMLLimits.keyLength
    {
      report(.keyTooLong(limit: YAMLLimits.keyLength), at: span)
      return .unusable
    }
    if scalar.isMergeKey { frames[frames.count - 1].hasMerge = true }
    return .text(scalar)
  }

  private mutating func dropDuplicates(_ pairs: inout [YAMLMapping.Pair]) {
    guard pairs.count > 1 else { return }
    var duplicates: [Int] = []
    var firsts: [Int] = []
    if pairs.count <= 8 {
      for index in 1..<pairs.count {
        guard let first = (0..<index).first(where: { pairs[$0].key.text == pairs[index].key.text }) else {
          continue
        }
        duplicates.append(index)
        firsts.append(first)
      }
    } else {
      var places = [String: Int](minimumCapacity: pairs.count)
      for index in pairs.indices {
        if let first = places[pairs[index].key.text] {
          duplicates.append(index)
          firsts.append(first)
        } else {
          places[pairs[index].key.text] = index
        }
      }
    }
    for (index, first) in zip(duplicates, firsts) {
      let key = pairs[index].key
      report(.duplicateKey(key.text), at: key.span, secondary: pairs[first].key.span)
    }
    guard !duplicates.isEmpty else { return }
    let dropped = Set(duplicates)
    pairs = pairs.indices.filter { !dropped.contains($0) }.map { pairs[$0] }
  }

  /// Appends what `<<` brings: a key of the mapping's own wins, then the one of the earlier mapping.
  private mutating func merge(_ pairs: inout [YAMLMapping.Pair]) {
    guard let index = pairs.firstIndex(where: { $0.key.isMergeKey }) else { return }
    let merged = pairs.remove(at: index)
    var sources: [YAMLNode] = [merged.value]
    if case .sequence(let list) = merged.value { sources = list.elements }
    var taken = Set(pairs.map(\.key.text))
    for source in sources {
      switch source {
      case .mapping(let mapping):
        for pair in mapping.pairs where taken.insert(pair.key.text).inserted { pairs.append(pair) }
      case .scalar, .sequence: report(.badMerge, at: merged.key.span)
      case .invalid: break
      }
    }
  }

  private mutating func bind(_ name: String, _ anchor: Anchor) {
    // Enough names to find the one that was meant; a hostile file has millions.
    if anchors.updateValue(anchor, forKey: name) == nil, anchorNames.count < 100 { anchorNames.append(name) }
  }
}

extension YAMLTreeBuilder {
  /// What a collection is.
  enum Shape {
    case sequence
    case mapping
  }

  /// A finished node, and what is needed to bound its aliases.
  private struct Built {
    var node: YAMLNode
    /// How many nodes it has, aliases expanded.
    var count: Int
    /// How many collections stand inside one another in it.
    var height: Int
  }

  private enum Anchor {
    case open
    case closed(Built)
  }

  private enum PendingKey: Equatable {
    case text(YAMLScalar)
    case unusable
  }

  /// A list or mapping that has begun and not ended.
  private struct Frame {
    let shape: Shape
    let start: YAMLMark
    var lastEnd: YAMLMark
    let isFlow: Bool
    let anchor: String?
    var elements: [YAMLNode] = []
    var pairs: [YAMLMapping.Pair] = []
    var pendingKey: PendingKey?
    var hasMerge = false
    var isBroken = false
    var count = 1
    var height = 1
  }
}

extension YAMLScalar {
  fileprivate var isMergeKey: Bool { style == .plain && text == "<<" }
}
