import Foundation
import TestSupport
import Testing

/// Data never becomes code: texts that would be commands, options, templates or YAML in a careless program
/// arrive byte for byte, whichever way they are passed on.
@Suite struct HostileTextTests {
  static let texts = [
    "", " ", "  two  spaces  ", "\n", "\n\n", "a\nb\n", "\r\n", "\t", "'", "\"", "'\"'\"'", "`touch pwned`",
    "$(touch pwned)", "${IFS}touch${IFS}pwned", "; touch pwned;", "| touch pwned", "&& touch pwned",
    "& touch pwned &",
    "> pwned", "< /etc/passwd", "$HOME", "$item", "~", "*", "?", "[a-z]", "{a,b}", "!!", "#not a comment",
    "a#b",
    "\\", "\\\\", "\\n", "\\x41", "%s%n%d", "-n", "--", "--help", "-rf", "/dev/null", "../../etc/passwd", ".",
    "{{ item }}", "{{ vars.secret }}", "{{", "}}", "{{ 1 + 1 }}", "${{ secrets }}", "{% raw %}", "<script>",
    "]]>",
    "&amp;", "yes", "null", "010", "1e400", "0x10", "- item", "key: value", "? x", "&anchor", "*alias",
    "!!str", "@x",
    "%TAG", "héllo", "日本語", "👩‍👩‍👧", "e\u{301}", "\u{202E}gnp.exe", "\u{200B}", "\u{FEFF}bom", "\u{2028}",
    "\u{85}",
    "\u{1B}[31mred\u{1B}[0m", "\u{1B}]0;title\u{7}", "\u{7F}", "\u{1}\u{2}\u{3}", "\u{FFFD}", "\u{10FFFF}",
    "() { :;}; touch pwned", "A=B", "LD_PRELOAD=/x", "EOF\ntouch pwned\n", "'; touch pwned; '",
    String(repeating: "x", count: 100_000),
  ]

  /// What receives the item, and how the manifest says it.
  static let channels: [(name: String, keys: String)] = [
    ("argument", #"run: [printf, "%s", "{{ item }}"]"#),
    ("part of an argument", #"run: [printf, "%.0s%s", x, "{{ item }}"]"#),
    ("variable", #"env: { DATA: "{{ item }}" }, run: 'printf %s "$DATA"'"#),
    ("item of shell text", #"run: 'printf %s "$item"'"#),
    ("standard input", #"stdin: "{{ item }}", run: [cat]"#),
  ]

  @Test(arguments: channels)
  func everyTextArrivesByteForByte(channel: (name: String, keys: String)) async throws {
    let items = Self.texts.map { "    - \($0.quotedForYAML)\n" }.joined()
    let run = try CommandRun(
      """
      pools: { io: 4 }
      vars: { secret: leaked }
      x-items: &items
      \(items)
      tasks:
        a: { kind: io, foreach: *items, \(channel.keys) }

      """, "-r", "json")
    let result = try await run.result()
    #expect(result.status == .exited(0))
    let report = try result.report()
    #expect(report.tasks.count == Self.texts.count)
    for record in report.tasks {
      let text = Self.texts[try #require(record.index)]
      #expect(Array(record.stdout.utf8) == Array(text.utf8), "\(channel.name): \(text.debugDescription)")
      #expect(record.item == .string(text))
    }
    #expect(run.folder.names == ["tasks.yaml"], "nothing was executed")
  }

  @Test(arguments: ["io", "cpu"])
  func everyTextArrivesAtAFunction(kind: String) async throws {
    let items = Self.texts.map { "    - \($0.quotedForYAML)\n" }.joined()
    let result = try await CommandRun(
      """
      tasks:
        a:
          kind: \(kind)
          foreach:
      \(items.replacing("    - ", with: "      - "))
          stdin: "{{ item }}"
          env: { DATA: "{{ item }}" }
          uses: fixture.echo
          with: { value: ["{{ item }}"], variable: DATA }

      """, "-r", "json", fixture: true
    ).result()
    for record in try result.report().tasks {
      let text = JSON.string(Self.texts[try #require(record.index)])
      #expect(record.value?["value"] == .array([text]))
      #expect(record.value?["input"] == text)
      #expect(record.value?["variable"] == text)
    }
  }

  @Test func noTextReachesTheTerminalAsAControlSequence() async throws {
    let items = Self.texts.map { "    - \($0.quotedForYAML)\n" }.joined()
    let result = try await CommandRun(
      """
      tasks:
        a:
          kind: io
          foreach:
      \(items.replacing("    - ", with: "      - "))
          run: 'printf "%s\\n" "$item"; printf "%s\\n" "$item" >&2; exit 1'

      """, "--color", "never", "-v"
    ).result()
    #expect(result.status == .exited(1))
    let controls = result.stdout.unicodeScalars.filter { $0.properties.generalCategory == .control }
    #expect(controls.allSatisfy { $0 == "\n" })
    #expect(!result.stdout.unicodeScalars.contains("\u{202E}"))
  }

  @Test func aNULFailsTheTaskInsteadOfCuttingTheText() async throws {
    let result = try await CommandRun(
      #"""
      tasks:
        argument: { kind: io, foreach: ["a\0b"], run: [printf, "%s", "{{ item }}"] }
        variable: { kind: io, foreach: ["a\0b"], env: { DATA: "{{ item }}" }, run: [env] }
        input: { kind: io, foreach: ["a\0b"], stdin: "{{ item }}", run: [cat] }

      """#, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(try report["argument[0]"].verdict == "failed/not_started")
    #expect(try report["variable[0]"].verdict == "failed/not_started")
    #expect(try report["input[0]"].stdout == "a\0b", "a stream can carry it")
  }
}
