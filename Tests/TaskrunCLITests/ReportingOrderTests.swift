import TaskrunAPI
import TaskrunCLI
import Testing

@Suite struct ReportingOrderTests {
  @Test(arguments: [[], [0], [0, 1, 2], [2, 1, 0], [1, 0, 3, 2], [3, 0, 2, 1, 4]])
  func endsLeaveInTheOrderOfDeclaration(_ ordinals: [Int]) {
    #expect(ends(pass(eventsEnding(ordinals))) == ordinals.sorted())
  }

  @Test func anEndWaitsOnlyForThoseBeforeIt() {
    var order = SubmissionOrder()
    let counts = eventsEnding([1, 0, 2, 4, 3]).map { order.pass($0).count }
    #expect(counts == [1, 0, 2, 1, 0, 2, 1])
  }

  @Test func theEndOfTheRunLetsAllGoInOrder() {
    let events = pass(eventsEnding([5, 3, 9]))
    #expect(ends(events) == [3, 5, 9])
    #expect(events.last?.kind == eventsEnding([5, 3, 9]).last?.kind)
  }

  @Test func startsAreNotHeldBack() {
    var order = SubmissionOrder()
    let start = TaskStart(id: "t7", task: "t", kind: .cpu, attempt: 1, slot: 0)
    let event = RunEvent(time: .seconds(1), kind: .taskStarted(start))
    #expect(order.pass(event) == [event])
  }

  @Test func timesStillNeverDecrease() {
    let times = pass(eventsEnding([4, 2, 0, 1, 3])).map(\.time)
    #expect(times == times.sorted())
  }

  private func pass(_ events: [RunEvent]) -> [RunEvent] {
    var order = SubmissionOrder()
    return events.flatMap { order.pass($0) }
  }

  private func ends(_ events: [RunEvent]) -> [Int] {
    events.compactMap { event in
      guard case .taskFinished(let record) = event.kind else { return nil }
      return record.ordinal
    }
  }
}
