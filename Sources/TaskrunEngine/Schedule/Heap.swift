/// A binary heap: takes elements in any order and gives the least first. Both take logarithmic time.
struct Heap<Element: Comparable & Sendable>: Sendable {
  private var elements: [Element] = []

  /// How many elements there are.
  var count: Int { elements.count }

  /// The least element.
  var first: Element? { elements.first }

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, elements[child] < elements[(child - 1) / 2] {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the least element.
  @discardableResult
  mutating func pop() -> Element? {
    guard let first = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return first }
    elements[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in (2 * parent + 1)...(2 * parent + 2)
      where child < elements.count && elements[child] < elements[least] {
        least = child
      }
      if least == parent { return first }
      elements.swapAt(least, parent)
      parent = least
    }
  }

  /// Drops the elements that are not wanted any more. Takes the time of sorting.
  mutating func keep(_ isWanted: (Element) -> Bool) {
    // A sorted array is a heap.
    elements = elements.filter(isWanted).sorted()
  }
}
