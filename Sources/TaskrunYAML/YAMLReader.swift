// Every call into libyaml is in this file. Only its event interface is used: the document interface needs
// quadratic time for anchors and builds what it has no bound for. This target turns bytes into a tree with
// marks and knows nothing of what a manifest means.
import CLibYAML

/// Reads YAML: bytes to a tree.
package enum YAMLReader {
  /// Reads a file of one document.
  ///
  /// A broken grammar ends the reading; everything else that is wrong is collected on the way.
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the number that all spans carry, for a caller that reads several; from 0 to
  ///     ``YAMLSpan/maximumFile``.
  /// - Returns: the tree and all faults. Without faults `root` is `nil` only for a file without a node.
  package static func read(_ bytes: [UInt8], file: Int = 0) -> YAMLDocument {
    var document = bytes.withUnsafeBufferPointer { buffer in
      let scan = YAMLPreScan(buffer)
      guard scan.faults.isEmpty else { return YAMLDocument(root: nil, faults: scan.faults) }
      var session = YAMLSession(buffer, file: file, textStart: scan.textStart, isASCII: scan.isASCII)
      return session.read()
    }
    // Those who find faults make spans in many places; nodes get theirs in one.
    document.faults = document.faults.map {
      YAMLError($0.fault, at: $0.span.inFile(file), secondary: $0.secondary?.inFile(file))
    }
    return document
  }
}

/// One parse. The buffer must outlive it.
private struct YAMLSession {
  let bytes: UnsafeBufferPointer<UInt8>
  let file: Int
  var cursor: YAMLMarkCursor
  var builder = YAMLTreeBuilder()

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: Int, textStart: Int, isASCII: Bool) {
    self.bytes = bytes
    self.file = file
    cursor = YAMLMarkCursor(bytes, textStart: textStart, isASCII: isASCII)
  }

  mutating func read() -> YAMLDocument {
    // libyaml keeps pointers into the parser, so it must not move.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else {
      return YAMLDocument(root: nil, faults: [YAMLError(.outOfMemory, at: .beginning)])
    }
    defer { yaml_parser_delete(parser) }
    let text = UnsafeBufferPointer(rebasing: bytes[cursor.textStart...])
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    // An empty file has no base address, and libyaml asserts that there is one.
    var nothing: UInt8 = 0
    let isComplete = withUnsafePointer(to: &nothing) { fallback in
      yaml_parser_set_input_string(parser, text.baseAddress ?? fallback, text.count)
      return readEvents(parser)
    }
    return YAMLDocument(
      root: isComplete ? builder.root : nil, faults: builder.faults, omittedFaults: builder.omittedFaults)
  }

  /// - Returns: whether the document was read to its end.
  private mutating func readEvents(_ parser: UnsafeMutablePointer<yaml_parser_t>) -> Bool {
    var event = yaml_event_t()
    while true {
      guard yaml_parser_parse(parser, &event) == 1 else {
        reportFailure(parser.pointee)
        return false
      }
      let type = event.type
      let canGoOn = handle(event)
      yaml_event_delete(&event)
      guard canGoOn else { return false }
      if type == YAML_DOCUMENT_END_EVENT || type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT {
        return true
      }
    }
  }

  /// - Returns: `false` to give up.
  private mutating func handle(_ event: yaml_event_t) -> Bool {
    switch event.type {
    case YAML_SCALAR_EVENT:
      scalar(event, at: span(of: event))
      return true
    case YAML_ALIAS_EVENT:
      return builder.alias(name(event.data.alias.anchor) ?? "", at: span(of: event))
    case YAML_SEQUENCE_START_EVENT:
      let data = event.data.sequence_start
      let span = span(of: event)
      refuse(tag: data.tag, at: span)
      let isFlow = data.style == YAML_FLOW_SEQUENCE_STYLE
      return builder.begin(.sequence, at: span, isFlow: isFlow, anchor: name(data.anchor))
    case YAML_MAPPING_START_EVENT:
      let data = event.data.mapping_start
      let span = span(of: event)
      refuse(tag: data.tag, at: span)
      let isFlow = data.style == YAML_FLOW_MAPPING_STYLE
      return builder.begin(.mapping, at: span, isFlow: isFlow, anchor: name(data.anchor))
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      let span = span(of: event)
      builder.end(at: span)
      // The end of a block collection is an empty span at the next token.
      if span.end.offset > span.start.offset { refuseGluedComment(at: span.end) }
      return true
    case YAML_DOCUMENT_END_EVENT:
      refuseSecondDocument(at: cursor.mark(event.end_mark))
      return true
    default:
      return true
    }
  }

  private mutating func scalar(_ event: yaml_event_t, at span: YAMLSpan) {
    let data = event.data.scalar
    refuse(tag: data.tag, at: span)
    let style: YAMLScalar.Style
    switch data.style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      style = .quoted
      refuseGluedComment(at: span.end)
    case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: style = .block
    default: style = .plain
    }
    let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
    builder.scalar(YAMLScalar(text: text, style: style, span: span), anchor: name(data.anchor))
  }

  private func name(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private mutating func span(of event: yaml_event_t) -> YAMLSpan {
    let start = cursor.mark(event.start_mark)
    return YAMLSpan(start: start, end: cursor.mark(event.end_mark), file: file)
  }

  private mutating func refuse(tag: UnsafeMutablePointer<yaml_char_t>?, at span: YAMLSpan) {
    if tag != nil { builder.report(.tag, at: span) }
  }

  private mutating func refuseGluedComment(at mark: YAMLMark) {
    if mark.offset < bytes.count, bytes[mark.offset] == UInt8(ascii: "#") {
      builder.report(.gluedComment, at: YAMLSpan(start: mark, end: mark.advanced(byASCII: 1)))
    }
  }

  /// Looks at what follows the document, without the parser: it would read directives first, in quadratic time.
  private mutating func refuseSecondDocument(at mark: YAMLMark) {
    var line = mark.line
    var lineStart = mark.offset - (mark.column - 1)
    var index = mark.offset
    while index < bytes.count {
      switch bytes[index] {
      case 0x0A, 0x0D:
        let isPair = bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
        index += isPair ? 2 : 1
        line += 1
        lineStart = index
      case 0x20, 0x09: index += 1
      case UInt8(ascii: "#"):
        while index < bytes.count, bytes[index] != 0x0A, bytes[index] != 0x0D { index += 1 }
      case UInt8(ascii: ".") where index == lineStart && bytes[index...].starts(with: "...".utf8):
        index += 3
      default:
        let start = YAMLMark(line: line, column: index - lineStart + 1, offset: index)
        builder.report(.secondDocument, at: YAMLSpan(at: start))
        return
      }
    }
  }

  private mutating func reportFailure(_ parser: yaml_parser_t) {
    guard parser.error != YAML_MEMORY_ERROR else {
      builder.report(.outOfMemory, at: .beginning)
      return
    }
    let hasContext = parser.context != nil
    let failure = YAMLFailure(
      problem: parser.problem.map { String(cString: $0) } ?? "not valid YAML",
      context: parser.context.map { String(cString: $0) } ?? "",
      place: cursor.mark(parser.problem_mark),
      contextPlace: hasContext ? cursor.mark(parser.context_mark) : nil,
      openBracket: builder.openBracket)
    guard let error = failure.error(in: bytes) else { return }
    // The rest of a line on which a template stands outside quotes is not worth a word of its own.
    let isExplained = builder.faults.contains {
      $0.fault == .unquotedTemplate && $0.span.start.line == failure.place.line
        || $0.fault == .unquotedTemplate && $0.span.start.line == error.span.start.line
    }
    if !isExplained { builder.report(error.fault, at: error.span, secondary: error.secondary) }
  }
}

