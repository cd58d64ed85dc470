import ConcurrentFutures
import TaskrunAPI
import TaskrunEngine
import TaskrunManifest

/// An attempt that is a command, ready to be spawned.
struct CommandPreparation {
  private let type: any CommandTaskType
  private let attempt: Attempt
  private let mark: RunMark
  private let secrets: [SecretValue]

  /// Makes a preparation.
  /// - Parameter secrets: what must not stand among the arguments.
  init(_ type: any CommandTaskType, _ attempt: Attempt, mark: RunMark, secrets: [SecretValue]) {
    self.type = type
    self.attempt = attempt
    self.mark = mark
    self.secrets = secrets
  }

  /// The command with its whole environment.
  /// - Throws: ``FunctionFailure`` if the parameters make no command, or one that would show a secret.
  func command(inheriting environment: ProcessEnvironment) throws(FunctionFailure) -> ProcessCommand {
    let command: Command
    do {
      command = try type.command(for: attempt.parameters)
    } catch let error as TaskError {
      throw FunctionFailure(
        reason: .notStarted, error: ErrorDescription(type: error.type, message: error.message))
    } catch {
      throw FunctionFailure(
        reason: .notStarted, error: ErrorDescription(type: "\(Swift.type(of: error))", message: "\(error)"))
    }
    if let visible = VisibleSecret(in: command.arguments, secrets) {
      throw FunctionFailure(
        reason: .notStarted, error: ErrorDescription(type: "secret", message: visible.description))
    }
    var environment = environment
    let marks = [mark.variable, mark.variable(of: attempt.id)]
    for (name, value) in attempt.environment + command.environment.map({ ($0.key, $0.value) }) + marks {
      guard !value.utf8.contains(0) else {
        throw FunctionFailure(
          reason: .notStarted,
          error: ErrorDescription(
            type: "environment", message: "environment variable '\(name)' contains a NUL character"))
      }
      environment[name] = value
    }
    return ProcessCommand(
      arguments: command.arguments, environment: environment, directory: attempt.directory,
      input: attempt.input.map { Array($0.utf8) }, outputLimitBytes: attempt.outputLimitBytes,
      marks: [mark.entry(of: attempt.id)])
  }
}

extension AttemptOutcome {
  /// What a command's end means.
  init(_ outcome: ProcessOutcome, of attempt: Attempt, executor: ExecutorKind) {
    switch outcome {
    case .stoppedBeforeStart:
      let error = ErrorDescription(type: "stopped", message: "stopped before it started")
      self.init(.failed(.notStarted, error), wasStopped: true, executor: executor)
    case .notStarted(let failure):
      let error = ErrorDescription(
        type: failure.typeName, message: failure.description, detail: failure.detail)
      self.init(.failed(.notStarted, error), executor: executor)
    case .ended(let result): self.init(result, of: attempt, executor: executor)
    }
  }

  private init(_ process: ProcessResult, of attempt: Attempt, executor: ExecutorKind) {
    let stdout = CapturedOutput(process.stdout)
    let result: Result
    var exitCode: Int?
    var signal: Int?
    switch process.ending {
    case .exited(let code):
      exitCode = code
      if code == 0 {
        result = CommandValue(of: stdout, as: attempt.outputs, limitBytes: attempt.outputLimitBytes).result
      } else {
        result = .failed(.exit, ErrorDescription(type: "exit", message: "exit code \(code)"))
      }
    case .signalled(let number, let dumpedCore):
      signal = number
      let name = WorkerDeath.signalName(Int32(clamping: number))
      let message = "killed by \(name)" + (dumpedCore ? ", core dumped" : "")
      result = .failed(.signal, ErrorDescription(type: "signal", message: message))
    case .unknown:
      let message = "its exit code is lost: another part of the program has taken it"
      result = .failed(.error, ErrorDescription(type: "exit_code_lost", message: message))
    }
    self.init(
      result, wasStopped: process.stop > .none, executor: executor, pid: process.pid, exitCode: exitCode,
      signal: signal, stdout: stdout, stderr: CapturedOutput(process.stderr),
      usage: ResourceUsage(
        user: process.userTime, system: process.systemTime, maxRSSBytes: process.maxRSSBytes))
  }
}

extension SpawnFailure {
  /// A short name a program can compare.
  fileprivate var typeName: String {
    switch self {
    case .directory: "directory"
    case .notFound: "not_found"
    case .notExecutable, .noInterpreterLine: "not_executable"
    case .missingInterpreter: "interpreter"
    case .argumentsTooLong, .argumentTooLong: "arguments_too_long"
    case .containsNUL: "nul"
    case .system: "system"
    }
  }
}
