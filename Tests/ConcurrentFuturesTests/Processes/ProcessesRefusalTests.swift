import ConcurrentFutures
import Foundation
import Testing

/// What is refused, and in which words.
@Suite(.onOwnThread, .timeLimit(.minutes(20))) struct ProcessesRefusalTests {
  @Test(arguments: [0, -1, 1025])
  func anImpossibleSizeIsRefused(size: Int) {
    #expect(
      throws: ConfigurationError.outOfRange(setting: "maxWorkers", value: "\(size)", accepted: "1...1024")
    ) { try ProcessExecutor.ofFixture(maxWorkers: size) }
  }

  @Test func aWorkerMakesNoExecutor() async throws {
    try await with(.ofFixture()) { executor in
      let text = try await executor.begin("nest").text
      #expect(text == "\"a process executor cannot be made inside of a worker process\"")
    }
  }

  @Test func aProgramThatForgetsTheWorkerEntryIsToldWhatToCall() async throws {
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
}
