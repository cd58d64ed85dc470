import ConcurrentFutures
import Foundation
import TestSupport
import Testing

/// What is refused, and in which words.
@Suite(.onOwnThread, .timeLimit(.minutes(20))) struct ProcessesRefusalTests {
  @Test(arguments: [0, -1, 1025, .max, .min])
  func anImpossibleSizeIsRefused(size: Int) {
    #expect(
      throws: ConfigurationError.outOfRange(setting: "maxWorkers", value: "\(size)", accepted: "1...1024")
    ) { try ProcessExecutor.ofFixture(maxWorkers: size) }
  }

  @Test("E17: a worker makes no executor") func aWorkerMakesNoExecutor() async throws {
    try await with(.ofFixture()) { executor in
      let text = try await executor.begin("nest").text
      #expect(text == "\"a process executor cannot be made inside of a worker process\"")
    }
  }

  @Test("E18: a program that forgets the worker's entry is told what to call")
  func aProgramThatForgetsTheWorkerEntryIsToldWhatToCall() async throws {
    try await with(.ofFixture { $0.arguments = [fixtureProgram, "forgetful"] }) { executor in
      guard case .executorBroken(let reason)? = try await executor.begin("echo").failure else {
        return #expect(Bool(false))
      }
      #expect(reason.contains("'Worker.runIfRequested'"))
      #expect(reason.contains("'hello from a program that knows nothing of workers'"))
      // And so for everything that comes later.
      guard case .executorBroken? = try await executor.begin("echo").failure else {
        return #expect(Bool(false))
      }
    }
  }

  @Test func aWorkerStartedByHandSaysWhatItIs() {
    var environment = ProcessEnvironment.current
    environment["TASKRUN_PLUGIN"] = nil
    let command = ProcessCommand(arguments: [fixtureProgram, "serve"], environment: environment)
    guard case .ended(let result) = ProcessSpawner().run(command) else { return #expect(Bool(false)) }
    #expect(result.ending == .exited(2))
    #expect(result.stderr.head == Array("this is a worker of taskrun; taskrun starts it by itself\n".utf8))
  }

  /// What a service gives back, and what becomes of it.
  private static let wrongValues = [
    ("", "a value at byte 0"), ("}", "a value at byte 0"), ("1 2", "the end at byte 2"),
    ("[1", "a value at byte 2"), ("1,x:2", "the end at byte 1"),
    (String(repeating: "[", count: 62) + String(repeating: "]", count: 62), "at most 61 levels at byte 61"),
    (String(repeating: "[", count: 2_000_000), "at most 61 levels at byte 61"),
  ]

  @Test(arguments: wrongValues)
  func aValueThatWouldBreakTheLineFailsItsRequestOnly(value: String, expected: String) async throws {
    try await with(.ofFixture()) { executor in
      let pid = try await executor.begin("pid").text
      let text = try await executor.begin("raw", "\"\(value)\"").text
      #expect(text == "[cannot be encoded: the value is not JSON: expected \(expected)]")
      // The content of an error is not needed for it to arrive.
      guard
        case .failure(let error) = try await executor.begin("failWith", "\"\(value)\"").future.value.result
      else { return #expect(Bool(false)) }
      #expect(error.message == "no" && error.content == nil)
      #expect(try await executor.begin("pid").text == pid)
    }
  }

  @Test(arguments: wrongValues.dropLast())
  func parametersThatWouldBreakTheLineFailTheirRequestOnly(text: String, expected: String) async throws {
    try await with(.ofFixture()) { executor in
      let pid = try await executor.begin("pid").text
      let answer = try await executor.begin("echo", text).text
      #expect(answer == "[cannot be encoded: the parameters are not JSON: expected \(expected)]")
      #expect(try await executor.begin("pid").text == pid)
    }
  }

  @Test func aValueOf61LevelsArrives() async throws {
    try await with(.ofFixture()) { executor in
      let value = String(repeating: "[", count: 61) + String(repeating: "]", count: 61)
      #expect(try await executor.begin("raw", "\"\(value)\"").text == value)
      guard
        case .failure(let error) = try await executor.begin("failWith", "\"\(value)\"").future.value.result
      else { return #expect(Bool(false)) }
      #expect(error.content == Array(value.utf8))
    }
  }
}
