import TaskrunAPI
import TaskrunCLI
import Testing

@Suite struct ReportingOrderTests {
  @Test(arguments: [[], [0], [0, 1, 2], [2, 1, 0], [1, 0, 3, 2], [3, 0, 2, 1, 4]])
  func endsLeaveInTheOrderOfDeclaration(_ ordinals: [Int]) {
    #expect(ends(pass(eventsEnding(ordinals))) == ordinals.sorted().map { "t\($0)" })
  }

  @Test func anEndWaitsOnlyForThoseBeforeIt() {
    var order = SubmissionOrder()
    let counts = eventsEnding([1, 0, 2, 4, 3]).map { order.pass($0).count }
    #expect(counts == [1, 0, 2, 1, 0, 2, 1])
  }

  @Test func instancesLeaveInTheOrderOfTheirIndex() {
    var order = SubmissionOrder()
    let places = [(1, 1, 2), (0, 2, 3), (0, 0, 3), (1, 0, 2), (2, 0, 1), (0, 1, 3)]
    let left = places.map { task, index, count in
      ends(order.pass(ending(TaskPlace(task: task, index: index, count: count))))
    }
    #expect(left == [[], [], ["0.0"], [], [], ["0.1", "0.2", "1.0", "1.1", "2.0"]])
  }

  @Test func tasksWithoutInstancesHoldNobodyUp() {
    var order = SubmissionOrder()
    #expect(order.pass(ending(TaskPlace(task: 3, settled: 0))).isEmpty)
    #expect(ends(order.pass(ending(TaskPlace(task: 0, settled: 0)))) == ["0.0"])
    // Tasks 1 and 2 have ended meanwhile and had no instances.
    #expect(ends(order.pass(ending(TaskPlace(task: 5, settled: 3)))) == ["3.0"])
    #expect(ends(order.pass(ending(TaskPlace(task: 4, settled: 4)))) == ["4.0", "5.0"])
  }

  @Test func theEndOfTheRunLetsAllGoInOrder() {
    let events = pass(eventsEnding([5, 3, 9]))
    #expect(ends(events) == ["t3", "t5", "t9"])
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

  private func ending(_ place: TaskPlace) -> RunEvent {
    let record = TaskRecord(
      id: "\(place.task).\(place.index)", task: "t\(place.task)", kind: .io, place: place, status: .succeeded)
    return RunEvent(time: .zero, kind: .taskFinished(record))
  }

  private func pass(_ events: [RunEvent]) -> [RunEvent] {
    var order = SubmissionOrder()
    return events.flatMap { order.pass($0) }
  }

  private func ends(_ events: [RunEvent]) -> [String] {
    events.compactMap { event in
      guard case .taskFinished(let record) = event.kind else { return nil }
      return record.id
    }
  }
}