/// Turns libyaml's marks, which count code points, into byte offsets.
///
/// Events come nearly in the order of the file, so that a step from the last place to the next is short.
private struct YAMLMarkCursor {
  let textStart: Int
  private let bytes: UnsafeBufferPointer<UInt8>
  private let isASCII: Bool
  private var index = 0
  private var offset: Int
  private var end: YAMLMark?

  init(_ bytes: UnsafeBufferPointer<UInt8>, textStart: Int, isASCII: Bool) {
    self.bytes = bytes
    self.textStart = textStart
    self.isASCII = isASCII
    offset = textStart
  }

  mutating func mark(_ mark: yaml_mark_t) -> YAMLMark {
    let offset = byteOffset(of: Int(mark.index))
    if offset == bytes.count, mark.column == 0, let end = unterminatedEnd(line: Int(mark.line)) { return end }
    return YAMLMark(line: Int(mark.line) + 1, column: Int(mark.column) + 1, offset: offset)
  }

  /// libyaml puts the end of a file on a line of its own, whether the last line has a break or not.
  private mutating func unterminatedEnd(line: Int) -> YAMLMark? {
    guard let last = bytes.last, last != 0x0A, last != 0x0D else { return nil }
    if let end { return end }
    var start = bytes.count
    while start > textStart, bytes[start - 1] != 0x0A, bytes[start - 1] != 0x0D { start -= 1 }
    let column = bytes[start...].count { $0 & 0xC0 != 0x80 } + 1
    end = YAMLMark(line: line, column: column, offset: bytes.count)
    return end
  }

  private mutating func byteOffset(of target: Int) -> Int {
    guard !isASCII else { return min(target + textStart, bytes.count) }
    while index < target, offset < bytes.count {
      offset += 1
      while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
      index += 1
    }
    while index > target, offset > textStart {
      offset -= 1
      while offset > textStart, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
      index -= 1
    }
    return offset
  }
}
