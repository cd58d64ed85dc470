/// A first-in, first-out queue from which any element can be taken in constant time.
///
/// A linked list inside an array: appending allocates nothing but the array's growth, and a long queue that has
/// become empty gives its memory back. A value without a lock; its owner guards it.
struct SlotQueue<Element> {
  /// Names one element for as long as it is in the queue. A slot of an element that has left is never mistaken
  /// for another one's.
  struct Slot: Equatable, Sendable {
    /// The position in the array.
    let index: UInt32
    /// The number of the append.
    let generation: UInt32
  }

  private struct Node {
    var element: Element?
    var previous: Int32
    var next: Int32
    var generation: UInt32
  }

  private static var none: Int32 { -1 }
  /// An empty array of up to this many nodes is kept for the next elements.
  private static var keptNodes: Int { 1024 }

  private var nodes: [Node] = []
  private var head = none
  private var tail = none
  private var free = none
  private var generation: UInt32 = 0

  /// How many elements are in the queue.
  private(set) var count = 0

  /// Whether there are none.
  var isEmpty: Bool { count == 0 }

  /// Adds an element at the end.
  mutating func append(_ element: Element) -> Slot {
    let index = insert(element)
    nodes[Int(index)].previous = tail
    if tail == Self.none { head = index } else { nodes[Int(tail)].next = index }
    tail = index
    return Slot(index: UInt32(index), generation: generation)
  }

  /// Adds an element before all others.
  mutating func prepend(_ element: Element) -> Slot {
    let index = insert(element)
    nodes[Int(index)].next = head
    if head == Self.none { tail = index } else { nodes[Int(head)].previous = index }
    head = index
    return Slot(index: UInt32(index), generation: generation)
  }

  /// The first element; `nil` if there is none.
  var first: Element? { head == Self.none ? nil : nodes[Int(head)].element }

  /// Takes the first element; `nil` if there is none.
  mutating func popFirst() -> Element? {
    head == Self.none ? nil : unlink(head)
  }

  /// Takes the element of a slot; `nil` if it has left the queue.
  mutating func remove(_ slot: Slot) -> Element? {
    let index = Int(slot.index)
    guard nodes.indices.contains(index), nodes[index].element != nil,
      nodes[index].generation == slot.generation
    else { return nil }
    return unlink(Int32(slot.index))
  }

  /// Takes all elements, in order.
  mutating func removeAll() -> [Element] {
    var all: [Element] = []
    all.reserveCapacity(count)
    while let element = popFirst() { all.append(element) }
    return all
  }

  private mutating func insert(_ element: Element) -> Int32 {
    generation &+= 1
    count += 1
    let node = Node(element: element, previous: Self.none, next: Self.none, generation: generation)
    guard free != Self.none else {
      nodes.append(node)
      return Int32(nodes.count - 1)
    }
    let index = free
    free = nodes[Int(index)].next
    nodes[Int(index)] = node
    return index
  }

  private mutating func unlink(_ index: Int32) -> Element? {
    let (element, previous, next) = (
      nodes[Int(index)].element, nodes[Int(index)].previous, nodes[Int(index)].next
    )
    if previous == Self.none { head = next } else { nodes[Int(previous)].next = next }
    if next == Self.none { tail = previous } else { nodes[Int(next)].previous = previous }
    nodes[Int(index)].element = nil
    nodes[Int(index)].next = free
    free = index
    count -= 1
    if count == 0, nodes.count > Self.keptNodes {
      nodes = []
      free = Self.none
    }
    return element
  }
}
