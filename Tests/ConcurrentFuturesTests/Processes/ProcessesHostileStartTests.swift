import CSystem
import ConcurrentFutures
import Foundation
import TestSupport
import Testing

/// Programs that do not become workers, or do not stay it.
@Suite(.timeLimit(.minutes(20)), .enabled(if: HandWritten.hasPython, "needs python3"))
struct ProcessesHostileStartTests {
  @Test(arguments: [
    ("wrong-cookie", "it answered 'initialize' with another cookie"),
    ("wrong-version", "it speaks protocol 2, this host speaks 1"),
    ("refuses", "it refused 'initialize': not today"),
    ("usage", "not a JSON object: expected '{' at byte 0: 'usage: worker [-h]'"),
    ("dies", "exited with status 5; a program"),
  ])
  func aProgramThatDoesNotBecomeAWorkerBreaksTheExecutor(mode: String, text: String) async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor(mode, folder, maxWorkers: 2)) { executor in
      let submissions = try (0..<20).map { _ in try executor.begin("double", "{}") }
      for submission in submissions {
        guard case .executorBroken(let reason)? = await submission.failure else {
          return #expect(Bool(false))
        }
        #expect(reason.contains(text))
        let advises = reason.contains("calls 'Worker.runIfRequested' before anything else")
        #expect(advises == (mode != "refuses"))
        #expect(reason.hasSuffix("; it wrote: last words\n"))
        #expect(submission.starts == [])
      }
      // No fork bomb.
      #expect(try (3...7).contains(folder.text("starts").count))
    }
  }

  @Test(arguments: [("leaves", 1), ("bye-refuse", 0)])
  func workersThatDoNothingAreNotStartedForEver(mode: String, minWorkers: Int) async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor(mode, folder) { $0.minWorkers = minWorkers }) { executor in
      var failure = try await executor.begin("double", "{}").failure
      // It may have caught a worker before that one left.
      for _ in 0..<9 {
        guard case .workerLost? = failure else { break }
        failure = try await executor.begin("double", "{}").failure
      }
      guard case .executorBroken(let reason)? = failure else {
        return #expect(failure.map { "\($0)" } == "")
      }
      #expect(reason.contains("was a worker and did nothing: worker "))
      #expect(try (8...10).contains(folder.text("starts").count))
    }
  }

  @Test func aProgramThatSaysNothingIsKilledWithItsChildren() async throws {
    // It has to come so far as to write its pid: a busy machine needs a longer limit.
    for (milliseconds, words) in [(500, "0.5"), (8000, "8.0")]
    where try await isKilledAfterSilence(of: .milliseconds(milliseconds), words) { return }
    #expect(try await isKilledAfterSilence(of: .seconds(60), "60.0"))
  }

  /// - Returns: whether its start came so far as to write its pid; if so, all else is checked.
  private func isKilledAfterSilence(of limit: Duration, _ words: String) async throws -> Bool {
    let folder = TemporaryFolder()
    func pids() -> [Int] { folder.textSoFar("pids").split(separator: "\n").compactMap { Int($0) } }
    var configuration = ProcessExecutor.Configuration(
      maxWorkers: 2,
      arguments: [
        "/bin/sh", "-c", "echo 'last words' >&2; echo $$ >> '\(folder.path)/pids'; sleep 10000; exit",
      ])
    configuration.handshakeTimeout = limit
    try await with(ProcessExecutor(configuration)) { executor in
      guard case .executorBroken(let reason)? = try await executor.begin("double").failure else {
        return #expect(Bool(false))
      }
      // Another program is not to be expected of the next start.
      guard pids().count == 1 else { return }
      #expect(
        reason
          == "'/bin/sh' did not become a worker: no answer to 'initialize' within \(words) seconds; a program "
          + "that is to be one calls 'Worker.runIfRequested' before anything else; it wrote: last words\n")
    }
    #expect(await eventually { pids().allSatisfy { csystem_living_in_group(Int32($0)) == 0 } })
    return pids().count == 1
  }

  @Test(arguments: [
    (["/no/such/program"], "no such program: '/no/such/program'"),
    (["/etc"], "not executable: '/etc'"),
  ])
  func aProgramThatCannotBeStartedFailsEvenASingleTask(arguments: [String], text: String) async throws {
    let executor = try ProcessExecutor(.init(maxWorkers: 4, arguments: arguments))
    try await with(executor) { executor in
      for _ in 0..<2 {
        guard case .executorBroken(let reason)? = try await executor.begin("double").failure else {
          return #expect(Bool(false))
        }
        #expect(reason == text)
      }
    }
  }

  @Test func aWorkerThatDiesTwiceAtItsStartIsTriedOnceMore() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("dies-twice", folder)) { executor in
      let text = try await executor.begin("double", "{\"x\":2}").text
      #expect(text == "4")
      #expect(try folder.text("starts") == "xxx")
    }
  }

  /// What the workers written by hand do.
  private enum Twice: WorkerTask {
    struct Input: Codable, Sendable { var x: Int }

    static var name: String { "double" }
    static func run(_ input: Input, _ context: WorkerContext) -> Int { 2 * input.x }
  }

  private func isStopped(_ pid: Int) -> Bool {
    let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].hasPrefix(") T")
  }

  @Test func whatAKilledWorkerNeverReadGoesToAnotherAlsoIfItTakesOneAtATime() async throws {
    try await with(HandWritten.executor("good")) { executor in
      for number in 0..<20 {
        #expect(try await executor.submit(Twice.self, .init(x: number)).value == 2 * number)
        let pid = try #require(executor.snapshot().processes.first?.pid)
        // It is there, but reads nothing more once it has stopped.
        kill(pid_t(pid), SIGSTOP)
        #expect(await eventually { isStopped(pid) })
        let future = try await executor.submit(Twice.self, .init(x: -number))
        #expect(await eventually { future.state == .running })
        kill(pid_t(pid), SIGKILL)
        #expect(try await future.value == -2 * number)
      }
    }
  }

  @Test func startsThatFailWhileAWorkerWorksBreakNothing() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("dies-later", folder, maxWorkers: 2)) { executor in
      // The first worker works on, so that the one after three that died is started.
      for index in 0..<10_000 where folder.textSoFar("starts").count < 5 {
        let submissions = try (0..<4).map { try executor.begin("double", "{\"x\":\(index + $0)}") }
        for (number, submission) in submissions.enumerated() {
          #expect(await submission.text == "\(2 * (index + number))")
        }
      }
      #expect(try folder.text("starts").count >= 5)
    }
  }
}
