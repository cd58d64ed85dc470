import TaskrunManifest
import Testing

/// What people see, compared whole.
@Suite struct DiagnosticTextTests {
  @Test func anUnknownKeyLooksAsTheContractSays() {
    let filler = String(repeating: "# filler\n", count: 26)
    let source = filler + "tasks:\n  report:\n    kind: io\n    run: [x]\n    need: [count]\n"
    #expect(
      rejection(of: source).text() == """
        error[E0211]: unknown key 'need' in task 'report'
          --> tasks.yaml:31:5
           |
        31 |     need: [count]
           |     ^^^^ did you mean 'needs'?


        """)
  }

  @Test func twoPlacesAreShownInTheOrderOfTheFile() {
    let source = "tasks:\n  t:\n    kind: io\n    env:\n      A: b\n    run: [x]\n    # c\n    kind: cpu\n"
    #expect(
      rejection(of: source).text() == """
        error[E0122]: duplicate key 'kind'
         --> tasks.yaml:8:5
          |
        3 |     kind: io
          |     ---- first given here
        ...
        8 |     kind: cpu
          |     ^^^^ given again here


        """)
  }

  @Test func twoPlacesOnOneLineShareIt() {
    #expect(
      rejection(of: "tasks: {t: {kind: io, run: [x], kind: io}}\n").text() == """
        error[E0122]: duplicate key 'kind'
         --> tasks.yaml:1:33
          |
        1 | tasks: {t: {kind: io, run: [x], kind: io}}
          |             ---- first given here
          |                                 ^^^^ given again here


        """)
  }

  @Test func anUnclosedQuotePointsAtItsBeginning() {
    let source =
      "tasks:\n  t:\n    kind: io\n    run: \"echo hi\n" + String(repeating: "    # more\n", count: 96)
    #expect(
      rejection(of: source).text() == """
        error[E0111]: quoted text is never closed
           --> tasks.yaml:4:10
            |
          4 |     run: "echo hi
            |          ^ opened here
        ...
        101 |
            | - the file ends here


        """)
  }

  @Test func aShellTemplateIsRewritten() {
    let source = "tasks:\n  t:\n    kind: io\n    foreach: [a]\n    run: |\n      echo {{ item }}\n"
    #expect(
      rejection(of: source).text() == """
        error[E0301]: templates are not allowed in shell text
         --> tasks.yaml:6:12
          |
        6 |       echo {{ item }}
          |            ^^^^^^^^^^ write "$item" instead
          = note: values reach shell text as environment variables, so that data never becomes code


        """)
  }

  @Test func anUnquotedTemplateIsExplained() {
    #expect(
      rejection(of: "tasks:\n  t:\n    kind: io\n    foreach: [a]\n    run: [echo, {{item}}]\n").text() == """
        error[E0125]: a {{ }} value must be quoted
         --> tasks.yaml:5:17
          |
        5 |     run: [echo, {{item}}]
          |                 ^^^^^^^^ put quotes around it
          = note: outside quotes YAML reads '{{ item }}' as a mapping inside a mapping; write "{{ item }}"


        """)
  }

  @Test func anEmptyFileHasNoLineToShow() {
    #expect(
      rejection(of: "").text() == """
        error[E0201]: the file is empty: expected a mapping with 'tasks'
         --> tasks.yaml:1:1
          = note: the smallest manifest: tasks: {hello: {kind: io, run: echo hello}}


        """)
  }

  @Test func bytesOfAnotherEncodingAreNotShown() {
    let utf16: [UInt8] = [0xFF, 0xFE] + "tasks:".utf8.flatMap { [$0, 0] }
    #expect(
      rejection(of: utf16).text() == """
        error[E0102]: manifest must be UTF-8, this looks like UTF-16LE
         --> tasks.yaml:1:1


        """)
  }

  @Test func caretsStandUnderTheDisplayedColumn() {
    #expect(
      rejection(of: "tasks: {\"日本語\":\t{kind: io, run: [x], 'é́x': 1}}\n").text() == """
        error[E0213]: '日本語' cannot be the name of a task
         --> tasks.yaml:1:9
          |
        1 | tasks: {"日本語":   {kind: io, run: [x], 'é́x': 1}}
          |         ^^^^^^^^
          = note: a name has letters, digits, '_', '.' and '-', and begins with a letter, a digit or '_'

        error[E0211]: unknown key 'é́x' in task '日本語'
         --> tasks.yaml:1:37
          |
        1 | tasks: {"日本語":   {kind: io, run: [x], 'é́x': 1}}
          |                                          ^^^^
          = note: known: \(taskKeys)


        """)
  }

  @Test func nothingReachesTheTerminalAsAControlSequence() {
    let text = rejection(of: "tasks: {\"a\\e[31m\\u202eb\": {kind: io, run: [x]}}\n# \u{202E} \u{200F}\n")
      .text()
    #expect(text.hasPrefix("error[E0213]: 'a\\u{1b}[31m\\u{202e}b' cannot be the name of a task\n"))
    let controls = rejection(of: "tasks: \u{1B}]52;c;x\u{7}\n").text()
    #expect(controls.contains("1 | tasks: \\u{1b}]52;c;x\\u{7}\n  |        ^^^^^^ remove it"))
    #expect(
      (text + controls).unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F })
  }

  @Test func longLinesAreCutAroundThePlace() {
    let value = String(repeating: "x", count: 300)
    let source = "tasks: {t: {description: \(value), kind: oi, run: [\(value)]}}\n"
    #expect(
      rejection(of: source).text() == """
        error[E0215]: expected io or cpu as 'kind', found 'oi'
         --> tasks.yaml:1:334
          |
        1 | …\(String(repeating: "x", count: 52)), kind: oi, run: [\(String(repeating: "x", count: 71))…
          | \(String(repeating: " ", count: 61))^^ did you mean 'io'?


        """)
  }

  @Test func theFilesNameIsSanitisedToo() throws {
    let rejected = ManifestRejected(
      diagnostics: [Diagnostic(.noTasks, "m", at: .beginning)],
      files: [SourceFile(path: "a\u{1B}b", source: Array("x\n".utf8))])
    #expect(rejected.text().contains(" --> a\\u{1b}b:1:1\n"))
  }

  @Test func placesInOtherFilesFollowWithTheirPathsAndLines() {
    func span(_ file: Int, _ line: Int, _ offset: Int, _ length: Int) -> SourceSpan {
      SourceSpan(
        start: SourcePosition(line: line, column: 3, offset: offset, file: file),
        end: SourcePosition(line: line, column: 3 + length, offset: offset + length, file: file))
    }
    let rejected = ManifestRejected(
      diagnostics: [
        Diagnostic(
          .noTasks, "m", at: span(1, 2, 8, 4), label: "primary", notes: ["n"],
          secondary: [
            .init(span: span(0, 11, 2, 1), text: "root"), .init(span: span(1, 1, 2, 3), text: "same file"),
          ])
      ],
      files: [
        SourceFile(path: "a.yaml", source: Array("  x: 1\n".utf8)),
        SourceFile(path: "b/c.yaml", source: Array("  one\n  text\n".utf8)),
      ])
    #expect(
      rejected.text() == """
        error[E0202]: m
          --> b/c.yaml:2:3
           |
         1 |   one
           |   --- same file
         2 |   text
           |   ^^^^ primary
          ::: a.yaml:11:3
           |
        11 |   x: 1
           |   - root
           = note: n


        """)
  }

  @Test func coloursChangeNothingButColours() {
    let rejected = rejection(of: "tasks:\n")
    let colored = rejected.text(isColored: true)
    #expect(colored.hasPrefix("\u{1B}[1;31merror[E0202]\u{1B}[0m: \u{1B}[1m'tasks' is empty\u{1B}[0m\n"))
    #expect(colored.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") == rejected.text())
  }

  private var taskKeys: String {
    "description, tags, kind, run, uses, with, foreach, env, dir, stdin, timeout, grace, output_limit, needs, "
      + "matrix, env_file, retry, allow_failure, if, limits, cpus, outputs"
  }
}
