import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import RunTask

@Suite(.onOwnThread) struct RunTaskTests {
  private let type = RunTask()

  @Test func aListIsTheArgumentsThemselves() throws {
    let hostile = ["; rm -rf .", "$(touch pwned)", "`id`", "'\"", "a\nb", "*", "", "🦤", "-rf"]
    let parameters: ValueObject = ["argv": .array((["printf", "%s"] + hostile).map { .string($0) })]
    #expect(try type.command(for: parameters).arguments == ["printf", "%s"] + hostile)
  }

  @Test func numbersAndBooleansInAListAreTheirText() throws {
    let command = try type.command(for: ["argv": ["seq", 1, 2.5, true]])
    #expect(command.arguments == ["seq", "1", "2.5", "true"])
    #expect(command.environment.isEmpty)
  }

  @Test func shellTextIsRunByShWithErrorsAndUnsetVariablesFatal() throws {
    let command = try type.command(for: ["shell": "echo $item\nfalse"])
    #expect(command.arguments == ["/bin/sh", "-eu", "-c", "echo $item\nfalse", "taskrun"])
  }

  @Test(
    arguments: [
      ([:], "expected exactly one of 'argv' and 'shell'"),
      (["argv": ["ls"], "shell": "ls"], "expected exactly one of 'argv' and 'shell'"),
      (["argv": []], "parameter 'argv' is empty; expected a program and its arguments"),
      (["argv": ["", "x"]], "parameter 'argv' begins with an empty string; expected a program"),
      (["argv": ["ls", "a\0b"]], "argument 1 holds a NUL byte, which no program can be given"),
      (["shell": "ls\0"], "the shell text holds a NUL byte, which no program can be given"),
    ] as [(ValueObject, String)])
  func whatIsNoCommandIsRefused(parameters: ValueObject, message: String) {
    #expect(throws: TaskError(type: "parameter", message: message)) { try type.command(for: parameters) }
  }

  @Test func conforms() {
    var check = TaskTypeConformance(of: type)
    check.accepted = [["argv": ["true"]], ["shell": "true"], ["shell": ""]]
    check.refused = [[:], ["argv": []], ["argv": "ls"], ["shell": ["ls"]], ["command": "ls"]]
    #expect(check.violations() == [])
    #expect(runPlugin.taskTypes.map(\.name) == ["run"])
  }
}
