/// Times at which something is due, earliest first: a binary heap.
///
/// Whoever takes an entry that has become pointless ignores it; that costs less than finding it when it does. Before
/// such entries outnumber the others they are dropped together (``keep(_:)``).
struct Timers<Event: Sendable>: Sendable {
  private var heap: [(time: Duration, event: Event)] = []

  /// How many entries there are.
  var count: Int { heap.count }

  /// When the next event is due.
  var next: Duration? { heap.first?.time }

  mutating func add(_ event: Event, at time: Duration) {
    heap.append((time, event))
    var child = heap.count - 1
    while child > 0, heap[child].time < heap[(child - 1) / 2].time {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Drops the entries that are not wanted any more. Linear in their number.
  mutating func keep(_ isWanted: (Event) -> Bool) {
    // A sorted array is a heap.
    heap = heap.filter { isWanted($0.event) }.sorted { $0.time < $1.time }
  }

  /// Takes the earliest event that is due.
  mutating func popDue(at now: Duration) -> Event? {
    guard let first = heap.first, first.time <= now, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first.event }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].time < heap[least].time {
        least = child
      }
      if least == parent { return first.event }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}
