/// A node of a YAML document: aliases are resolved, merges are done, keys are unique text.
package enum YAMLNode: Sendable {
  /// Text.
  case scalar(YAMLScalar)
  /// A list.
  case sequence(YAMLSequence)
  /// A mapping.
  case mapping(YAMLMapping)
  /// Something that ``YAMLDocument/faults`` tells about; there is no need to complain again.
  case invalid(YAMLSpan)

  /// Where the node stands. For an alias: where its anchor's node stands.
  package var span: YAMLSpan {
    switch self {
    case .scalar(let scalar): scalar.span
    case .sequence(let sequence): sequence.span
    case .mapping(let mapping): mapping.span
    case .invalid(let span): span
    }
  }
}

/// Text in a YAML document. What type it has is the reader's business.
package struct YAMLScalar: Sendable, Hashable {
  /// How a scalar was written.
  package enum Style: Sendable, Hashable {
    /// Without quotes.
    case plain
    /// In single or double quotes.
    case quoted
    /// After `|` or `>`.
    case block
  }

  /// The text, escapes and line folding resolved.
  package var text: String
  /// How it was written.
  package var style: Style
  /// Where it stands, quotes included.
  package var span: YAMLSpan

  /// Makes a scalar.
  package init(text: String, style: Style, span: YAMLSpan) {
    self.text = text
    self.style = style
    self.span = span
  }
}

/// A list in a YAML document.
package struct YAMLSequence: Sendable {
  /// The elements in order.
  package var elements: [YAMLNode]
  /// From the first element, or the opening bracket, to the end of the last.
  package var span: YAMLSpan
}

/// A mapping in a YAML document.
package struct YAMLMapping: Sendable {
  /// One `key: value`.
  package struct Pair: Sendable {
    /// The key.
    package var key: YAMLScalar
    /// The value; an empty plain scalar where nothing was written.
    package var value: YAMLNode
  }

  /// The pairs in the order of the file, keys unique; those that came by `<<` stand last.
  package var pairs: [Pair]
  /// From the first key, or the opening brace, to the end of the last value.
  package var span: YAMLSpan
}

/// What a YAML file holds, and what is wrong with it.
package struct YAMLDocument: Sendable {
  /// The document; `nil` if the file is empty or could not be read to its end.
  package var root: YAMLNode?
  /// What is wrong, in the order in which it was found.
  package var faults: [YAMLError]
  /// How many more faults there are that ``faults`` does not hold.
  package var omittedFaults: Int

  /// Makes a document.
  package init(root: YAMLNode?, faults: [YAMLError], omittedFaults: Int = 0) {
    self.root = root
    self.faults = faults
    self.omittedFaults = omittedFaults
  }
}
