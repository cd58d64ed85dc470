import ConcurrentFutures
import Foundation
import TestSupport
import Testing

/// Tasks in worker processes that are written in Swift.
@Suite(.timeLimit(.minutes(20))) struct ProcessesExecutorTests {
  // MARK: Working

  @Test func aTaskRunsInAnotherProcess() async throws {
    try await with(.ofFixture()) { executor in
      let echo = try executor.begin("echo", #"{"a":[1,2,"ü"]}"#)
      #expect(await echo.text == #"{"a":[1,2,"ü"]}"#)
      let pid = try executor.begin("pid")
      let answer = try await pid.future.value
      #expect(answer.pid != ProcessInfo.processInfo.processIdentifier)
      #expect(try answer.result.get() == Array("\(answer.pid)".utf8))
      #expect(pid.starts == [answer.pid])
      #expect(pid.ends == 1)
      #expect(answer.userTime != nil)
    }
  }

  @Test func aWorkerIsUsedAgainAndOthersAreStartedOnDemand() async throws {
    try await with(.ofFixture(maxWorkers: 3)) { executor in
      var pids: Set<String> = []
      for _ in 0..<5 { pids.insert(try await executor.begin("pid").text) }
      #expect(pids.count == 1)
      let busy = try (0..<3).map { _ in try executor.begin("obey") }
      var busyPids: Set<Int> = []
      for submission in busy { busyPids.insert(try await submission.pid) }
      #expect(busyPids.count == 3)
      #expect(executor.snapshot().peak == 3)
      for submission in busy { executor.cancel(submission.call) }
      for submission in busy { #expect(await submission.text == "[cancelled]") }
    }
  }

  @Test func everythingOfARequestArrives() async throws {
    try await with(.ofFixture()) { executor in
      let request = WorkerRequest(
        type: "about", parameters: Array("1".utf8), task: "fetch[2]", attempt: 3, directory: "/srv",
        environment: [("A", "b c")], input: "in")
      let text1 = try await executor.begin(request).text
      #expect(text1 == #""fetch[2] 3 /srv A=b c in""#)
    }
  }

  @Test func whatATaskPrintsBelongsToItAndBreaksNothing() async throws {
    try await with(.ofFixture()) { executor in
      for index in 0..<20 {
        let submission = try executor.begin("print", "\(index)")
        #expect(await submission.text == "null")
        #expect(submission.stdout == "written \(index)")
        #expect(submission.stderr.contains("printed \(index)\n"))
        #expect(submission.stderr.contains("logged \(index)\n"))
      }
    }
  }

  @Test func failuresSayWhatAndWhere() async throws {
    try await with(.ofFixture()) { executor in
      let answer = try await executor.begin("fail", "\"no good\"").future.value
      guard case .failure(let error) = answer.result else { return #expect(Bool(false)) }
      #expect(
        error
          == RemoteError(typeName: "sample", message: "\"no good\"", trace: "here", pid: Int32(answer.pid)))
      let text2 = try await executor.begin("throw").text
      #expect(text2 == "[failed: Mishap: happened]")
      let text = try await executor.begin("nothing").text
      #expect(text == "[refused: no task type 'nothing'; name it in 'Worker.runIfRequested']")
      #expect(try await executor.begin("echo", "1").text == "1")
      #expect(executor.snapshot().workers == 1)
    }
  }

  @Test func valuesOnSeveralLinesArriveOnOne() async throws {
    try await with(.ofFixture()) { executor in
      let text3 = try await executor.begin("pretty").text
      #expect(text3 == #"{   "a": 1 }"#)
      let text4 = try await executor.begin("echo", "[1,\n2]").text
      #expect(text4 == "[1, 2]")
    }
  }

  @Test(arguments: [900_000, 1 << 20, 3_000_000])
  func payloadsOfAnySizeArriveAndLeaveNoFile(size: Int) async throws {
    let folder = TemporaryFolder()
    try await with(.ofFixture { $0.environment["TMPDIR"] = folder.path }) { executor in
      let text = "\"" + String(repeating: "y", count: size) + "\""
      #expect(try await executor.begin("echo", text).text == text)
      let big = try await executor.begin("big", "\(size)").text
      #expect(big.utf8.count == size + 2)
      #expect(folder.names == [])
    }
  }

  @Test func anEnvironmentThatFitsInNoLineFailsThatTask() async throws {
    try await with(.ofFixture()) { executor in
      var request = WorkerRequest(type: "echo", parameters: Array("1".utf8))
      request.input = String(repeating: "x", count: 1 << 20)
      let failure = try await executor.begin(request).failure
      #expect(
        failure?.description
          == "cannot be encoded: environment and standard input are longer than 1048576 bytes together")
      #expect(try await executor.begin("echo", "2").text == "2")
    }
  }

  // MARK: Dying

  @Test func aCrashCostsOneTask() async throws {
    try await with(.ofFixture(maxWorkers: 2)) { executor in
      let submissions = try (0..<21).map { index in
        try index == 10 ? executor.begin("crash", "11") : executor.begin("echo", "\(index)")
      }
      for (index, submission) in submissions.enumerated() where index != 10 {
        #expect(await submission.text == "\(index)")
      }
      guard case .workerLost(let death, attempt: 1)? = await submissions[10].failure else {
        return #expect(Bool(false))
      }
      guard case .signalled(number: 11, _) = death.ending else { return #expect(Bool(false)) }
      #expect(Int(death.pid) == submissions[10].starts.first)
      #expect(submissions.allSatisfy { $0.ends == 1 && $0.starts.count == 1 })
    }
  }

  @Test(arguments: [0, 3])
  func aWorkerThatExitsHasLostItsTask(code: Int) async throws {
    try await with(.ofFixture()) { executor in
      guard case .workerLost(let death, _)? = try await executor.begin("exit", "\(code)").failure else {
        return #expect(Bool(false))
      }
      #expect(death.ending == .exited(code: Int32(code)))
      #expect(try await executor.begin("echo", "1").text == "1")
    }
  }

  @Test func aWorkerKilledWhileIdleIsReplacedInSilence() async throws {
    try await with(.ofFixture(maxWorkers: 2)) { executor in
      for _ in 0..<10 {
        let pid = try await executor.begin("pid").future.value.pid
        kill(pid_t(pid), SIGKILL)
        let submissions = try (0..<10).map { try executor.begin("echo", "\($0)") }
        for (index, submission) in submissions.enumerated() { #expect(await submission.text == "\(index)") }
      }
    }
  }

  @Test func whatATaskStartedDiesWithItsWorker() async throws {
    try await with(.ofFixture()) { executor in
      // The shell led a group of its own and is gone; its child was ended with it.
      let child = try #require(Int(try await executor.begin("child").text))
      #expect(await eventually { !isAlive(child) })
    }
  }

  // MARK: Stopping

  @Test func aQueuedRequestIsCancelledAtOnce() async throws {
    try await with(.ofFixture()) { executor in
      let busy = try executor.begin("obey")
      _ = try await busy.pid
      let queued = try executor.begin("echo", "1")
      let killed = try executor.begin("echo", "2")
      let given = try executor.begin("echo", "3")
      executor.cancel(queued.call)
      executor.kill(killed.call)
      executor.giveUp(given.call)
      for submission in [queued, killed, given] {
        #expect(await submission.text == "[cancelled]")
        #expect(submission.starts == [])
      }
      executor.cancel(busy.call)
      #expect(await busy.text == "[cancelled]")
      // Too late: nothing happens.
      executor.cancel(busy.call)
      executor.kill(busy.call)
      #expect(try await executor.begin("echo", "4").text == "4")
      #expect(busy.ends == 1)
    }
  }

  @Test func aTaskThatIgnoresTheRequestIsKilled() async throws {
    try await with(.ofFixture()) { executor in
      let stubborn = try executor.begin("ignore")
      let pid = try await stubborn.pid
      executor.cancel(stubborn.call)
      executor.kill(stubborn.call)
      guard case .workerLost(let death, _)? = await stubborn.failure else { return #expect(Bool(false)) }
      #expect(death.ending == .signalled(number: 9, coreDumped: false))
      #expect(!isAlive(pid))
      #expect(try await executor.begin("echo", "1").text == "1")
    }
  }

  @Test func whoeverIsGivenUpLeavesItsPlace() async throws {
    try await with(.ofFixture()) { executor in
      let stuck = try executor.begin("ignore")
      _ = try await stuck.pid
      executor.giveUp(stuck.call)
      guard case .workerLost? = await stuck.failure else { return #expect(Bool(false)) }
      #expect(try await executor.begin("echo", "1").text == "1")
    }
  }

  // MARK: Recycling

  @Test func aWorkerIsReplacedAfterItsTasks() async throws {
    try await with(.ofFixture { $0.maxTasksPerWorker = 2 }) { executor in
      let submissions = try (0..<10).map { _ in try executor.begin("pid") }
      var pids: [String: Int] = [:]
      for submission in submissions { pids[await submission.text, default: 0] += 1 }
      #expect(pids.count == 5)
      #expect(pids.values.allSatisfy { $0 == 2 })
    }
  }

  @Test func anIdleWorkerLeavesAndAnotherComes() async throws {
    try await with(.ofFixture { $0.idleTimeout = .milliseconds(1) }) { executor in
      for _ in 0..<20 {
        let submission = try executor.begin("pid")
        let pid = try await submission.future.value.pid
        // Sometimes the next one comes just when this one leaves: it must not be lost.
        if Bool.random() { #expect(await eventually { executor.snapshot().workers == 0 && !isAlive(pid) }) }
      }
    }
  }

  // MARK: Ending

  @Test func shutdownWaitsForWhatWasSubmitted() async throws {
    let executor = try ProcessExecutor.ofFixture(maxWorkers: 2)
    let submissions = try (0..<20).map { try executor.begin("echo", "\($0)") }
    async let first: Void = executor.shutdown()
    async let second: Void = executor.shutdown()
    _ = await (first, second)
    for (index, submission) in submissions.enumerated() {
      #expect(submission.ends == 1)
      #expect(await submission.text == "\(index)")
    }
    await executor.shutdown()
    #expect(throws: SubmitError.shutDown) { try executor.begin("echo") }
    #expect(executor.snapshot() == ProcessExecutor.Snapshot.ended(peak: executor.snapshot().peak))
  }

  @Test func shutdownCancelsTheQueueIfAsked() async throws {
    let executor = try ProcessExecutor.ofFixture()
    let running = try executor.begin("obey")
    let pid = try await running.pid
    let queued = try (0..<10).map { _ in try executor.begin("echo") }
    async let end: Void = executor.shutdown(cancelQueued: true)
    for submission in queued {
      #expect(await submission.text == "[cancelled by the executor's shutdown]")
      #expect(submission.starts == [])
    }
    executor.cancel(running.call)
    await end
    #expect(running.ends == 1)
    #expect(!isAlive(pid))
  }

  @Test func anExecutorThatIsDroppedCancelsItsQueue() async throws {
    var executor: ProcessExecutor? = try .ofFixture()
    let running = try #require(try executor?.begin("echo", "1"))
    #expect(await running.text == "1")
    let pid = try #require(running.starts.first)
    executor = nil
    #expect(await eventually { !isAlive(pid) })
  }

  @Test func aShutdownWithoutAnyTaskEnds() async throws {
    try await ProcessExecutor.ofFixture().shutdown()
  }
}

extension ProcessExecutor.Snapshot {
  fileprivate static func ended(peak: Int) -> Self {
    var snapshot = Self()
    snapshot.peak = peak
    return snapshot
  }
}
