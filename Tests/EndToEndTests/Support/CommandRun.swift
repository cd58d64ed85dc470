import Foundation
import TestSupport
import Testing

/// One call of taskrun, as somebody outside makes it: files, arguments, environment and input go in, both
/// streams and the status come out.
///
/// Every run is checked for one law without asking: after its end nothing of it is alive.
struct CommandRun {
  var program = TestPrograms.taskrun
  /// What follows the program's name.
  var arguments: [String]
  /// Variables beside `PATH`, `HOME`, `LANG` and `XDG_STATE_HOME`; the tests' own environment is not passed on.
  var environment: [String: String] = [:]
  /// More entries of the environment, byte by byte.
  var environmentBytes: [[UInt8]] = []
  /// Standard input.
  var input = ""
  /// Signals that are blocked when it starts.
  var blockedSignals: [Int32] = []
  /// Shell text before it, in the same process: limits, redirections, ignored signals.
  var prelude: String?
  /// After this time it is killed, and the test has failed. Tasks that wait for nothing sleep longer than this.
  var limit = Duration.seconds(240)
  /// Whether something of it may stay alive.
  var mayLeaveProcesses = false
  let folder = TemporaryFolder()
  /// Where the journals are, in `taskrun`.
  let state = TemporaryFolder()
  private let cookie = UUID().uuidString

  /// Writes `tasks.yaml` and calls taskrun with it and with the arguments.
  /// - Parameter manifest: `nil` for no file, and no first argument.
  init(_ manifest: String?, _ arguments: String..., fixture: Bool = false) throws {
    self.arguments = (manifest == nil ? [] : ["tasks.yaml"]) + arguments
    if fixture { program = TestPrograms.fixture }
    if let manifest { try folder.write("tasks.yaml", manifest) }
  }

  /// Starts it, waits for its end, and looks after what is left.
  /// - Parameter during: what else happens while it runs.
  func result(
    sourceLocation: SourceLocation = #_sourceLocation,
    during: (ChildProgram) async throws -> Void = { _ in }
  ) async throws -> RunResult {
    await Turnstile.shared.enter()
    do {
      let result = try await guardedResult(sourceLocation, during)
      await Turnstile.shared.leave()
      return result
    } catch {
      await Turnstile.shared.leave()
      throw error
    }
  }

  private func guardedResult(
    _ sourceLocation: SourceLocation, _ during: (ChildProgram) async throws -> Void
  ) async throws -> RunResult {
    let child = try ChildProgram(start, limit: limit)
    do {
      try await during(child)
    } catch {
      child.signal(SIGKILL)
      throw error
    }
    let ending = await child.ending
    if ending.status == .hung {
      Issue.record("did not end within \(limit): \(arguments)", sourceLocation: sourceLocation)
    }
    if !mayLeaveProcesses {
      await wait(for: "the end of all processes", sourceLocation: sourceLocation) { processes.isEmpty }
    }
    for process in processes { kill(pid_t(process.pid), SIGKILL) }
    return RunResult(ending, folder: folder)
  }

  /// What of this run is alive now, taskrun itself and its guardian too.
  var processes: [ProcessTable.Entry] { ProcessTable.carrying("TEST_COOKIE=\(cookie)") }

  private var start: ChildProgram.Start {
    var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8"]
    variables["XDG_STATE_HOME"] = state.path
    variables["TEST_COOKIE"] = cookie
    // Swift's own look at a crash takes a second.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    variables.merge(environment) { $1 }
    return ChildProgram.Start(
      program: prelude == nil ? program : "/bin/sh",
      arguments: prelude.map { ["-c", $0 + "\nexec \"$0\" \"$@\"", program] + arguments } ?? arguments,
      environment: variables.map { Array("\($0.key)=\($0.value)".utf8) } + environmentBytes,
      directory: folder.path, input: Array(input.utf8), blockedSignals: blockedSignals)
  }
}

/// What a run left: both streams, the status and its folder.
struct RunResult: Sendable {
  let status: ChildProgram.Status
  let stdoutBytes: [UInt8]
  let stdout: String
  let stderr: String
  let duration: Duration
  let folder: TemporaryFolder

  init(_ ending: ChildProgram.Ending, folder: TemporaryFolder) {
    status = ending.status
    stdoutBytes = ending.stdout
    stdout = String(decoding: ending.stdout, as: UTF8.self)
    stderr = String(decoding: ending.stderr, as: UTF8.self)
    duration = ending.duration
    self.folder = folder
  }

  /// The report of `-r json` on standard output. Both laws are checked.
  func report(sourceLocation: SourceLocation = #_sourceLocation) throws -> Report {
    try Report(json: stdoutBytes, sourceLocation: sourceLocation)
  }

  /// The report of `-r json:NAME`. Both laws are checked.
  func report(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Report {
    try Report(json: Array(try folder.text(name).utf8), sourceLocation: sourceLocation)
  }
}
