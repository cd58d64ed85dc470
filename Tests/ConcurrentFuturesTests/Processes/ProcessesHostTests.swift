import ConcurrentFutures
import Foundation
import TestSupport
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

  @Test("E22: a system that refuses a process is asked again, and everything is done")
  func moreChildrenThanDescriptorsAllowTakeTurns() {
    #expect(Self.output(of: "crowded") == "commands 40\ncalls 40\n")
  }

  @Test func aHostThatIgnoresTheDeathOfChildrenLearnsHowTheyEnd() {
    #expect(Self.output(of: "ignoring-sigchld") == "exited(7)\n")
  }

  // Several times: a host that dies closes its descriptors before its children have another parent, and what a worker sees
  // first is a matter of chance.
  @Test("E20: neither a worker nor what its task started outlives a host that is killed", arguments: 0..<8)
  func neitherAWorkerNorWhatItsTaskStartedOutlivesTheHost(_: Int) async throws {
    let folder = TemporaryFolder()
    let control = ProcessControl()
    // On a thread of its own: it is blocked until this test goes on.
    let threads = try ThreadExecutor(maxWorkers: 1)
    var environment = ProcessEnvironment.current
    environment["TMPDIR"] = folder.path
    let command = ProcessCommand(
      arguments: [fixtureProgram, "host", folder["pid"]], environment: environment)
    let host = try await threads.submit { ProcessSpawner().run(command, control: control) }
    func pids() -> [Int] { folder.textSoFar("pid").split(separator: "\n").compactMap { Int($0) } }
    #expect(await eventually { pids().count == 2 && folder.textSoFar("pid").hasSuffix("\n") })
    let (worker, child) = (try #require(pids().first), try #require(pids().last))
    #expect(isAlive(worker) && isAlive(child))
    control.kill()
    guard case .ended(let result) = try await host.value else { return #expect(Bool(false)) }
    #expect(result.ending == .signalled(9, dumpedCore: false))
    #expect(await eventually { !isAlive(worker) && !isAlive(child) })
    #expect(folder.names == ["pid"])
    await threads.shutdown()
  }
}
