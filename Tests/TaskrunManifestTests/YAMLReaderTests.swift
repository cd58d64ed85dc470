import TaskrunYAML
import Testing

@Suite struct YAMLReaderTests {
  @Test(
    "the tree has what the text says",
    arguments: [
      ("a: b", "{a: b}"), ("- a\n- [b, c]\n- {d: e}", "[a, [b, c], {d: e}]"),
      ("a: |\n  x\n  y\nb: >\n  x\n  y\n", "{a: |x\ny\n|, b: |x y\n|}"),
      ("a: 'x''y'\nb: \"\\u00e9\\t\"", "{a: \"x'y\", b: \"é\t\"}"),
      ("a:\nb: ''", "{a: , b: \"\"}"), ("a: &x [1, 2]\nb: *x", "{a: [1, 2], b: [1, 2]}"),
      ("a: &x k\n*x : v", "{a: k, k: v}"), ("a: &x 1\nb: &x 2\nc: *x", "{a: 1, b: 2, c: 2}"),
      ("a: &m {p: 1, q: 2}\nb: {<<: *m, q: 3}", "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}"),
      ("b: {<<: [{p: 1, q: 2}, {q: 3, r: 4}]}", "{b: {p: 1, q: 2, r: 4}}"), ("b: {'<<': 1}", "{b: {<<: 1}}"),
      ("a: &m {p: 1}\nb: &n {<<: *m, q: 2}\nc: {<<: *n}", "{a: {p: 1}, b: {q: 2, p: 1}, c: {q: 2, p: 1}}"),
      ("\u{FEFF}a: b", "{a: b}"), ("a: b\r\nc: |\r\n  x\r\n  y\r\n", "{a: b, c: |x\ny\n|}"),
      ("a: b\rc: d\r", "{a: b, c: d}"),
      ("---\na: b\n...\n# end\n...\n", "{a: b}"),
      ("? a\n: b", "{a: b}"), ("text", "text"),
    ])
  func tree(source: String, expected: String) {
    let document = YAMLReader.read(Array(source.utf8))
    #expect(document.faults.isEmpty)
    #expect(document.root.map { describe($0) } == expected)
  }

  @Test func anEmptyFileHasNoRoot() {
    for source in ["", "\n\n", "# c\n", "\u{FEFF}"] {
      let document = YAMLReader.read(Array(source.utf8))
      #expect(document.root == nil && document.faults.isEmpty)
    }
  }

  @Test(
    "marks count lines, code points and bytes",
    arguments: ["", "\u{FEFF}"], ["\n", "\r\n", "\r"])
  func marks(prefix: String, lineBreak: String) throws {
    let lines = ["é: 日本", "b:", "  - \"😀é\"", "  - {k: v, \"é\": w}", ""]
    let source = prefix + lines.joined(separator: lineBreak)
    let root = try #require(YAMLReader.read(Array(source.utf8)).root)
    guard case .mapping(let top) = root, case .sequence(let list) = top.pairs[1].value,
      case .mapping(let inner) = list.elements[1]
    else {
      Issue.record("unexpected tree")
      return
    }
    let spans = [
      top.pairs[0].key.span, top.pairs[0].value.span, top.pairs[1].key.span, list.span, list.elements[0].span,
      inner.span, inner.pairs[1].key.span, inner.pairs[1].value.span,
    ]
    let places = spans.map { "\($0.start.line):\($0.start.column)-\($0.end.line):\($0.end.column)" }
    #expect(
      places == [
        "1:1-1:2", "1:4-1:6", "2:1-2:2", "3:3-4:19", "3:5-3:9", "4:5-4:19", "4:12-4:15", "4:17-4:18",
      ])
    for span in spans {
      let bytes = Array(source.utf8)
      let before = String(decoding: bytes[..<span.start.offset], as: UTF8.self)
      let line =
        before.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }.last ?? ""
      #expect(line.unicodeScalars.filter { $0 != "\u{FEFF}" }.count + 1 == span.start.column)
    }
    let texts = spans.map {
      String(decoding: Array(source.utf8)[$0.start.offset..<$0.end.offset], as: UTF8.self)
    }
    #expect(texts[0] == "é" && texts[1] == "日本" && texts[4] == "\"😀é\"" && texts[6] == "\"é\"")
  }

  @Test func anErrorDoesNotHideWhatWasFoundBefore() {
    let document = YAMLReader.read(Array("a: *x\nb: !t y\nc: [".utf8))
    #expect(document.root == nil)
    #expect(
      document.faults.map(\.fault) == [.unknownAnchor(name: "x", known: []), .tag, .unclosedBracket("[")])
  }

  private func describe(_ node: YAMLNode) -> String {
    switch node {
    case .scalar(let scalar):
      switch scalar.style {
      case .plain: scalar.text
      case .quoted: "\"\(scalar.text)\""
      case .block: "|\(scalar.text)|"
      }
    case .sequence(let list): "[" + list.elements.map { describe($0) }.joined(separator: ", ") + "]"
    case .mapping(let mapping):
      "{" + mapping.pairs.map { "\($0.key.text): \(describe($0.value))" }.joined(separator: ", ") + "}"
    case .invalid: "invalid"
    }
  }
}
