/// Times at which something is due, earliest first; of equal times the one that was added first.
///
/// Whoever takes an entry that has become pointless ignores it; that costs less than finding it when it does. Before
/// such entries outnumber the others they are dropped together (``keep(_:)``).
struct Timers<Event: Sendable>: Sendable {
  private struct Entry: Comparable, Sendable {
    let time: Duration
    let rank: Int
    let event: Event

    static func < (left: Entry, right: Entry) -> Bool { (left.time, left.rank) < (right.time, right.rank) }
    static func == (left: Entry, right: Entry) -> Bool { left.rank == right.rank }
  }

  private var heap = Heap<Entry>()
  private var rank = 0

  /// How many entries there are.
  var count: Int { heap.count }

  /// When the next event is due.
  var next: Duration? { heap.first?.time }

  mutating func add(_ event: Event, at time: Duration) {
    heap.push(Entry(time: time, rank: rank, event: event))
    rank += 1
  }

  /// Drops the entries that are not wanted any more.
  mutating func keep(_ isWanted: (Event) -> Bool) {
    heap.keep { isWanted($0.event) }
  }

  /// Takes the earliest event that is due.
  mutating func popDue(at now: Duration) -> Event? {
    guard let first = heap.first, first.time <= now else { return nil }
    heap.pop()
    return first.event
  }
}
