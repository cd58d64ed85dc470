import ConcurrentFutures
import Foundation
import TestSupport
import Testing

/// Worker programs written by hand, in Python and sh: good ones, bad ones and hostile ones.
@Suite(.timeLimit(.minutes(20)), .enabled(if: HandWritten.hasPython, "needs python3"))
struct ProcessesHostileWorkerTests {
  // MARK: Good ones

  @Test func fortyLinesOfPythonAreAWorker() async throws {
    try await with(HandWritten.executor("good", maxWorkers: 2)) { executor in
      let submissions = try (0..<1000).map { try executor.begin("double", "{\"x\":\($0)}") }
      var pids: Set<Int> = []
      for (index, submission) in submissions.enumerated() {
        #expect(await submission.text == "\(2 * index)")
        pids.formUnion(submission.starts)
      }
      #expect((1...2).contains(pids.count))
      #expect(submissions.allSatisfy { $0.ends == 1 && $0.starts.count == 1 })
    }
  }

  @Test func aWorkerMayLeaveAfterEachTask() async throws {
    try await with(HandWritten.executor("bye")) { executor in
      var pids: Set<Int> = []
      for index in 0..<4 {
        let submission = try executor.begin("double", "{\"x\":\(index)}")
        #expect(await submission.text == "\(2 * index)")
        pids.formUnion(submission.starts)
      }
      // The next task may be on its way when the worker says so; then it is the last.
      #expect((2...4).contains(pids.count))
    }
  }

