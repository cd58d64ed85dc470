// The task type `run`: which program a manifest's `run:` key means. Starting, capturing and killing it is the
// runner's work.

public import TaskrunAPI

/// The plugin behind the manifest's `run:` key.
public let runPlugin = Plugin(name: "run", taskTypes: [RunTask()])

/// Runs a program: either `argv`, exactly these arguments, or `shell`, text for `/bin/sh`.
struct RunTask: CommandTaskType {
  let name = "run"
  let summary = "runs a command: a list of arguments, or constant shell text"
  let parameters = [
    Parameter("argv", .list(.string), "the program and its arguments; no shell comes between"),
    Parameter("shell", .string, "text for '/bin/sh -eu -c'; data comes in as environment variables"),
  ]

  func command(for parameters: ValueObject) throws -> Command {
    switch (parameters["argv"], parameters["shell"]) {
    case (let argv?, nil): try Self.command(argv: argv.arrayValue ?? [])
    case (nil, let text?): try Self.command(shell: text.plainText)
    case (nil, nil), (.some, .some): throw RunError.notExactlyOne.taskError
    }
  }

  private static func command(argv: [Value]) throws -> Command {
    let arguments = argv.map(\.plainText)
    guard let program = arguments.first else { throw RunError.emptyList.taskError }
    guard !program.isEmpty else { throw RunError.emptyProgram.taskError }
    if let index = arguments.firstIndex(where: { $0.utf8.contains(0) }) {
      throw RunError.nulByte(place: "argument \(index)").taskError
    }
    return Command(arguments: arguments)
  }

  /// `-e` and `-u`: a failing line or a misspelt variable ends the script instead of being passed over. The
  /// last word becomes `$0`, which stands before the shell's own messages.
  private static func command(shell text: String) throws -> Command {
    guard !text.utf8.contains(0) else { throw RunError.nulByte(place: "the shell text").taskError }
    return Command(arguments: ["/bin/sh", "-eu", "-c", text, "taskrun"])
  }
}

/// Why parameters make no command.
enum RunError: Error, Hashable {
  case notExactlyOne
  case emptyList
  case emptyProgram
  case nulByte(place: String)
}

extension RunError: CustomStringConvertible {
  var description: String {
    switch self {
    case .notExactlyOne: "expected exactly one of 'argv' and 'shell'"
    case .emptyList: "parameter 'argv' is empty; expected a program and its arguments"
    case .emptyProgram: "parameter 'argv' begins with an empty string; expected a program"
    case .nulByte(let place): "\(place) holds a NUL byte, which no program can be given"
    }
  }

  fileprivate var taskError: TaskError { TaskError(type: "parameter", message: description) }
}
