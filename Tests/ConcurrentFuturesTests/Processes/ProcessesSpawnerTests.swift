import CSystem
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ConcurrentFutures

private let needsProc = ConditionTrait.enabled(
  if: FileManager.default.fileExists(atPath: "/proc/self/stat"), "needs /proc")

/// Commands from their start to their end.
@Suite(.onOwnThread, .timeLimit(.minutes(20))) struct ProcessesSpawnerTests {
  private static let spawner = ProcessSpawner(children: 64)

  private static func run(_ command: ProcessCommand) throws -> ProcessResult {
    guard case .ended(let result) = spawner.run(command) else { throw NotEnded() }
    return result
  }

  private static func shell(_ text: String, marks: [String] = []) -> ProcessCommand {
    ProcessCommand(arguments: ["/bin/sh", "-c", text], marks: marks)
  }

  private struct NotEnded: Error {}

  // MARK: Starts

  @Test(arguments: [
    (Duration.zero, "true", true), (.seconds(600), "true", false), (.milliseconds(1), "sleep 0.2", true),
  ])
  func theStartIsToldOfWhatRunsForLongerThanTheMoment(moment: Duration, text: String, isTold: Bool) throws {
    var told: [ContinuousClock.Instant] = []
    let outcome = Self.spawner.run(Self.shell(text), after: moment) { _, start in told.append(start) }
    guard case .ended(let result) = outcome else { throw NotEnded() }
    #expect(told == (isTold ? [result.start] : []))
  }

  // MARK: Ends

  @Test func theStatusOfAChildThatEndsWhileOrphansAreLookedForIsLeftToItsOwner() throws {
    let input = try Descriptor.noInput()
    let child = try Self.spawner.spawn(
      .init(
        arguments: ["/bin/sleep", "600"], environment: .current, directory: nil, input: input.number,
        output: input.number, error: input.number))
    Orphans.reap(among: [child.pid]) {
      // As if it had not written itself down when the list was made; now it has run and ended.
      kill(child.pid, SIGKILL)
      var ended = pollfd(fd: child.exitDescriptor, events: Int16(POLLIN), revents: 0)
      #expect(poll(&ended, 1, -1) == 1)
      return []
    }
    #expect(Self.spawner.reap(child).signal == SIGKILL)
  }

  @Test(arguments: [0, 1, 2, 42, 126, 127, 128, 130, 255])
  func theExitStatusIsExact(status: Int) throws {
    #expect(try Self.run(Self.shell("exit \(status)")).ending == .exited(status))
  }

  @Test(arguments: [1, 2, 3, 6, 9, 10, 11, 13, 15])
  func theSignalIsExact(number: Int) throws {
    guard case .signalled(number, _) = try Self.run(Self.shell("kill -\(number) $$")).ending else {
      return #expect(Bool(false))
    }
  }

  @Test func theStartIsToldWithThePidOfTheLeader() throws {
    var pids: [Int] = []
    let outcome = Self.spawner.run(Self.shell("echo $$")) { pid, _ in pids.append(pid) }
    guard case .ended(let result) = outcome else { return #expect(Bool(false)) }
    #expect(pids == [result.pid])
    #expect(result.stdout.head == Array("\(result.pid)\n".utf8))
    #expect(result.stop == .none)
  }

  @Test func whatWasUsedIsKnown() throws {
    let result = try Self.run(Self.shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"))
    #expect(result.userTime + result.systemTime > .zero)
    #expect(result.maxRSSBytes > 100_000)
  }

  // MARK: Surroundings

  @Test(needsProc) func aChildHasThreeDescriptorsASessionAndNoInput() throws {
    let kept = open("/dev/null", O_RDONLY)  // without close-on-exec
    defer { close(kept) }
    let result = try Self.run(Self.shell("ls /proc/self/fd; cat; ps -o sid= -p $$; ps -o pgid= -p $$"))
    let lines = String(decoding: result.stdout.head, as: UTF8.self).split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    // ls itself opens the folder.
    #expect(lines == ["0", "1", "2", "3", "\(result.pid)", "\(result.pid)"])
  }

  @Test(needsProc) func aChildHasNoSignalBlockedOrIgnored() throws {
    let result = try Self.run(
      ProcessCommand(arguments: ["/bin/sh", "-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status"]))
    #expect(
      String(decoding: result.stdout.head, as: UTF8.self)
        == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
  }

  @Test func theFolderAndTheEnvironmentAreThoseOfTheCommand() throws {
    let folder = TemporaryFolder()
    var environment = ProcessEnvironment()
    environment["A"] = "1 2\n3"
    environment["PATH"] = "/usr/bin:/bin"
    let command = ProcessCommand(
      arguments: ["/bin/sh", "-c", "pwd; env"], environment: environment, directory: folder.path)
    let text = String(decoding: try Self.run(command).stdout.head, as: UTF8.self)
    #expect(text.hasPrefix(folder.path + "\n"))
    #expect(text.contains("A=1 2\n3\n"))
    #expect(!text.contains("HOME="))
  }

  @Test(arguments: [0, 1, 65_536, 3_000_000])
  func inputArrivesWhole(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var command = Self.shell("cat")
    command.input = bytes
    command.outputLimitBytes = 2 * 3_000_000
    let result = try Self.run(command)
    #expect(result.stdout.head + result.stdout.tail == bytes)
  }

  @Test func inputThatNobodyReadsHoldsNothingUp() throws {
    var command = Self.shell("exit 3")
    command.input = [UInt8](repeating: 1, count: 3_000_000)
    #expect(try Self.run(command).ending == .exited(3))
  }

  @Test(arguments: ["", "a b", "'", "\"", "$(touch x)", "*", "é\u{1F600}", "-rf", "\n", "\\"])
  func argumentsArriveAsTheyAre(argument: String) throws {
    let result = try Self.run(ProcessCommand(arguments: ["/usr/bin/printf", "%s", argument]))
    #expect(result.stdout.head == Array(argument.utf8))
  }

  // MARK: Output

  @Test func bothStreamsAreExact() throws {
    let result = try Self.run(Self.shell("printf 'o\\000\\377'; printf e >&2; printf p"))
    #expect(result.stdout.head == [0x6F, 0, 0xFF, 0x70])
    #expect(result.stderr.head == [0x65])
  }

  @Test func aBufferFullAtTheLastMomentIsNotLost() throws {
    for _ in 0..<50 {
      let result = try Self.run(Self.shell("head -c 65536 /dev/zero"))
      #expect(result.stdout.totalBytes == 65_536)
    }
  }

  @Test func beyondTheLimitTheBeginningAndTheEndAreKept() throws {
    var command = Self.shell("printf begin; head -c 5000000 /dev/zero; printf end")
    command.outputLimitBytes = 1000
    let capture = try Self.run(command).stdout
    #expect(capture.totalBytes == 5_000_008)
    #expect(capture.head.count == 500)
    #expect(capture.head.starts(with: Array("begin".utf8)))
    #expect(capture.tail.count == 500)
    #expect(capture.tail.suffix(3) == Array("end".utf8))
  }

  @Test func aGrandchildThatHoldsTheOutputDoesNotHoldTheCommand() async throws {
    // Held, it would run into the time limit of the suite.
    let result = try Self.run(Self.shell("sleep 10000 & echo $!; exit 4"))
    #expect(result.ending == .exited(4))
    let text = String(decoding: result.stdout.head, as: UTF8.self)
    let grandchild = try #require(Int(text.dropLast()))
    #expect(await eventually { !isAlive(grandchild) })
  }

  @Test func whatAGrandchildWritesSoonStillCounts() throws {
    // It has 200 ms, in which a busy machine may not get round to it; but not twenty times in a row.
    let hasCounted = try (0..<20).contains { _ in
      let result = try Self.run(Self.shell("(sleep 0.02; echo late) & echo early"))
      return result.stdout.head == Array("early\nlate\n".utf8)
    }
    #expect(hasCounted)
  }

  // MARK: Stopping

  @Test func aStopBeforeTheStartStartsNothing() {
    for stop in [{ (control: ProcessControl) in control.terminate(SIGTERM) }, { $0.kill() }] {
      let control = ProcessControl()
      stop(control)
      guard case .stoppedBeforeStart = Self.spawner.run(Self.shell("exit"), control: control) else {
        return #expect(Bool(false))
      }
    }
  }

  @Test(needsProc, arguments: [1, 2, 15])
  func terminatingSendsTheSignalToTheWholeGroup(number: Int32) throws {
    let folder = TemporaryFolder()
    let control = ProcessControl()
    let loop = "echo ready > '\(folder.path)/ready'; while :; do sleep 0.01; done"
    let text = "(trap 'echo child >> \(folder.path)/log; exit' HUP INT TERM; \(loop)) & exec sleep 1000"
    let outcome = Self.spawner.run(Self.shell(text), control: control) { pid, _ in
      Thread.detachNewThread {
        while !folder.textSoFar("ready").hasSuffix("\n") { usleep(1000) }
        // A shell that is starting a program may swallow SIGINT.
        while (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) != "sleep\n" {
          usleep(1000)
        }
        control.terminate(number)
      }
    }
    guard case .ended(let result) = outcome else { return #expect(Bool(false)) }
    #expect(result.ending == .signalled(Int(number), dumpedCore: false))
    #expect(result.stop == .terminated)
    // After SIGHUP or SIGINT what is left of the group is asked once more, by SIGTERM.
    #expect(try Set(folder.text("log").split(separator: "\n")) == ["child"])
  }

  @Test func aGroupThatIgnoresTheSignalIsKilledAndSoIsWhatLeftIt() throws {
    let folder = TemporaryFolder()
    let mark = "TASKRUN_TEST_MARK=\(UUID().uuidString)"
    let control = ProcessControl()
    var command = Self.shell(
      "trap '' TERM; setsid sleep 1000 & (trap '' TERM; sleep 1000) & echo ready > \(folder.path)/ready; wait; wait",
      marks: [mark])
    command.environment["TASKRUN_TEST_MARK"] = String(mark.split(separator: "=")[1])
    let outcome = Self.spawner.run(command, control: control) { pid, _ in
      Thread.detachNewThread {
        while !folder.textSoFar("ready").hasSuffix("\n") { usleep(1000) }
        control.terminate(SIGTERM)
        // The leader and a child go on; only a kill ends them.
        while control.stop != .terminated || csystem_living_in_group(Int32(pid)) == 0 { usleep(1000) }
        control.kill()
      }
    }
    guard case .ended(let result) = outcome else { return #expect(Bool(false)) }
    #expect(result.ending == .signalled(9, dumpedCore: false))
    #expect(result.stop == .killed)
    #expect(csystem_living_in_group(Int32(result.pid)) == 0)
    let left = withCStringArray([Array(mark.utf8CString)]) { entries in
      csystem_signal_marked(
        UnsafeRawPointer(entries).assumingMemoryBound(to: UnsafePointer<CChar>?.self), nil, 0, 0)
    }
    #expect(left == 0)
  }

  @Test(needsProc) func aStoppedGroupIsWokenToEnd() throws {
    let control = ProcessControl()
    let outcome = Self.spawner.run(Self.shell("kill -STOP $$; exit 1"), control: control) { pid, _ in
      Thread.detachNewThread {
        while (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.contains(") T ") != true {
          usleep(1000)
        }
        control.terminate(SIGTERM)
      }
    }
    guard case .ended(let result) = outcome else { return #expect(Bool(false)) }
    #expect(result.ending == .signalled(15, dumpedCore: false))
  }

  @Test func aStopAfterTheEndDoesNotCount() throws {
    let folder = TemporaryFolder()
    let control = ProcessControl()
    // Two grandchildren hold the output. One is in the group and killed for it, so its end shows that the leader's end
    // is known; the other one has left the group, so that the command is not over yet.
    let text = "setsid sleep 5 & sleep 10000 & echo $! > '\(folder.path)/held'; exit 0"
    let outcome = Self.spawner.run(Self.shell(text), control: control) { _, _ in
      Thread.detachNewThread {
        while !folder.textSoFar("held").hasSuffix("\n") { usleep(1000) }
        while Int(folder.textSoFar("held").dropLast()).map({ isAlive($0) }) ?? false { usleep(1000) }
        control.terminate(SIGTERM)
      }
    }
    guard case .ended(let result) = outcome else { return #expect(Bool(false)) }
    #expect(result.ending == .exited(0))
    #expect(result.stop == .none)
    control.kill()
    #expect(control.stop == .killed)
  }

  @Test func manyCommandsAtOnceKeepTheirOutputsApart() async throws {
    let pool = try ThreadExecutor(maxWorkers: 16)
    var results: [Future<ProcessResult>] = []
    for index in 0..<200 {
      results.append(try await pool.submit { try Self.run(Self.shell("echo \(index); echo \(index) >&2")) })
    }
    for (index, result) in results.enumerated() {
      let result = try await result.value
      #expect(result.stdout.head == Array("\(index)\n".utf8))
      #expect(result.stderr.head == Array("\(index)\n".utf8))
    }
    await pool.shutdown()
  }
}
