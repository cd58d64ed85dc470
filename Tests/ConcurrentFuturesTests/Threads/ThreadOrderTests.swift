import ConcurrentFutures
import TestSupport
import Testing

/// In which order bodies begin when there is little room.
@Suite struct ThreadOrderTests {
  @Test("a body that finds the queue full and a thread idle does not overtake what is queued")
  func noOvertaking() async throws {
    for _ in 0..<20 {
      try await withThreadExecutor(maxWorkers: 2, queueLimit: 1) { executor in
        let warm = [try await HeldTask(on: executor), try await HeldTask(on: executor)]
        for task in warm { task.gate.open() }
        #expect(await eventually { executor.snapshot().idle == 2 })
        let (gate, begun) = (Gate(), Log<Int>())
        let first = try executor.trySubmit { gate.wait() }
        let second = try executor.trySubmit { begun.add(2) }
        let third = try executor.trySubmit { begun.add(3) }
        _ = try await (second.value, third.value)
        #expect(begun.all == [2, 3])
        gate.open()
        try await first.value
      }
    }
  }
}
