import TaskrunManifest

/// A counting semaphore, and who waits for it.
struct LimitState: Sendable {
  let count: Int
  var inUse = 0
  /// What could not get it, for each pool: out of its pool's queue, so that others overtake and nobody looks at it
  /// again before a unit is free.
  var parked: [Heap<Work>]

  init(_ limit: Limit, lanes: Int) {
    count = limit.count
    parked = Array(repeating: Heap(), count: lanes)
  }

  var isFree: Bool { inUse < count }
}

/// Limits are taken all at once or not at all, so nobody holds one while waiting for another.
extension Scheduler {
  /// The first limit that an instance needs and cannot get now.
  func missingLimit(of entry: Int) -> Int? {
    plan.entries[entry].definition.limits.first { !limits[$0].isFree }
  }

  /// A unit is free: in each pool the first that waits for it may try again. Only one could get it, but the other pool
  /// may be full.
  mutating func wake(_ limit: Int) {
    for lane in lanes.indices {
      while let work = limits[limit].parked[lane].pop() {
        guard isAlive(work) else { continue }
        lanes[lane].ready.push(work)
        break
      }
    }
  }

  /// Something was woken for a limit that it does not take now: the next one may have it.
  mutating func wakeOthers(besides work: Work) {
    for limit in plan.entries[work.entry].definition.limits where limits[limit].isFree { wake(limit) }
  }
}
