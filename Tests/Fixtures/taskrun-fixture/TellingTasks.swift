import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `fixture.big`: a value of many bytes.
struct BigTask: FunctionTaskType {
  let name = "fixture.big"
  let summary = "returns a text of some length"
  let parameters = [Parameter("bytes", .integer(0...(64 << 20)), isRequired: true, "how many letters")]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    guard case .int(let count)? = parameters["bytes"] else { return .null }
    return .string(String(repeating: "x", count: Int(count)))
  }
}

/// `fixture.pid`: where it runs.
struct ProcessTask: FunctionTaskType {
  let name = "fixture.pid"
  let summary = "tells the process it runs in"
  let parameters = [
    Parameter("seconds", .number, "how long to stay there"),
    Parameter("marker", .path, "a file to make first"),
    Parameter("until", .path, "a file to wait for, which somebody else makes"),
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    if case .string(let path)? = parameters["marker"] {
      close(open(context.resolve(path), O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
    }
    if case .string(let path)? = parameters["until"] {
      while access(context.resolve(path), F_OK) != 0, !context.cancellation.wait(for: .milliseconds(5)) {}
    }
    if let seconds = parameters["seconds"]?.doubleValue {
      _ = context.cancellation.wait(for: .seconds(seconds))
    }
    return ["pid": Value(Int(getpid())), "session": Value(Int(getsid(0)))]
  }
}

/// `fixture.echo`: gives back what it was given.
struct EchoTask: FunctionTaskType {
  let name = "fixture.echo"
  let summary = "returns its parameter and what it knows of its call"
  let parameters = [
    Parameter("value", .any, isRequired: true, "what to return"),
    Parameter("variable", .string, "an environment variable to return"),
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    var variable = Value.null
    if case .string(let name)? = parameters["variable"], let text = context.environment[name] {
      variable = .string(text)
    }
    return [
      "value": parameters["value"] ?? .null, "input": .string(context.input), "variable": variable,
      "id": .string(context.id), "attempt": Value(context.attempt), "kind": .string(context.kind.rawValue),
      "directory": .string(context.directory),
    ]
  }
}