  @Test func aWorkerMaySayByeBeforeItsLastAnswer() async throws {
    try await with(HandWritten.executor("bye-first")) { executor in
      let submissions = try (0..<4).map { try executor.begin("double", "{\"x\":\($0)}") }
      for (index, submission) in submissions.enumerated() { #expect(await submission.text == "\(2 * index)") }
    }
  }

  @Test func whatALeavingWorkerNeverBeganGoesToAnother() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("bye-refuse-once", folder)) { executor in
      let submission = try executor.begin("double", "{\"x\":4}")
      #expect(await submission.text == "8")
      #expect(submission.starts.count == 1)
      #expect(try folder.text("starts") == "xx")
    }
  }

  @Test func aCancelledTaskIsAnsweredOnce() async throws {
    try await with(HandWritten.executor("cancellable")) { executor in
      let submission = try executor.begin("double", "{}")
      _ = try await submission.pid
      executor.cancel(submission.call)
      guard case .cancelled(.requested)? = await submission.failure else { return #expect(Bool(false)) }
      #expect(submission.ends == 1)
    }
  }

  @Test func unknownFieldsNotificationsAndOutputAreFine() async throws {
    try await with(HandWritten.executor("chatty")) { executor in
      let submission = try executor.begin("double", "{\"x\":1}")
      #expect(await submission.text == "2")
      #expect(submission.stdout == "half way\n")
      #expect(submission.stderr == "oh\n")
      #expect(submission.starts.count == 1)
    }
  }

  // MARK: Files

  @Test func aValueMayComeInAFileThatIsRemoved() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("file", folder)) { executor in
      var request = WorkerRequest(type: "double", parameters: Array("{\"x\":5}".utf8))
      request.directory = folder.path
      let relative = try executor.begin(request)
      #expect(await relative.text == "[10]")
      #expect(!folder.names.contains("value"))
    }
  }

  @Test(arguments: ["file-outside", "file-up", "file-linked", "file-missing"])
  func aFileElsewhereIsNeitherReadNorRemoved(mode: String) async throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder["task"], withIntermediateDirectories: true)
    let precious = folder.path + ".precious"
    try Data("1".utf8).write(to: URL(fileURLWithPath: precious))
    defer { unlink(precious) }
    try await with(HandWritten.executor(mode, folder)) { executor in
      var request = WorkerRequest(type: "double", parameters: Array("{}".utf8))
      request.directory = folder["task"]
      guard case .decoding(let reason)? = try await executor.begin(request).failure else {
        return #expect(Bool(false))
      }
      #expect(reason.contains(mode == "file-missing" ? "does not exist" : "lies neither below"))
      #expect(FileManager.default.contents(atPath: precious) == Data("1".utf8))
    }
  }

  @Test func aFileThatAWorkerLeavesBeforeItHasSaidSoIsRemoved() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("file-orphaned", folder)) { executor in
      var request = WorkerRequest(type: "double", parameters: Array("{}".utf8))
      request.directory = folder.path
      guard case .workerLost? = try await executor.begin(request).failure else {
        return #expect(Bool(false))
      }
      #expect(try folder.text("written").hasPrefix("taskrun-value-"))
      #expect(folder.names == ["starts", "written"])
    }
  }

  // MARK: Bad at work

  @Test func garbageCostsTheTaskThatRuns() async throws {
    try await with(HandWritten.executor("garbage-after-5")) { executor in
      let submissions = try (0..<20).map { try executor.begin("double", "{\"x\":\($0)}") }
      var violations = 0
      for (index, submission) in submissions.enumerated() {
        guard case .protocolViolation(let reason)? = await submission.failure else {
          #expect(await submission.text == "\(2 * index)")
          continue
        }
        violations += 1
        #expect(reason == "not a JSON object: expected '{' at byte 0: 'DEBUG \u{FFFD} hello'")
      }
      // One worker, and each garbles its sixth.
      #expect(violations == 3)
    }
  }

  @Test func aSecondAnswerEndsTheWorkerAndNothingElse() async throws {
    try await with(HandWritten.executor("twice")) { executor in
      let submissions = try (0..<5).map { try executor.begin("double", "{\"x\":\($0)}") }
      for (index, submission) in submissions.enumerated() { #expect(await submission.text == "\(2 * index)") }
      // What it had answered well by then counts.
      #expect((2...5).contains(Set(submissions.flatMap(\.starts)).count))
      #expect(submissions.allSatisfy { $0.ends == 1 })
    }
  }

  @Test func whatAWorkerBeganWithoutAWordIsNotRunAgainWhenItBreaksTheProtocol() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("secretive", folder)) { executor in
      let submissions = try (0..<4).map { try executor.begin("double", "{\"x\":\($0)}") }
      for (index, submission) in submissions.enumerated() where index != 1 {
        #expect(await submission.text == "\(2 * index)")
      }
      guard case .protocolViolation? = await submissions[1].failure else { return #expect(Bool(false)) }
      #expect(try folder.text("begun") == "0 1 2 3 ")
    }
  }

  @Test func whatAWorkerAnswersAfterItHasBrokenTheProtocolCountsAndIsNotRunAgain() async throws {
    let folder = TemporaryFolder()
    try await with(HandWritten.executor("garbled", folder)) { executor in
      // The worker tells that these are short, so that the next ones are sent ahead.
      let submissions = try (0..<10).map { try executor.begin("double", "{\"x\":\($0)}") }
      for (index, submission) in submissions.enumerated() where index != 4 {
        #expect(await submission.text == "\(2 * index)")
      }
      guard
        case .protocolViolation("not a JSON object: expected '{' at byte 0: 'oops'")? =
          await submissions[4].failure
      else { return #expect(Bool(false)) }
      #expect(try folder.text("begun") == "0 1 2 3 4 5 6 7 8 9 ")
    }
  }

  @Test(arguments: [
    ("unknown-status", "unknown status 'sucess'; expected 'succeeded' or 'failed': '"),
    ("no-status", "'status' is missing: '"),
    ("null-result", "'status' is missing: '"),
    ("no-result", "'result' or 'error' is missing: '"),
    ("wrong-id", "it answered request 'zzz', which it does not have"),
    ("closed-stdout", "its standard output was closed"),
    ("long-line", "a line longer than 1048576 bytes: 'xxx"),
  ])
  func aBrokenAnswerIsAViolation(mode: String, text: String) async throws {
    try await with(HandWritten.executor(mode)) { executor in
      let submission = try executor.begin("double", "{}")
      guard case .protocolViolation(let reason)? = await submission.failure else {
        return #expect(await submission.text == text)
      }
      #expect(reason.hasPrefix(text))
      #expect(submission.ends == 1)
    }
  }

  @Test(arguments: [("exit-0", WorkerDeath.Ending.exited(code: 0)), ("exit-3", .exited(code: 3))])
  func aWorkerThatEndsInsteadOfAnsweringIsLost(mode: String, ending: WorkerDeath.Ending) async throws {
    try await with(HandWritten.executor(mode)) { executor in
      let submission = try executor.begin("double", "{}")
      guard case .workerLost(let death, attempt: 1)? = await submission.failure else {
        return #expect(Bool(false))
      }
      #expect(death.ending == ending)
      #expect(death.lastStderr == "last words\n")
      #expect(submission.stderr == "last words\n")
    }
  }

  @Test func aWorkerThatReadsNothingIsKilledAndBlocksNobody() async throws {
    let stuck = try HandWritten.shell(
      "exec sleep 1000", { $0.stallTimeout = .milliseconds(20) })
    let request = WorkerRequest(
      type: "double", parameters: Array("\"\(String(repeating: "x", count: 300_000))\"".utf8))
    let submissions = try (0..<10).map { _ in try stuck.begin(request) }
    let small = try (0..<10).map { _ in try stuck.begin("double", "{}") }
    // Another executor does not notice.
    try await with(.ofFixture()) { executor in
      let text = try await executor.begin("echo", "1").text
      #expect(text == "1")
    }
    for submission in submissions + small {
      guard case .protocolViolation(let reason)? = await submission.failure else {
        return #expect(Bool(false))
      }
      #expect(reason == "it has read nothing for 0.02 seconds")
      #expect(submission.ends == 1)
    }
    await stuck.shutdown()
  }
}
