// One fault in each manifest. The tables are long on purpose: they are the list of what users can do wrong.
import TaskrunManifest
import Testing

/// A manifest with exactly one fault: from 1️⃣ to 2️⃣, the other place at 3️⃣.
struct FaultCase: CustomTestStringConvertible {
  var code: DiagnosticCode
  var source: String
  var message: String
  var label: String?

  init(_ code: DiagnosticCode, _ source: String, _ message: String, _ label: String? = nil) {
    self.code = code
    self.source = source
    self.message = message
    self.label = label
  }

  var testDescription: String { "\(code.rawValue) \(source.prefix(60))" }

  /// A manifest of one io task with these lines, which begin at column 5.
  static func task(_ code: DiagnosticCode, _ lines: String, _ message: String, _ label: String? = nil)
    -> FaultCase
  {
    FaultCase(code, "tasks:\n  t:\n    kind: io\n    " + lines, message, label)
  }

  static let all =
    yaml + shapes + keys + values + actions + items + templates + needs + results + policies + matrices

  static let yaml: [FaultCase] = [
    .init(
      .hiddenLineBreak, "# ok1️⃣\u{2028}2️⃣sh: evil\ntasks: {}", "line break U+2028, which editors do not show",
      "remove it"),
    .init(.hiddenLineBreak, "a: b1️⃣\u{85}2️⃣\n", "line break U+0085, which editors do not show", "remove it"),
    .init(
      .controlCharacter, "a:\n  日1️⃣\u{7}2️⃣\n", "control character U+0007",
      "remove it, or write it as an escape in double quotes"),
    .init(
      .controlCharacter, "a: 1️⃣\0", "control character U+0000",
      "remove it, or write it as an escape in double quotes"),
    .init(.strayByteOrderMark, "a: 1️⃣\u{FEFF}2️⃣b", "byte order mark U+FEFF inside the file", "remove it"),
    .init(
      .tooDeep, String(repeating: "[", count: 64) + "1️⃣" + String(repeating: "[", count: 100),
      "nesting deeper than 64"),
    .init(
      .directive, "# c\n\n1️⃣%YAML 1.2\n---\na: b", "directives such as %YAML and %TAG are not supported",
      "remove it"),
    .init(.tag, "x-a: 1️⃣!!str b2️⃣\n\(good)", "tags are not supported", "remove it"),
    .init(.tag, "a: 1️⃣!e!x b\n", "tags are not supported", "remove it"),
    .init(
      .secondDocument, "\(good)---\n1️⃣a: b\n".replacing("---\n1️⃣", with: "1️⃣---\n"),
      "one document expected, a second starts here"),
    .init(.secondDocument, "\(good)...\n# c\n1️⃣a: b\n", "one document expected, a second starts here"),
    .init(.syntax, "a: b1️⃣: c", "a ':' cannot stand here", "quote the text if the ':' belongs to it"),
    .init(.unclosedQuote, "a: 1\nb: 1️⃣\"2️⃣x\nc: 2\n3️⃣", "quoted text is never closed", "opened here"),
    .init(.unclosedBracket, "a: 1️⃣[2️⃣x, y\nb3️⃣: 2\n", "'[' is not closed, or a ',' is missing", "opened here"),
    .init(.unclosedBracket, "a: 1️⃣{2️⃣x: 1\n3️⃣", "'{' is not closed, or a ',' is missing", "opened here"),
    .init(.unclosedBracket, "a: [b, 1️⃣[2️⃣3️⃣", "'[' is not closed, or a ',' is missing", "opened here"),
    .init(.tabIndentation, "a:\n1️⃣\t2️⃣b: c\n", "tab used for indentation", "use spaces"),
    .init(.tabIndentation, "a:\n  b: c\n  1️⃣\td: e\n", "tab used for indentation", "use spaces"),
    .init(
      .missingColon, "a: 1\n1️⃣b\n3️⃣c: 2\n", "expected 'key: value', found no ':'",
      "a ': ' is missing behind this key"),
    .init(.badIndentation, "3️⃣a: [1]\n 1️⃣b: 2\n", "wrong indentation", "this line fits nothing above it"),
    .init(.needsQuotes, "a: 1️⃣@2️⃣b\n", "unquoted text cannot begin with '@'", "quote the text"),
    .init(.needsQuotes, "a: [1️⃣*.jpg]\n", "unquoted text cannot begin with '*'", "quote the text"),
    .init(
      .unknownEscape, #"a: "x1️⃣\d""#, "unknown escape in double-quoted text",
      #"write '\\' for a backslash, or use single quotes"#),
    .init(
      .unknownAnchor, "x-a: &base 1\nx-b: 1️⃣*bsae2️⃣\n\(good)", "unknown anchor 'bsae'", "did you mean 'base'?"),
    .init(.recursiveAnchor, "x-a: &a [1️⃣*a2️⃣]\n\(good)", "anchor 'a' contains itself"),
    .init(.badMerge, "x-a: {1️⃣<<2️⃣: 5}\n\(good)", "'<<' expects a mapping or a list of mappings"),
    .init(.badMerge, "x-a: {1️⃣<<2️⃣: [[1]]}\n\(good)", "'<<' expects a mapping or a list of mappings"),
    .init(.duplicateKey, "x-a: {3️⃣b: 1, 1️⃣b2️⃣: 2}\n\(good)", "duplicate key 'b'", "given again here"),
    .init(.complexKey, "x-a: {1️⃣[a]2️⃣: 2}\n\(good)", "a key must be text, found a list or a mapping"),
    .init(
      .keyTooLong, "x-a:\n  1️⃣\(String(repeating: "k", count: 1100)): 2\n\(good)",
      "key is longer than 1,024 characters"),
    .init(
      .keyTooLong, "x-a:\n  ? 1️⃣\(String(repeating: "k", count: 1100))2️⃣\n  : 2\n\(good)",
      "key is longer than 1,024 characters"),
    .init(.gluedComment, "x-a: \"v\"1️⃣#2️⃣c\n\(good)", "a comment needs a space before '#'", "put a space here"),
    .init(.gluedComment, "x-a: [v]1️⃣#2️⃣c\n\(good)", "a comment needs a space before '#'", "put a space here"),
    .task(
      .unquotedTemplate, "foreach: [1]\n    run: [echo, 1️⃣{{item}}2️⃣]\n", "a {{ }} value must be quoted",
      "put quotes around it"),
    .task(
      .unquotedTemplate, "foreach: [1]\n    run: [echo, a1️⃣{{item}}]\n", "a {{ }} value must be quoted",
      "put quotes around it"),
    .task(
      .unquotedTemplate, "uses: http.get\n    with:\n      url: 1️⃣{{ vars.a }}2️⃣/x\n",
      "a {{ }} value must be quoted",
      "put quotes around it"),
  ]

  static let good = "tasks: {t: {kind: io, run: [x]}}\n"

  static let shapes: [FaultCase] = [
    .init(.notAManifest, "1️⃣", "the file is empty: expected a mapping with 'tasks'"),
    .init(.notAManifest, "1️⃣# only\n\n# comments\n", "the file is empty: expected a mapping with 'tasks'"),
    .init(.notAManifest, "1️⃣null2️⃣\n", "the manifest is empty: expected a mapping with 'tasks'"),
    .init(.notAManifest, "1️⃣- a\n", "expected a mapping with 'tasks', found a list"),
    .init(.notAManifest, "1️⃣text2️⃣\n", "expected a mapping with 'tasks', found text 'text'"),
    .init(.noTasks, "1️⃣vars: {a: 1}\n", "the manifest has no 'tasks'"),
    .init(.noTasks, "1️⃣tasks2️⃣:\n", "'tasks' is empty", "add a task below"),
    .init(.noTasks, "1️⃣tasks2️⃣: {}\n", "'tasks' is empty", "add a task"),
    .init(.wrongShape, "tasks:\n  1️⃣- a\n", "expected a mapping as 'tasks', found a list"),
    .init(.wrongShape, "tasks:\n  t: 1️⃣echo hi2️⃣\n", "expected a mapping as task 't', found text 'echo hi'"),
    .init(.wrongShape, "vars: 1️⃣[]2️⃣\n\(good)", "expected a mapping as 'vars', found a list"),
    .task(.wrongShape, "run: 1️⃣{a: b}2️⃣\n", "expected a list or shell text as 'run', found a mapping"),
    .task(.wrongShape, "run: [echo, 1️⃣[a]2️⃣]\n", "expected text as an argument, found a list"),
    .task(.wrongShape, "run: [x]\n    env: {A: 1️⃣[a]2️⃣}\n", "expected text as the value of 'A', found a list"),
    .task(.wrongShape, "run: [x]\n    tags: 1️⃣{a: b}2️⃣\n", "expected text as 'tags', found a mapping"),
    .task(
      .wrongShape, "run: [x]\n    foreach: 1️⃣a2️⃣\n",
      "expected a list or a mapping such as {range: [0, 10]} as 'foreach', found text 'a'"),
    .task(
      .wrongShape, "run: [x]\n    foreach: 1️⃣{}2️⃣\n",
      "expected a list or {range: [0, 10]} as 'foreach', found a mapping"),
    .task(
      .emptyText, "run: [x]\n    env: {A: 1️⃣null2️⃣}\n", "the value of 'A' is empty: expected text",
      #"write "" for empty text"#),
    .task(
      .emptyText, "run: [x]\n    env:\n      A:1️⃣\n", "the value of 'A' is empty: expected text",
      #"write "" for empty text"#),
    .task(.emptyText, "run: [x]\n    dir: 1️⃣\"\"2️⃣\n", "'dir' is empty: expected a path"),
  ]
}
