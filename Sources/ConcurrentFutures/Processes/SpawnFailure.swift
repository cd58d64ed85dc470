import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a program could not be started.
public enum SpawnFailure: Error, Sendable, Hashable {
  /// There is no such folder, or it may not be entered.
  case directory(path: String, code: Int32)
  /// There is no such program in any folder of `PATH`.
  case notFound(program: String, searched: String?)
  /// The file is there and is not a program that may be run.
  case notExecutable(program: String)
  /// The script's first line names an interpreter that does not exist.
  case missingInterpreter(program: String, interpreter: String)
  /// A text file without a first line that says what should run it.
  case noInterpreterLine(program: String)
  /// Arguments and environment are larger than the system takes.
  case argumentsTooLong(bytes: Int)
  /// One argument or variable is larger than the system takes a single one.
  case argumentTooLong(bytes: Int, limitBytes: Int)
  /// A text holds a NUL, which no argument, variable or path can.
  case containsNUL(what: String)
  /// The system has no process, memory or descriptor to spare.
  case system(code: Int32)
}

extension SpawnFailure {
  /// Whether it may work in a moment: out of processes, memory or descriptors, which others give back.
  var isPassing: Bool {
    guard case .system(let code) = self else { return false }
    return code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE
  }
}

extension SpawnFailure: CustomStringConvertible {
  /// The failure in words.
  public var description: String {
    switch self {
    case .directory(let path, let code): "cannot enter folder '\(path)': \(Self.text(code))"
    case .notFound(let program, nil): "no such program: '\(program)'"
    case .notFound(let program, _?): "no such program: '\(program)' (not in PATH)"
    case .notExecutable(let program): "not executable: '\(program)'"
    case .missingInterpreter(let program, let interpreter):
      "'\(program)' wants the interpreter '\(interpreter)', which does not exist"
    case .noInterpreterLine(let program):
      "'\(program)' is neither a program nor a script with a '#!' line"
    case .argumentsTooLong(let bytes):
      "arguments and environment are too long (\(bytes) bytes); put the data in a file or on stdin"
    case .argumentTooLong(let bytes, let limit):
      "one argument or variable is too long (\(bytes) bytes, at most \(limit)); put the data in a file or on stdin"
    case .containsNUL(let what): "\(what) contains a NUL character"
    case .system(let code): "cannot start a process: \(Self.text(code))"
    }
  }

  /// What is too long for the words: the folders that were searched.
  package var detail: String? {
    guard case .notFound(_, let searched?) = self else { return nil }
    return "PATH was \(searched.isEmpty ? "empty" : searched)"
  }

  /// The system's words for an error number, in lower case.
  static func text(_ code: Int32) -> String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
