import ConcurrentFutures
import Foundation
import Testing

/// Hosts of children, each in a process of its own: their descriptors and children can be counted, and they can be
/// killed.
@Suite(.onOwnThread, .timeLimit(.minutes(20))) struct ProcessesHostTests {
  private static func output(of role: String) -> String {
    let command = ProcessCommand(arguments: [fixtureProgram, role])
    guard case .ended(let result) = ProcessSpawner().run(command) else { return "not started" }
    let text = String(decoding: result.stdout.head + result.stdout.tail, as: UTF8.self)
    return result.ending == .exited(0)
      ? text : "\(result.ending) \(text) \(String(decoding: result.stderr.head, as: UTF8.self))"
  }

  @Test func thousandsOfChildrenLeaveNoDescriptorNoZombieAndNoMemory() {
    #expect(
      Self.output(of: "leaks") == """
        grown by less than 10 MiB: yes
        good 500 failed 200 lost 200
        descriptors 0 zombies 0
        children 0

        """)
  }

  @Test func moreChildrenThanDescriptorsAllowTakeTurns() {
    #expect(Self.output(of: "crowded") == "commands 40\ncalls 40\n")
  }

  @Test func aHostThatIgnoresTheDeathOfChildrenLearnsHowTheyEnd() {
    #expect(Self.output(of: "ignoring-sigchld") == "exited(7)\n")
  }

  @Test func aWorkerDoesNotOutliveItsHostNotEvenWithATask() async throws {
    let folder = try TemporaryFolder()
    let control = ProcessControl()
    // On a thread of its own: it is blocked until this test goes on.
    let threads = try ThreadExecutor(maxWorkers: 1)
    let host = try await threads.submit {
      ProcessSpawner().run(
        ProcessCommand(arguments: [fixtureProgram, "host", folder.path + "/pid"]), control: control)
    }
    #expect(await eventually { folder.read("pid").hasSuffix("\n") })
    let worker = try #require(Int(folder.read("pid").dropLast()))
    #expect(isAlive(worker))
    control.kill()
    guard case .ended(let result) = try await host.value else { return #expect(Bool(false)) }
    #expect(result.ending == .signalled(9, dumpedCore: false))
    #expect(await eventually { !isAlive(worker) })
    await threads.shutdown()
  }
}
