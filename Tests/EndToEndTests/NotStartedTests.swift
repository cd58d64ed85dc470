import Foundation
import TestSupport
import Testing

/// A task that cannot be started fails alone, and says what is missing.
@Suite struct NotStartedTests {
  /// A task's keys, the error's type, and its message.
  static let cases: [(keys: String, type: String, message: String)] = [
    (
      "run: [no-such-program, x]", "not_found",
      "no such program: 'no-such-program' (not in PATH), PATH was /usr/local/bin:/usr/bin:/bin"
    ),
    ("run: [./no-such-program]", "not_found", "no such program: './no-such-program'"),
    ("run: [/no/such/program]", "not_found", "no such program: '/no/such/program'"),
    (
      "run: [no-such-program], env: { PATH: /nowhere }", "not_found",
      "no such program: 'no-such-program' (not in PATH), PATH was /nowhere"
    ),
    (
      "run: [pwd], dir: no/such/folder", "directory",
      "cannot enter folder 'FOLDER/no/such/folder': no such file or directory"
    ),
    ("run: [pwd], dir: tasks.yaml", "directory", "cannot enter folder 'FOLDER/tasks.yaml': not a directory"),
    ("run: [./plain.txt]", "not_executable", "not executable: './plain.txt'"),
    ("run: [./folder]", "not_executable", "not executable: './folder'"),
    (
      "run: [./no-line]", "not_executable", "'./no-line' is neither a program nor a script with a '#!' line"
    ),
    (
      "run: [./no-interpreter]", "interpreter",
      "'./no-interpreter' wants the interpreter '/no/such/interpreter', which does not exist"
    ),
    (
      "run: [./windows]", "interpreter",
      "'./windows' wants the interpreter '/bin/sh\\r', which does not exist"
    ),
  ]

  @Test(arguments: cases, ["io", "cpu"])
  func theMessageNamesWhatIsMissing(
    task: (keys: String, type: String, message: String), kind: String
  ) async throws {
    let run = try CommandRun(
      """
      tasks:
        good: { kind: io, run: [echo, x] }
        bad: { kind: \(kind), \(task.keys) }
        better: { kind: cpu, run: [echo, y] }

      """, "-r", "json")
    try run.folder.write("plain.txt", "text\n")
    try run.folder.write("folder/file", "")
    try run.folder.write("no-line", "echo this must never run > marker\n", mode: 0o755)
    try run.folder.write("no-interpreter", "#!/no/such/interpreter -x\n", mode: 0o755)
    try run.folder.write("windows", "#!/bin/sh\r\necho x\r\n", mode: 0o755)
    let result = try await run.result()
    #expect(result.status == .exited(1))
    let report = try result.report()
    let bad = try report["bad"]
    #expect(bad.verdict == "failed/not_started")
    #expect(bad.error?.type == task.type)
    let words = [bad.error?.message, bad.error?.detail].compactMap(\.self).joined(separator: ", ")
    #expect(words == task.message.replacing("FOLDER", with: run.folder.path))
    #expect(bad.pid == nil && bad.startedSeconds == nil && bad.exitCode == nil)
    #expect(report.summary["succeeded"] == 2)
    #expect(!run.folder.has("marker"))
  }

  @Test func anArgumentListThatIsTooLongIsSaidSo() async throws {
    let result = try await CommandRun(
      """
      vars: { long: \(String(repeating: "x", count: 200_000)) }
      tasks:
        bad: { kind: io, run: [echo, "{{ vars.long }}"] }
        good: { kind: io, run: [echo, x] }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(report.verdicts == ["bad": "failed/not_started", "good": "succeeded"])
    #expect(try report["bad"].error?.type == "arguments_too_long")
  }
}
