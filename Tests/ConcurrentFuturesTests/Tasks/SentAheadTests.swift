import ConcurrentFutures
import Foundation
import SampleTasks
import TestSupport
import Testing

/// What is sent to workers before they need it, and how long tasks may run.
@Suite(.timeLimit(.minutes(20))) struct SentAheadTests {
  @Test("A3: a task sent ahead behind a long one is asked back, and can be cancelled")
  func dispatched() async throws {
    try await withTaskFixture { executor in
      try await makeShort(executor)
      let folder = TemporaryFolder()
      let gate = folder["gate"]
      let held = try executor.trySubmit(Sample.self, .held(gate: gate, number: 1))
      let ahead = try (0..<10).map {
        try executor.trySubmit(Sample.self, .mark(file: folder["\($0)"]))
      }
      try await folder.wait(for: "gate.begun")
      #expect(await eventually { held.state == .running })
      for future in ahead { future.cancel() }
      for future in ahead { #expect(await future.failure?.isCancellation == true) }
      #expect(ahead.allSatisfy { $0.cancel() })
      try folder.write("gate", "")
      #expect(try await held.value == 1)
      #expect(try await executor.submit(Sample.self, .number(2)).value == 2)
      #expect(folder.names == ["gate", "gate.begun"])
    }
  }

  @Test("A3: what was cancelled has not run, however soon the worker would have begun it")
  func cancelledHasNotRun() async throws {
    try await withTaskFixture { executor in
      try await makeShort(executor)
      let folder = TemporaryFolder()
      for round in 0..<100 {
        let futures = try (0..<20).map {
          try executor.trySubmit(Sample.self, .mark(file: folder["\(round)-\($0)"]))
        }
        for future in futures.dropFirst(round % 10) { future.cancel() }
        for (number, future) in futures.enumerated() {
          let isCancelled = await future.failure?.isCancellation ?? false
          // A worker that begins it in spite of all has begun it when this is done.
          _ = try await executor.submit(Sample.self, .number(0)).value
          let text = try? folder.text("\(round)-\(number)")
          #expect(text == (isCancelled ? nil : "x"))
        }
      }
    }
  }

  @Test("B2: what was sent ahead and is asked back keeps its place") func orderOfWhatIsAskedBack()
    async throws
  {
    try await withTaskFixture { executor in
      let folder = TemporaryFolder()
      for round in 0..<10 {
        try await makeShort(executor)
        let held = try executor.trySubmit(Sample.self, .held(gate: folder["gate\(round)"], number: 1))
        let futures = try (0..<60).map {
          try executor.trySubmit(Sample.self, .append("\($0) ", file: folder["order\(round)"]))
        }
        try await folder.wait(for: "gate\(round).begun")
        #expect(await eventually { futures.allSatisfy { $0.state == .queued } })
        try folder.write("gate\(round)", "")
        #expect(try await held.value == 1)
        _ = await wait(futures)
        #expect(folder.textSoFar("order\(round)") == (0..<60).map { "\($0) " }.joined())
      }
    }
  }

  @Test("a task that is asked back from a worker runs once, and never hears of it")
  func askedBack() async throws {
    try await withTaskFixture(maxWorkers: 2) { executor in
      let folder = TemporaryFolder()
      for round in 0..<20 {
        try await makeShort(executor)
        let futures = try (0..<40).map {
          try executor.trySubmit(
            Sample.self, .markAndStay(file: folder["\(round)-\($0)"], microseconds: 100 * ($0 % 30)))
        }
        for (number, future) in futures.enumerated() {
          #expect(try await future.value == 0)
          let text = try folder.text("\(round)-\(number)")
          #expect(text == "x")
        }
      }
    }
  }

  /// Lets the executor learn that these tasks are short ones.
  private func makeShort(_ executor: ProcessExecutor) async throws {
    for await result in try executor.map(Sample.self, (0..<500).map { .number($0) }) {
      _ = try result.get()
    }
  }

  @Test("what is sent ahead behind a long task goes to a worker that idles") func takingBack() async throws {
    try await withTaskFixture(maxWorkers: 2) { executor in
      try await makeShort(executor)
      let folder = TemporaryFolder()
      let held = try executor.trySubmit(Sample.self, .held(gate: folder["gate"], number: 1))
      let others = try (0..<50).map { try executor.trySubmit(Sample.self, .number($0)) }
      for (number, future) in others.enumerated() { #expect(try await future.value == number) }
      #expect(held.state == .running)
      try folder.write("gate", "")
      #expect(try await held.value == 1)
      #expect(folder.names == ["gate", "gate.begun"])
    }
  }

  @Test(
    "a task may run as long as it was given, from its start: then it is asked, and killed if it does not stop"
  )
  func timeouts() async throws {
    // The last task has to be done within little more than the limit: a busy machine needs a longer one.
    for milliseconds in [100, 1000] where try await areTimeoutsRight(.milliseconds(milliseconds)) { return }
    #expect(try await areTimeoutsRight(.seconds(15)))
  }

  @Test("a task that is asked too late to stop has timed out, whatever it makes of its grace")
  func lateValue() async throws {
    try await withTaskFixture { executor in
      let late = try await executor.submit(
        Sample.self, .pause(milliseconds: 300, number: 1), timeout: .milliseconds(20), grace: .seconds(60))
      guard case .timedOut(after: .milliseconds(20))? = await late.failure else { return wrong("\(late)") }
    }
  }

  @Test("a task's limits are refused if they can't be met, with the value and what is accepted")
  func wrongLimits() async throws {
    try await withTaskFixture { executor in
      for (timeout, grace, text) in [
        (0, 1, "'timeout' cannot be '0.0 seconds'; accepted is more than 0 seconds"),
        (-1, 1, "'timeout' cannot be '-1.0 seconds'; accepted is more than 0 seconds"),
        (1, -1, "'grace' cannot be '-1.0 seconds'; accepted is 0 seconds or more"),
      ] {
        let error = #expect(throws: SubmitError.self) {
          try executor.trySubmit(
            Sample.self, .number(1), timeout: .seconds(timeout), grace: .seconds(grace))
        }
        #expect(error?.description == text)
      }
    }
  }

  /// - Returns: whether the last task, which waits for longer than its limit, was done in time; all else is checked.
  private func areTimeoutsRight(_ limit: Duration) async throws -> Bool {
    var isPatientDone = false
    try await withTaskFixture { executor in
      let folder = TemporaryFolder()
      let obedient = try await executor.submit(
        Sample.self, .obedient(begun: folder["a"]), timeout: limit, grace: .seconds(60))
      guard case .timedOut(after: limit)? = await obedient.failure else { return wrong("\(obedient)") }
      let pid = try await executor.submit(Sample.self, .pid).value
      let stubborn = try await executor.submit(
        Sample.self, .stubborn(begun: folder["b"]), timeout: limit, grace: limit / 2)
      // Queued for longer than it may run, which does not count.
      let patient = try await executor.submit(
        Sample.self, .number(5), timeout: limit * 3 / 2 - .milliseconds(1))
      guard case .timedOut(after: limit)? = await stubborn.failure else { return wrong("\(stubborn)") }
      #expect(!isAlive(pid))
      isPatientDone = try await patient.outcome.get() == 5
    }
    return isPatientDone
  }
}
