import Foundation
import TestSupport
import Testing

@testable import ConcurrentFutures

/// Every way not to start, told apart.
@Suite(.onOwnThread) struct ProcessesSpawnFailureTests {
  private static let folder: Result<TemporaryFolder, any Error> = Result {
    let folder = TemporaryFolder()
    try folder.write("plain", "hello")
    try folder.write("text", "echo hello\n", mode: 0o755)
    try folder.write("lost", "#!/no/such/interpreter -x\n", mode: 0o755)
    try folder.write("windows", "#!/bin/sh\r\necho hello\r\n", mode: 0o755)
    return folder
  }

  private static func failure(
    _ arguments: [String], path: String? = nil, directory: String? = nil, input: [UInt8]? = nil
  ) throws -> SpawnFailure? {
    var environment = ProcessEnvironment.current
    if let path { environment["PATH"] = path }
    let command = ProcessCommand(
      arguments: arguments, environment: environment, directory: directory, input: input)
    guard case .notStarted(let failure) = ProcessSpawner().run(command) else { return nil }
    return failure
  }

  @Test func aMissingProgramIsToldWithWhereItWasSought() throws {
    #expect(try Self.failure(["/no/such"]) == .notFound(program: "/no/such", searched: nil))
    #expect(try Self.failure(["no-such"], path: "/a:/b") == .notFound(program: "no-such", searched: "/a:/b"))
    #expect(try Self.failure(["/etc/passwd/x"]) == .notFound(program: "/etc/passwd/x", searched: nil))
    #expect(try Self.failure([]) == .notFound(program: "", searched: nil))
    #expect(try Self.failure([""]) == .notFound(program: "", searched: nil))
  }

  @Test func aMissingFolderIsNotAMissingProgram() throws {
    #expect(
      try Self.failure(["/bin/true"], directory: "/no/such") == .directory(path: "/no/such", code: ENOENT))
    #expect(
      try Self.failure(["/bin/true"], directory: "/etc/passwd")
        == .directory(path: "/etc/passwd", code: ENOTDIR))
  }

  @Test func aProgramThatIsBeingWrittenIsStartedOnceItIsWhole() throws {
    let folder = TemporaryFolder()
    let file = try folder.write("late", "#!/bin/sh\nexit 0\n", mode: 0o755)
    let writer = try #require(FileHandle(forWritingAtPath: file))
    Thread.detachNewThread {
      usleep(5000)
      try? writer.close()
    }
    #expect(try Self.failure([file]) == nil)
    let other = try #require(FileHandle(forWritingAtPath: file))
    #expect(try Self.failure([file]) == .system(code: ETXTBSY))
    try other.close()
  }

  @Test func whatCannotBeRunSaysWhy() throws {
    let folder = try Self.folder.get().path
    #expect(try Self.failure([folder + "/plain"]) == .notExecutable(program: folder + "/plain"))
    #expect(try Self.failure([folder]) == .notExecutable(program: folder))
    #expect(try Self.failure(["plain"], path: folder) == .notExecutable(program: "plain"))
    #expect(try Self.failure([folder + "/text"]) == .noInterpreterLine(program: folder + "/text"))
  }

  @Test func aMissingInterpreterIsNamedHoweverTheScriptIsFound() throws {
    let folder = try Self.folder.get().path
    let lost = "/no/such/interpreter"
    #expect(
      try Self.failure([folder + "/lost"])
        == .missingInterpreter(program: folder + "/lost", interpreter: lost))
    #expect(
      try Self.failure(["lost"], path: "/no/such:" + folder)
        == .missingInterpreter(program: "lost", interpreter: lost))
    #expect(
      try Self.failure(["./lost"], directory: folder)
        == .missingInterpreter(program: "./lost", interpreter: lost))
    #expect(
      try Self.failure([folder + "/windows"])
        == .missingInterpreter(program: folder + "/windows", interpreter: "/bin/sh\\r"))
  }

  @Test func anEarlierFolderOfThePathThatMayNotBeUsedDoesNotHideALaterOne() throws {
    let folder = try Self.folder.get()
    try folder.write("true", "")
    #expect(try Self.failure(["true"], path: folder.path + ":/bin") == nil)
  }

  @Test func textsThatAreTooLongAreTold() throws {
    let long = String(repeating: "x", count: 200_000)
    #expect(
      try Self.failure(["/bin/true", long]) == .argumentTooLong(bytes: 200_001, limitBytes: 131_072))
    guard
      case .argumentsTooLong(let bytes)? = try Self.failure(
        ["/bin/true"] + Array(repeating: String(repeating: "x", count: 100_000), count: 30))
    else { return #expect(Bool(false)) }
    #expect(bytes > 3_000_000)
  }

  @Test func aNULIsRefused() throws {
    #expect(try Self.failure(["/bin/true\0x"]) == .containsNUL(what: "the program's name"))
    #expect(try Self.failure(["/bin/true", "a\0b"]) == .containsNUL(what: "an argument"))
    #expect(
      try Self.failure(["/bin/true"], directory: "/tmp\0x") == .containsNUL(what: "the folder's name"))
  }

  @Test(arguments: [
    (SpawnFailure.directory(path: "/x", code: ENOENT), "cannot enter folder '/x': no such file or directory"),
    (.notFound(program: "x", searched: nil), "no such program: 'x'"),
    (.notFound(program: "x", searched: "/a"), "no such program: 'x' (not in PATH)"),
    (.notExecutable(program: "x"), "not executable: 'x'"),
    (
      .missingInterpreter(program: "x", interpreter: "/y\\r"),
      "'x' wants the interpreter '/y\\r', which does not exist"
    ),
    (.noInterpreterLine(program: "x"), "'x' is neither a program nor a script with a '#!' line"),
    (
      .argumentsTooLong(bytes: 5),
      "arguments and environment are too long (5 bytes); put the data in a file or on stdin"
    ),
    (
      .argumentTooLong(bytes: 5, limitBytes: 4),
      "one argument or variable is too long (5 bytes, at most 4); put the data in a file or on stdin"
    ),
    (.containsNUL(what: "an argument"), "an argument contains a NUL character"),
    (.system(code: EAGAIN), "cannot start a process: resource temporarily unavailable"),
  ])
  func theWordsAreClear(failure: SpawnFailure, text: String) {
    #expect(failure.description == text)
  }

  @Test(arguments: [
    (SpawnFailure.system(code: EAGAIN), true), (.system(code: EMFILE), true), (.system(code: ENFILE), true),
    (.system(code: ENOMEM), true), (.system(code: EPERM), false), (.notExecutable(program: "x"), false),
  ])
  func onlyWhatOthersGiveBackIsWorthWaitingFor(failure: SpawnFailure, isPassing: Bool) {
    #expect(failure.isPassing == isPassing)
  }
}
