import TestSupport
import Testing

@testable import ConcurrentFutures

/// Maps on threads: the forms that block, and what stays alive.
@Suite(.onOwnThread) struct ThreadMapTests {
  @Test("B12: of two sequences the shorter one decides")
  func zipped() throws {
    try withThreadExecutor(maxWorkers: 2) { executor in
      let sums = try executor.map(zip(1...3, [10, 20]), { $0.0 + $0.1 }).blocking.map { try $0.get() }
      #expect(sums == [11, 22])
    }
  }

  @Test("B4: the blocking forms give the same", arguments: [1, 4])
  func blocking(workers: Int) throws {
    try withThreadExecutor(maxWorkers: workers) { executor in
      let squares = try executor.map(0..<200, buffer: 3, { $0 * $0 }).blocking.map { try $0.get() }
      #expect(squares == (0..<200).map { $0 * $0 })
      let unordered = try executor.mapUnordered(0..<200, buffer: 3, { $0 * $0 }).blocking
      var indices: [Int] = []
      for (index, result) in unordered {
        #expect(try result.get() == index * index)
        indices.append(index)
      }
      #expect(indices.sorted() == Array(0..<200))
    }
  }

  @Test("B13: results that were given out are not kept")
  func resultsDie() async throws {
    let alive = Tally()
    try await withThreadExecutor(maxWorkers: 2) { executor in
      var most = 0
      for await result in try executor.map(0..<2000, buffer: 8, { _ in Counted(alive) }) {
        _ = try result.get()
        most = max(most, alive.count)
      }
      #expect(most <= 8 + 2 + 1)
    }
    #expect(alive.count == 0)
  }
}

/// Counts how many of it there are.
private final class Counted: Sendable {
  private let tally: Tally

  init(_ tally: Tally) {
    self.tally = tally
    tally.add(1)
  }

  deinit { tally.add(-1) }
}
