import TaskrunAPI
import TaskrunEngine
import TaskrunExecution
import TaskrunManifest
import Testing

/// What a command that has succeeded returns.
@Suite struct CommandValueTests {
  private static func result(_ text: String, _ format: TaskDefinition.OutputFormat) -> Result<Value, Words> {
    result(CapturedOutput(head: Array(text.utf8)), format)
  }

  private static func result(
    _ stdout: CapturedOutput, _ format: TaskDefinition.OutputFormat
  ) -> Result<Value, Words> {
    switch CommandValue(of: stdout, as: format, limitBytes: 8).result {
    case .succeeded(let value): .success(value)
    case .failed(let reason, let error): .failure(Words("\(reason.rawValue) \(error.type): \(error.message)"))
    }
  }

  /// How it failed.
  private struct Words: Error, Equatable {
    let text: String
    init(_ text: String) { self.text = text }
  }

  @Test(arguments: [("", ""), ("a\n", "a"), ("a\n\n", "a\n"), ("{\"a\": 1}\n", "{\"a\": 1}")])
  func textIsTheOutputWithoutTheLastNewline(stdout: String, text: String) {
    #expect(Self.result(stdout, .text) == .success(.string(text)))
  }

  @Test func jsonIsTheValueItself() {
    #expect(Self.result(" {\"a\": [1, 2.5, null]}\n", .json) == .success(["a": [1, 2.5, .null]]))
    #expect(Self.result("7", .json) == .success(7))
  }

  @Test(arguments: [
    ("", "it is empty"), ("{\"a\": }", "line 1, column 7: expected a value"),
    ("[1,\n \"ü\", x]", "line 2, column 7: expected a value"),
    ("[1", "line 1, column 3: it ends in the middle of a value"),
    ("1 2", "line 1, column 3: expected the end"),
    ("{\"a\":1,\n\"a\":2}", "line 2, column 1: duplicate key 'a'"),
  ])
  func outputThatIsNotJSONSaysWhere(stdout: String, problem: String) {
    #expect(
      Self.result(stdout, .json) == .failure(Words("error output: standard output is not JSON: \(problem)")))
  }

  @Test func outputThatWasCutIsNotRead() {
    let cut = CapturedOutput(head: Array("[1,2".utf8), tail: Array("8,9]".utf8), totalBytes: 20)
    let words =
      "error output: standard output is not read as JSON: its 20 bytes are more than 'output_limit' (8)"
    #expect(Self.result(cut, .json) == .failure(Words(words)))
  }
}
