import TaskrunAPI
import TaskrunManifest

/// A task type that only has words.
struct SampleType: FunctionTaskType {
  var name: String
  var summary = "a sample"
  var kinds: Set<TaskKind> = [.io, .cpu]
  var parameters: [Parameter] = []

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value { .null }

  static let all: [any TaskType] = [
    SampleType(
      name: "run",
      parameters: [.init("argv", .list(.string), "the command"), .init("shell", .string, "its text")]),
    SampleType(
      name: "http.get", kinds: [.io],
      parameters: [
        .init("url", .string, isRequired: true, "the address"), .init("save", .path, "where the body goes"),
        .init("follow_redirects", .boolean, "whether to follow redirects"),
        .init("pause", .duration, "how long to wait"),
        .init("method", .choice(["GET", "HEAD"]), "the method"),
        .init("expect_status", .list(.integer(100...599)), "good ones"),
      ]),
    SampleType(
      name: "math.primes", kinds: [.cpu],
      parameters: [.init("below", .integer(0...Int.max), isRequired: true, "the limit")]),
    SampleType(name: "any.value", parameters: [.init("value", .any, "anything")]),
    SampleCommandType(),
  ]
}

/// A task type that starts a program.
struct SampleCommandType: CommandTaskType {
  let name = "any.command"
  let summary = "a sample"
  let parameters: [Parameter] = []

  func command(for parameters: ValueObject) throws -> Command { Command(arguments: ["true"]) }
}

extension ManifestLoader {
  static func sample(_ variables: [(name: String, value: String)] = []) -> ManifestLoader {
    ManifestLoader(taskTypes: SampleType.all, variables: variables)
  }
}

/// The manifest of a text that is expected to be good.
func load(_ text: String, _ variables: [(name: String, value: String)] = []) throws -> Manifest {
  try ManifestLoader.sample(variables).load(Array(text.utf8), path: "tasks.yaml")
}

/// What is wrong with a text; nothing if it is good.
func rejection(of bytes: [UInt8]) -> ManifestRejected {
  do throws(ManifestRejected) {
    _ = try ManifestLoader.sample().load(bytes, path: "tasks.yaml")
    return ManifestRejected(diagnostics: [])
  } catch {
    return error
  }
}

func rejection(of text: String) -> ManifestRejected { rejection(of: Array(text.utf8)) }
