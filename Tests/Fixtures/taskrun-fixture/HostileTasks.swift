import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `fixture.crash`: ends its process in one of the ways in which processes end by mistake.
struct CrashTask: FunctionTaskType {
  let name = "fixture.crash"
  let summary = "ends its process"
  // On a thread it would end the runner.
  let kinds: Set<TaskKind> = [.cpu]
  let parameters = [
    Parameter("how", .choice(["segv", "trap", "exit", "abort", "kill"]), isRequired: true, "the way to go")
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    switch parameters["how"] {
    case "segv": UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
    case "exit": exit(3)
    case "abort": abort()
    case "kill": kill(getpid(), SIGKILL)
    default: fatalError("trapped on purpose")
    }
    return .null
  }
}

/// `fixture.print`: writes a text past taskrun, in every way a library might.
struct PrintTask: FunctionTaskType {
  let name = "fixture.print"
  let summary = "prints a text to both streams of its process, and to its own"
  let kinds: Set<TaskKind> = [.cpu]
  let parameters = [
    Parameter("text", .string, isRequired: true, "what to print"),
    Parameter("times", .integer(1...10_000), "how often; default 1"),
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    guard case .string(let text)? = parameters["text"] else { return .null }
    var times = 1
    if case .int(let number)? = parameters["times"] { times = Int(number) }
    for _ in 0..<times {
      print("print: \(text)")
      puts("puts: \(text)")
      fflush(nil)
      let line = Array("write to 1: \(text)\n".utf8)
      _ = write(1, line, line.count)
      let other = Array("write to 2: \(text)\n".utf8)
      _ = write(2, other, other.count)
    }
    context.write(.stdout, "own stdout: \(text)\n")
    context.write(.stderr, "own stderr: \(text)\n")
    return .string(text)
  }
}

/// `fixture.sleep`: sleeps without ever asking whether it should stop.
struct SleepTask: FunctionTaskType {
  let name = "fixture.sleep"
  let summary = "sleeps and hears nothing"
  let parameters = [
    Parameter("seconds", .number, isRequired: true, "how long"),
    Parameter("marker", .path, "a file to make before it falls asleep"),
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    if case .string(let path)? = parameters["marker"] {
      close(open(context.resolve(path), O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
    }
    usleep(useconds_t((parameters["seconds"]?.doubleValue ?? 0) * 1_000_000))
    return .null
  }
}

/// `fixture.fail`: says that it failed, with words that are hard to pass on.
struct FailTask: FunctionTaskType {
  let name = "fixture.fail"
  let summary = "fails with a message"
  let parameters = [Parameter("message", .string, isRequired: true, "what to say")]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    guard case .string(let text)? = parameters["message"] else { return .null }
    throw TaskError(type: "fixture", message: text)
  }
}
