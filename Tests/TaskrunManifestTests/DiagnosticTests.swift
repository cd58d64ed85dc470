import Foundation
import TaskrunAPI
import TaskrunManifest
import TaskrunYAML
import TestSupport
import Testing

@Suite struct DiagnosticTests {
  @Test("each fault is told once, at its place", arguments: FaultCase.all)
  func placeAndWords(of fault: FaultCase) throws {
    let marked = MarkedText(fault.source)
    let rejected = rejection(of: marked.bytes)
    try #require(rejected.diagnostics.count == 1, "\(rejected)")
    let diagnostic = rejected.diagnostics[0]
    #expect(diagnostic.code == fault.code)
    #expect(diagnostic.message == fault.message)
    #expect(diagnostic.label == fault.label)
    #expect(diagnostic.span.start == marked.marks["1️⃣"])
    if let end = marked.marks["2️⃣"] { #expect(diagnostic.span.end == end) }
    #expect(diagnostic.secondary.first?.span.start == marked.marks["3️⃣"])
  }

  @Test func everyCodeIsProducedByATest() {
    var codes = Set(FaultCase.all.map(\.code))
    // These need other bytes than a table of texts has; tests of their own make them. No test can run the
    // parser out of memory.
    codes.formUnion([.tooLarge, .notUTF8, .aliasExpansion, .outOfMemory])
    // Those of several files are in the tests of what reads them.
    codes.formUnion([
      .unreadableFile, .includeCycle, .includeTooDeep, .duplicateTask, .badEnvironmentFile, .badItemsFile,
      .badGlob,
      .visibleSecret, .lateSecret, .twoForms, .limitConflict,
    ])
    #expect(DiagnosticCode.allCases.filter { !codes.contains($0) }.isEmpty)
  }

  @Test func theDocumentedCodesAreTheCodes() throws {
    let text = try Repository.text("docs/diagnostics.md")
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `E") }
    #expect(rows.map { String($0) } == DiagnosticCode.allCases.map { "| `\($0.rawValue)` | \($0.summary) |" })
  }

  @Test func allFaultsOfOnePassAreToldInTheOrderOfTheFile() {
    let source = """
      taks: 1
      pools: {io: 0}
      x-a: {b: 1, b: 2}
      env: {1A: x}
      defaults: {timeout: 5}
      tasks:
        a/b: {kind: io, run: [x]}
        c: {kind: disk, run: [x]}
        d: {kind: io}
        e: {kind: io, uses: nope}
        f: {kind: io, uses: http.get, with: {urk: a}}
        g: {kind: io, run: "echo {{ item }}"}
        h: {kind: io, run: [x, "{{ vars.z }}"]}
      """
    let codes: [DiagnosticCode] = [
      .unknownKey, .badPoolSize, .duplicateKey, .badVariableName, .badDuration, .badTaskName, .badKind,
      .noAction,
      .unknownTaskType, .missingParameter, .unknownParameter, .templateInShell, .undefinedVariable,
    ]
    #expect(rejection(of: source).diagnostics.map(\.code) == codes)
  }

  @Test(
    "a misspelt key is not missing besides",
    arguments: [
      "taskss: {t: {kind: io, run: [x]}}", "tasks: {t: {kind: io, rn: [x]}}",
      "tasks: {t: {kind: io, usse: math.primes}}", "tasks: {t: {knd: io, run: [x]}}",
      "defaults: {knd: io}\ntasks: {t: {run: [x]}}",
    ])
  func misspeltKey(source: String) {
    #expect(rejection(of: source).diagnostics.map(\.code) == [.unknownKey])
  }

  @Test func anUnknownKeyDoesNotHideWhatIsMissing() {
    let codes = rejection(of: "tasks: {t: {frobnicate: io}}").diagnostics.map(\.code)
    #expect(Set(codes) == [.unknownKey, .missingKind, .noAction])
  }

  @Test func fiftyFaultsAreShownAndTheOthersCounted() {
    let tasks = (0..<62).map { "  t\($0): {kind: io, run: [x], foo\($0)bar: 1}\n" }.joined()
    let rejected = rejection(of: "tasks:\n" + tasks)
    #expect(rejected.diagnostics.count == 50)
    #expect(rejected.omitted == 12)
    #expect(rejected.text().hasSuffix("\n\n12 more errors\n"))
  }

  @Test func aFaultInDefaultsIsToldOnceForAllTasks() {
    let source = """
      defaults: {kind: io, run: [x, "{{ item }}"]}
      tasks: {a: {foreach: [1]}, b: {run: [y]}, c: {}}
      """
    let rejected = rejection(of: source)
    #expect(rejected.diagnostics.map(\.message) == ["'item' in task 'c', which has no 'foreach'"])
  }

  @Test func jsonHasTheSameFacts() throws {
    let rejected = rejection(of: "tasks:\n  é: {}\n  t: {kind: io, run: [x], run: [y]}\n")
    let json = rejected.json
    let list = try #require(json.objectValue?["diagnostics"]?.arrayValue)
    #expect(
      list.last?.jsonText == """
        {"code":"E0122","severity":"error","message":"duplicate key 'run'","file":"tasks.yaml","line":3,\
        "column":27,"offset":42,"length":3,"help":"given again here","notes":[],"related":\
        [{"message":"first given here","file":"tasks.yaml","line":3,"column":17,"offset":32,"length":3}]}
        """)
    #expect(json.objectValue?["omitted"] == 0)
    #expect(list.first?.objectValue?["code"] == "E0213")
  }

  @Test(
    "a suggestion is near or absent",
    arguments: [
      ("need", ["needs", "kind"], "needs"), ("KIND", ["needs", "kind"], "kind"), ("zz", ["io", "cpu"], nil),
      ("timoeut", ["timeout"], "timeout"), ("depend_on", ["depends_on"], "depends_on"), ("", ["a"], nil),
      ("a", ["b"], nil),
    ] as [(String, [String], String?)])
  func suggestion(word: String, known: [String], expected: String?) {
    #expect(SpellingSuggestion.nearest(to: word, in: known) == expected)
  }
}
