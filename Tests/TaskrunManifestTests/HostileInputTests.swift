import TaskrunManifest
import TaskrunYAML
import Testing

/// Files made to hurt. Each has to be refused, with the right word, and without the time that the attack wants;
/// one that is not refused early makes the whole suite hang.
@Suite struct HostileInputTests {
  struct Attack: CustomTestStringConvertible {
    var name: String
    var source: @Sendable () -> String
    var code: DiagnosticCode
    var message: String
    var testDescription: String { name }
  }

  static let attacks: [Attack] = [
    .init(
      name: "brackets", source: { repeated("[", 160_000) }, code: .tooDeep, message: "nesting deeper than 64"),
    .init(
      name: "braces", source: { repeated("{", 160_000) }, code: .tooDeep, message: "nesting deeper than 64"),
    .init(
      name: "dashes", source: { repeated("- ", 100_000) }, code: .tooDeep, message: "nesting deeper than 64"),
    .init(
      name: "question marks", source: { repeated("? ", 100_000) }, code: .tooDeep,
      message: "nesting deeper than 64"),
    .init(
      name: "billion laughs", source: { laughs(levels: 9, width: 9) }, code: .aliasExpansion,
      message: "aliases expand to more than 100,000 nodes, at anchor 'e'"),
    .init(
      name: "many aliases", source: { "a: &a x\nb: [" + repeated("*a, ", 200_000) + "]\n" },
      code: .aliasExpansion,
      message: "aliases expand to more than 100,000 nodes, at anchor 'a'"),
    .init(
      name: "a chain of anchors deeper than the limit",
      source: { "x-a0: &a0 [x]\n" + (1...70).map { "x-a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined() },
      code: .tooDeep,
      message: "nesting deeper than 64"),
    .init(
      name: "many directives", source: { repeated("%TAG !a! tag:a\n", 40_000) }, code: .directive,
      message: "directives such as %YAML and %TAG are not supported"),
    .init(
      name: "many directives after the document",
      source: { "a: b\n...\n" + repeated("%TAG !a! tag:a\n", 40_000) },
      code: .secondDocument, message: "one document expected, a second starts here"),
    .init(
      name: "many unknown aliases", source: { "a: [" + repeated("*zz, ", 50_000) + "]\n" },
      code: .unknownAnchor,
      message: "unknown anchor 'zz'"),
    .init(
      name: "many unknown keys", source: { (0..<50_000).map { "key\($0): 1\n" }.joined() }, code: .unknownKey,
      message: "unknown key 'key0' in the manifest"),
    .init(
      name: "many unknown parameters",
      source: {
        "tasks: {t: {kind: io, uses: http.get, with: {" + (0..<20_000).map { "p\($0): 1, " }.joined() + "}}}"
      }, code: .unknownParameter, message: "unknown parameter 'p0' of 'http.get'"),
    .init(
      name: "many broken templates",
      source: { "tasks: {t: {kind: io, run: [x, '" + repeated("{{ a ", 50_000) + "']}}" },
      code: .unknownTemplateName,
      message: "unknown name 'a' in a template"),
    .init(
      name: "many open shell templates",
      source: { "tasks: {t: {kind: io, run: '{{ item }}" + repeated("{{item|", 50_000) + "'}}" },
      code: .templateInShell, message: "templates are not allowed in shell text"),
    .init(
      name: "many unknown needs",
      source: {
        "tasks: {t: {kind: io, run: [x], needs: [" + (0..<50_000).map { "u\($0), " }.joined() + "]}}"
      }, code: .unknownTask, message: "unknown task 'u0'"),
    .init(
      name: "a path of many names",
      source: { "tasks: {t: {kind: io, run: [x, '{{ tasks" + repeated(".a", 50_000) + " }}']}}" },
      code: .unknownTask, message: "unknown task '" + repeated("a.", 30) + "…'"),
    .init(
      name: "every task needs every task",
      source: {
        let names = (0..<300).map { "t\($0)" }
        let needs = "needs: [" + names.joined(separator: ", ") + "]"
        return "defaults: {kind: io, run: [x], \(needs)}\ntasks: {" + names.map { "\($0): {}, " }.joined()
          + "}"
      }, code: .dependencyCycle, message: "task 't0' needs itself"),
    .init(
      name: "an alias inside itself", source: { "a: &a [*a, *a]\n" }, code: .recursiveAnchor,
      message: "anchor 'a' contains itself"),
    .init(
      name: "a merge of itself", source: { "a: &a {<<: *a}\n" }, code: .recursiveAnchor,
      message: "anchor 'a' contains itself"),
  ]

  @Test("hostile files are refused", arguments: attacks)
  func refused(_ attack: Attack) {
    let diagnostics = rejection(of: attack.source()).diagnostics
    #expect(
      diagnostics.contains { $0.code == attack.code && $0.message == attack.message },
      "\(diagnostics.first as Any)")
  }

  @Test func aFileOverTheLimitIsRefusedBeforeItIsRead() {
    let bytes = [UInt8](repeating: 0x20, count: ManifestLoader.maximumBytes + 1)
    let rejected = rejection(of: bytes)
    #expect(rejected.diagnostics.map(\.code) == [.tooLarge])
    #expect(rejected.text() == "error[E0101]: file is larger than 64 MiB\n --> tasks.yaml:1:1\n\n")
  }

  @Test(
    "bytes that are not UTF-8 are told with their place",
    arguments: [
      [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE6, 0x97],
      [0xFF],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    let diagnostics = rejection(of: Array("a: b\nc: é".utf8) + bytes).diagnostics
    #expect(diagnostics.map(\.code) == [.notUTF8])
    #expect(diagnostics.first?.span.start == SourcePosition(line: 2, column: 5, offset: 10))
  }

  @Test(
    "other encodings are named",
    arguments: [
      ([0xFF, 0xFE, 0x61, 0], "UTF-16LE"), ([0xFE, 0xFF, 0, 0x61], "UTF-16BE"),
      ([0x61, 0, 0x62, 0], "UTF-16LE"),
      ([0, 0x61, 0, 0x62], "UTF-16BE"), ([0xFF, 0xFE, 0, 0], "UTF-32LE"), ([0, 0, 0xFE, 0xFF], "UTF-32BE"),
    ] as [([UInt8], String)])
  func encoding(bytes: [UInt8], name: String) {
    #expect(
      rejection(of: bytes).diagnostics.map(\.message) == ["manifest must be UTF-8, this looks like \(name)"])
  }

  @Test func aCommentCannotHideAKey() throws {
    let hidden = "tasks: {t: {kind: io, run: [x]}}\n# fine\u{2028}x-evil: 1\n"
    #expect(rejection(of: hidden).diagnostics.map(\.code) == [.hiddenLineBreak])
  }

  @Test func manyTasksLoad() throws {
    let source =
      "defaults: {kind: io}\ntasks:\n" + (0..<5000).map { "  t\($0): {run: [x, \"\($0)\"]}\n" }.joined()
    #expect(try load(source).tasks.count == 5000)
  }

  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  private static func laughs(levels: Int, width: Int) -> String {
    var text = "a: &a [\"lol\"" + repeated(", \"lol\"", width - 1) + "]\n"
    let names = Array("abcdefghijklmnop")
    for level in 1..<levels {
      let list = Array(repeating: "*\(names[level - 1])", count: width).joined(separator: ", ")
      text += "\(names[level]): &\(names[level]) [\(list)]\n"
    }
    return text
  }
}
