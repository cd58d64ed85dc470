import ConcurrentFutures
import Foundation
import TestSupport
import Testing

/// Runs examples/futures, and compares docs/futures.md with it.
@Suite(.onOwnThread) struct ExampleTests {
  @Test func theExampleDoesWhatThePageSays() throws {
    let program = BuiltPrograms.path(of: "example-futures")
    guard case .ended(let result) = ProcessSpawner().run(ProcessCommand(arguments: [program])) else {
      return wrong("'\(program)' did not start")
    }
    #expect(String(decoding: result.stderr.head, as: UTF8.self) == "")
    let lines = String(decoding: result.stdout.head, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(10) == [
        "hello, ada", "hello, grace", "hello, edsger", "the quick one", "the slow one", "1 squared is 1",
        "2 squared is 4", "3 squared is 9", "4 squared is 16", "5 squared is 25",
      ])
    #expect(
      Set(lines.dropFirst(10)) == ["4 primes below 10", "168 primes below 1000", "9592 primes below 100000"])
    #expect(lines.count == 13)
  }

  @Test func everySnippetOfThePageIsTheExamplesCode() throws {
    let page = try Repository.text("docs/futures.md")
    let code = Set(try lines(of: Repository.text("examples/futures/Futures.swift")))
    let snippets = page.matches(of: #/(?s)```swift\n(.*?)```/#).map { String($0.1) }
    #expect(snippets.count == 5)
    for line in snippets.flatMap(lines) { #expect(code.contains(line), "not in the example: \(line)") }
  }

  private func lines(of text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
