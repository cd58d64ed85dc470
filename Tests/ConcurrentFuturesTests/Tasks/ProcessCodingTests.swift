import ConcurrentFutures
import SampleTasks
import Testing

/// Rows E8 to E11 of docs/conformance.md: what cannot be written or read.
@Suite(.timeLimit(.minutes(20))) struct ProcessCodingTests {
  @Test("E8: an input that cannot be encoded fails its own future") func encodingInput() async throws {
    try await withTaskFixture { executor in
      #expect(
        try await executor.submit(Picky.self, .init(5)).failure?.description
          == "cannot be encoded: 5 is not given")
      let infinite = try await executor.submit(Unreadable.self, .infinity).failure
      #expect(infinite?.description == "cannot be encoded: JSON has no word for 'inf'")
      #expect(try await executor.submit(Picky.self, .init(1)).value == .init(1))
    }
  }

  @Test("E9: an input that the worker cannot decode fails its own future, and costs no worker")
  func decodingInput() async throws {
    try await expectFailures([10: (7, "cannot be decoded: 7 is not taken")])
  }

  @Test("E10: an output that the worker cannot encode fails its own future, and costs no worker")
  func encodingOutput() async throws {
    try await expectFailures([10: (8, "cannot be encoded: 8 is not given")])
  }

  @Test("E11: an output that this side cannot decode fails its own future, and costs no worker")
  func decodingOutput() async throws {
    try await expectFailures([10: (9, "cannot be decoded: 9 is not taken")])
  }

  @Test("E9, E11: of 22 tasks those two fail that a side cannot decode, and no worker is lost")
  func decodingBoth() async throws {
    try await expectFailures([
      5: (7, "cannot be decoded: 7 is not taken"), 15: (9, "cannot be decoded: 9 is not taken"),
    ])
  }

  /// Submits 22 numbers, some of which cannot be coded, to one worker.
  private func expectFailures(_ failures: [Int: (number: Int, text: String)]) async throws {
    try await withTaskFixture { executor in
      let pid = try await executor.submit(Sample.self, .pid).value
      let futures = try (0..<22).map { index in
        try executor.trySubmit(Picky.self, .init(failures[index]?.number ?? 1))
      }
      for (index, future) in futures.enumerated() {
        if let failure = failures[index] {
          #expect(await future.failure?.description == failure.text)
        } else {
          #expect(try await future.value == .init(1))
        }
      }
      #expect(try await executor.submit(Sample.self, .pid).value == pid)
    }
  }
}
