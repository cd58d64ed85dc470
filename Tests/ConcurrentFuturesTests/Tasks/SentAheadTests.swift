import ConcurrentFutures
import Foundation
import SampleTasks
import Testing

/// What is sent to workers before they need it, and how long tasks may run.
@Suite(.timeLimit(.minutes(20))) struct SentAheadTests {
  private func with(
    maxWorkers: Int = 1, _ configure: (inout ProcessExecutor.Configuration) -> Void = { _ in },
    _ body: (ProcessExecutor) async throws -> Void
  ) async throws {
    var configuration = ProcessExecutor.Configuration.ofTaskFixture(maxWorkers: maxWorkers)
    configure(&configuration)
    return try await withProcessExecutor(configuration, body)
  }

  @Test("A3: a task sent ahead is dispatched, and can still be cancelled") func dispatched() async throws {
    try await with { executor in
      for await result in try executor.map(Sample.self, (0..<200).map { .number($0) }) {
        _ = try result.get()
      }
      let folder = try TemporaryFolder()
      let gate = folder.path + "/gate"
      let held = try executor.trySubmit(Sample.self, .held(gate: gate, number: 1))
      let ahead = try (0..<10).map {
        try executor.trySubmit(Sample.self, .mark(file: "\(folder.path)/\($0)"))
      }
      try await folder.wait(for: "gate.begun")
      #expect(await eventually { held.state == .running })
      for future in ahead { #expect(future.cancel()) }
      #expect(await eventually { executor.snapshot().queued + executor.snapshot().dispatched == 0 })
      try folder.write("gate", "")
      #expect(try await held.value == 1)
      #expect(try await executor.submit(Sample.self, .number(2)).value == 2)
      #expect(folder.names == ["gate", "gate.begun"])
    }
  }

  @Test("what is sent ahead behind a long task goes to a worker that idles") func takingBack() async throws {
    try await with(maxWorkers: 2) { executor in
      for await result in try executor.map(Sample.self, (0..<500).map { .number($0) }) {
        _ = try result.get()
      }
      let folder = try TemporaryFolder()
      let held = try executor.trySubmit(Sample.self, .held(gate: folder.path + "/gate", number: 1))
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

  /// - Returns: whether the last task, which waits for longer than its limit, was done in time; all else is checked.
  private func areTimeoutsRight(_ limit: Duration) async throws -> Bool {
    var isPatientDone = false
    try await with { executor in
      let folder = try TemporaryFolder()
      let obedient = try await executor.submit(
        Sample.self, .obedient(begun: folder.path + "/a"), timeout: limit, grace: .seconds(60))
      guard case .timedOut(after: limit)? = await obedient.failure else { return wrong("\(obedient)") }
      let pid = try await executor.submit(Sample.self, .pid).value
      let stubborn = try await executor.submit(
        Sample.self, .stubborn(begun: folder.path + "/b"), timeout: limit, grace: limit / 2)
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
