import Testing

@testable import ConcurrentFutures

@Suite struct SlotQueueTests {
  @Test("elements leave in the order they came, a prepended one first")
  func order() {
    var queue = SlotQueue<Int>()
    for number in 0..<5 { _ = queue.append(number) }
    _ = queue.prepend(-1)
    #expect(queue.count == 6)
    #expect(queue.removeAll() == [-1, 0, 1, 2, 3, 4])
    #expect(queue.isEmpty && queue.popFirst() == nil)
  }

  @Test("an element is taken from anywhere, once, also after its place was used again")
  func remove() {
    var queue = SlotQueue<Int>()
    let slots = (0..<4).map { queue.append($0) }
    #expect(queue.remove(slots[1]) == 1)
    #expect(queue.remove(slots[1]) == nil)
    #expect(queue.remove(slots[3]) == 3)
    #expect(queue.remove(slots[0]) == 0)
    let later = queue.append(9)
    #expect(queue.remove(slots[0]) == nil)
    #expect(queue.remove(later) == 9)
    #expect(queue.removeAll() == [2])
    #expect(queue.remove(slots[2]) == nil)
  }

  @Test("it agrees with an array over many random steps")
  func model() {
    var generator = SystemRandomNumberGenerator()
    var queue = SlotQueue<Int>()
    var model: [(slot: SlotQueue<Int>.Slot, number: Int)] = []
    var gone: [SlotQueue<Int>.Slot] = []
    for number in 0..<20_000 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5: model.append((queue.append(number), number))
      case 5..<7:
        let expected = model.isEmpty ? nil : model.removeFirst()
        #expect(queue.popFirst() == expected?.number)
        if let expected { gone.append(expected.slot) }
      case 7..<9:
        guard let index = model.indices.randomElement(using: &generator) else { continue }
        let expected = model.remove(at: index)
        #expect(queue.remove(expected.slot) == expected.number)
        gone.append(expected.slot)
      default:
        if let slot = gone.randomElement(using: &generator) { #expect(queue.remove(slot) == nil) }
      }
      #expect(queue.count == model.count)
    }
    #expect(queue.removeAll() == model.map(\.number))
  }

  @Test("a long queue that has become empty is as good as new")
  func shrinks() {
    var queue = SlotQueue<Int>()
    let slots = (0..<5000).map { queue.append($0) }
    for slot in slots { #expect(queue.remove(slot) != nil) }
    let slot = queue.append(1)
    #expect(slots.allSatisfy { $0 != slot })
    #expect(queue.popFirst() == 1)
  }
}
