/// The slots of one pool.
struct Pool: Sendable {
  /// How many slots there are.
  let size: Int
  /// The largest number in use at once so far.
  private(set) var peak = 0
  /// Those that were in use, the most recently freed last.
  private var free: [Int] = []
  private var next = 0

  init(size: Int) {
    precondition(size >= 1, "a pool without slots never runs anything")
    self.size = size
  }

  /// How many slots are in use.
  var inUse: Int { next - free.count }

  /// The slot that ``take()`` gives, the most recently freed first; `nil` if all are in use.
  var freeSlot: Int? { free.last ?? (next < size ? next : nil) }

  /// Takes ``freeSlot``, which must not be `nil`.
  mutating func take() {
    if free.popLast() == nil { next += 1 }
    peak = max(peak, inUse)
  }

  mutating func release(_ slot: Int) {
    free.append(slot)
  }
}
