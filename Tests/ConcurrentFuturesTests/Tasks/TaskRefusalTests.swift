import ConcurrentFutures
import SampleTasks
import Testing

/// What an executor does not take over, and what it says instead.
@Suite(.timeLimit(.minutes(2))) struct TaskRefusalTests {
  private func with(
    _ configure: (inout ProcessExecutor.Configuration) -> Void = { _ in },
    _ body: (ProcessExecutor) async throws -> Void
  ) async throws {
    var configuration = ProcessExecutor.Configuration.ofTaskFixture()
    configure(&configuration)
    return try await withProcessExecutor(configuration, body)
  }

  @Test("E5: two task types of one name break the executor, and every future says which") func twins()
    async throws
  {
    try await with {
      $0.environment["FIXTURE_TWINS"] = "1"
    } _: { executor in
      let future = try executor.trySubmit(Weekly.Report.self, 1)
      guard case .executorBroken(let reason)? = await future.failure else { return wrong("\(future)") }
      #expect(
        reason.contains(
          "two of its task types are named 'Report': one of them needs its own 'static var name'"))
    }
  }

  @Test("E8: a value that is nested too deep fails its own future, on either side, and costs no worker")
  func tooDeep() async throws {
    try await with { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      for (input, output, place) in [
        (61, 1, ".tower"), (1, 62, ""), (100_000, 1, ".tower"), (1, 100_000, ""),
      ] {
        let path = place + String(repeating: "[0]", count: place.isEmpty ? 61 : 60)
        let failure = try await executor.submit(Nested.self, .init(.init(input), levels: output)).failure
        #expect(
          failure?.description
            == "cannot be encoded: more than 61 lists and mappings inside of one another, at '\(path)'")
      }
      let whole = try await executor.submit(Nested.self, .init(.init(60), levels: 61)).value
      #expect(whole == .init(61))
      #expect(try await executor.submit(Sample.self, .pid).value == pid)
    }
  }

  @Test("E9: a task type that the worker does not know is refused with what to do") func unknownType()
    async throws
  {
    try await with { executor in
      let failure = try await executor.submit(Unnamed.self, 1).failure
      #expect(
        failure?.description == "refused: no task type 'Unnamed'; name it in 'Worker.runIfRequested'")
    }
  }
}
