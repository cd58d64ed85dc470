import Foundation
import TestSupport
import Testing

/// Diagnostics as users see them: on standard error, all of them, before anything is started.
@Suite struct DiagnosticsTests {
  private static let broken = """
    tasks:
      report:
        kind: io
        need: [count]
        run: [touch, marker]
      b:
        kind: fast
        run: "echo {{ item }}"

    """
  private static let shown = """
    error[E0211]: unknown key 'need' in task 'report'
     --> tasks.yaml:4:5
      |
    4 |     need: [count]
      |     ^^^^ did you mean 'needs'?

    error[E0215]: expected io or cpu as 'kind', found 'fast'
     --> tasks.yaml:7:11
      |
    7 |     kind: fast
      |           ^^^^

    error[E0301]: templates are not allowed in shell text
     --> tasks.yaml:8:16
      |
    8 |     run: "echo {{ item }}"
      |                ^^^^^^^^^^ write "$item" instead
      = note: values reach shell text as environment variables, so that data never becomes code


    """

  @Test(arguments: [["tasks.yaml"], ["check", "tasks.yaml"], ["check"], []])
  func allMistakesAreShownAtOnce(arguments: [String]) async throws {
    var run = try CommandRun(Self.broken)
    run.arguments = arguments
    let result = try await run.result()
    #expect(result.status == .exited(3))
    #expect(result.stdout == "")
    #expect(result.stderr == Self.shown)
    #expect(!result.folder.has("marker"))
  }

  @Test(arguments: [["tasks.yaml"], ["check", "tasks.yaml"]])
  func programsReadThemAsJSON(arguments: [String]) async throws {
    var run = try CommandRun(Self.broken)
    run.arguments = arguments + ["--diagnostics", "json"]
    let result = try await run.result()
    #expect(result.status == .exited(3))
    #expect(result.stdout == "")
    guard case .array(let list)? = try JSON(parsing: result.stderr)["diagnostics"] else {
      Issue.record("no list: \(result.stderr)")
      return
    }
    #expect(list.map { $0["code"] } == ["E0211", "E0215", "E0301"])
    #expect(list.map { $0["file"] } == ["tasks.yaml", "tasks.yaml", "tasks.yaml"])
    #expect(list.map { $0["line"]?.integer } == [4, 7, 8])
    #expect(list.map { $0["column"]?.integer } == [5, 11, 16])
    #expect(list[0]["message"] == "unknown key 'need' in task 'report'")
    #expect(list[0]["help"] == "did you mean 'needs'?")
    // The offset counts bytes.
    let bytes = Array(Self.broken.utf8)
    for diagnostic in list {
      let (offset, length) = (diagnostic["offset"]?.integer ?? 0, diagnostic["length"]?.integer ?? 0)
      let text = String(decoding: bytes[offset..<offset + length], as: UTF8.self)
      #expect(["need", "fast", "{{ item }}"].contains(text))
    }
  }

  @Test func whatIsNotSetIsFoundBeforeTheStartOfWhatReadsIt() async throws {
    let manifest = """
      tasks:
        slow: { kind: io, run: [touch, marker] }
        t: { kind: io, needs: slow, run: [echo, "{{ env.HOEM }}", "{{ args.0 }}"] }

      """
    let run = try CommandRun(manifest)
    let result = try await run.result()
    #expect(result.status == .exited(3) && result.stdout == "" && !run.folder.has("marker"))
    #expect(
      result.stderr == """
        error: task 't' reads 'env.HOEM', which is not set; did you mean 'HOME'? or write '| default: ...'
        error: task 't' reads 'args.0', which was not given; give it after '--', or write '| default: ...'

        """)
    #expect(try await CommandRun(manifest, "slow").result().status == .exited(0))
    var check = try CommandRun(manifest)
    check.arguments = ["check", "tasks.yaml"]
    #expect(try await check.result().status == .exited(0))
  }

  @Test func aGoodManifestIsSaidToBeGood() async throws {
    var run = try CommandRun("tasks: { mark: { kind: io, run: [touch, marker] } }\n")
    run.arguments = ["check", "tasks.yaml"]
    let result = try await run.result()
    #expect(result.status == .exited(0))
    #expect(result.stdout == "tasks.yaml: 1 task, no errors\n")
    #expect(result.stderr == "")
    #expect(!result.folder.has("marker"))
  }

  @Test func atMostFiftyAreShown() async throws {
    let tasks = (0..<80).map { "  t\($0): { kind: io, run: [x], wrong: 1 }\n" }.joined()
    let run = try CommandRun("tasks:\n\(tasks)", "--diagnostics", "json")
    let json = try JSON(parsing: try await run.result().stderr)
    guard case .array(let list)? = json["diagnostics"] else { return #expect(Bool(false)) }
    #expect(list.count == 50 && json["omitted"] == 30)
  }

  @Test(arguments: [
    ("tasks:\n  a: { kind: io, run: [x] }\n  a: { kind: io, run: [x] }\n", "error[E0122]: "),
    ("tasks: [\n", "error[E0112]: "), ("", "error[E0201]: "), ("- a\n", "error[E0201]: "),
    ("tasks:\n\ta: 1\n", "error[E0113]: "),
    ("plugins: {}\ntasks: { a: { kind: io, run: [x] } }\n", "error[E0212]: "),
    ("tasks: { a: { run: [x] } }\n", "error[E0214]: "),
    ("tasks: { a: { kind: io, timeout: 5, run: [x] } }\n", "error[E0205]: "),
    ("tasks: { a: { kind: io, uses: math.primes } }\n", "error[E0222]: "),
    ("tasks: { a: { kind: io, run: [x] } } # a\u{2028}b\n", "error[E0104]: "),
    ("%TAG ! x\n---\ntasks: {}\n", "error[E0107]: "),
    ("tasks: { a: { kind: io, run: [x] } }\n---\ntasks: {}\n", "error[E0109]: "),
  ])
  func everyMistakeHasItsCode(manifest: String, start: String) async throws {
    let result = try await CommandRun(manifest).result()
    #expect(result.status == .exited(3))
    #expect(result.stdout == "")
    #expect(result.stderr.hasPrefix(start), "\(result.stderr)")
  }

  @Test(arguments: ["[", "{", "- ", "? ", "a: &a [*a]\nb: [", "tasks: {{{{{{{{{{"])
  func deepManifestsAreRefusedQuickly(unit: String) async throws {
    // With a parser that reads these in the square of their length the run would be killed for taking hours.
    let result = try await CommandRun(String(repeating: unit, count: 4_000_000 / unit.utf8.count)).result()
    #expect(result.status == .exited(3))
  }

  @Test func anInputThatNeverEndsIsRefused() async throws {
    let run = try CommandRun(nil, "/dev/zero")
    let result = try await run.result()
    #expect(result.status == .exited(3))
    #expect(result.stderr == "error: cannot read manifest '/dev/zero': it is a device, not a file\n")
  }
}
