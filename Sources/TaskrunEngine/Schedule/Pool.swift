/// The slots of one pool.
struct Pool: Sendable {
  /// How many slots there are.
  let size: Int
  /// The largest number in use at once so far.
  private(set) var peak = 0
  /// Those that were in use, the most recently freed last.
  private var freed: [Int] = []
  private var next = 0

  init(size: Int) {
    precondition(size >= 1, "a pool without slots never runs anything")
    self.size = size
  }

  /// How many slots are in use.
  var inUse: Int { next - freed.count }

  /// How many slots are free.
  var free: Int { size - inUse }

  /// The slot that the next ``take()`` gives, the most recently freed first. One must be free.
  var freeSlot: Int { freed.last ?? next }

  /// Takes ``freeSlot``.
  mutating func take() -> Int {
    let slot = freeSlot
    if freed.popLast() == nil { next += 1 }
    peak = max(peak, inUse)
    return slot
  }

  mutating func release(_ slot: Int) {
    freed.append(slot)
  }
}
