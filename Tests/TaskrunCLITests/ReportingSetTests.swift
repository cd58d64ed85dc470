import Foundation
import Synchronization
import TaskrunAPI
import TestSupport
import Testing

@testable import TaskrunCLI

@Suite struct ReportingSetTests {
  private let folder = TemporaryFolder()

  @Test func everyReporterGetsEveryEventInOrder() throws {
    let ordinals = Array((0..<5000).reversed())
    let set = try ReporterSet(opening: [file("a"), file("b")], options: ReportOptions())
    for event in eventsEnding(ordinals) { set.send(event) }
    #expect(set.finish().isEmpty)
    #expect(try folder.text("a") == lines(ordinals))
    #expect(try folder.text("b") == lines(ordinals))
    #expect(folder.names == ["a", "b"])
  }

  @Test func whatComesBeforeTheThreadIsReportedToo() throws {
    let set = try ReporterSet(opening: [file("a")], options: ReportOptions())
    let events = eventsEnding([0, 1, 2])
    for event in events.prefix(2) { set.send(event) }
    set.start()
    set.start()
    for event in events.dropFirst(2) { set.send(event) }
    #expect(set.finish().isEmpty)
    #expect(try folder.text("a") == lines([0, 1, 2]))
  }

  @Test func onlyAReaderOrTheThreadIsWaitedFor() throws {
    let pipe = try TestPipe()
    let piped = ResolvedReport(format: LineFormat(), target: .path("/dev/fd/\(pipe.writer)"))
    let null = ResolvedReport(format: LineFormat(), target: .path("/dev/null"))
    for (reports, mayWait) in [([file("a"), null], false), ([file("a"), piped], true)] {
      let set = try ReporterSet(opening: reports, options: ReportOptions())
      #expect(set.mayWait == mayWait)
      set.start()
      #expect(set.mayWait)
      set.abandon()
    }
  }

  @Test func theOrderOfDeclarationCanBeAskedFor() throws {
    let set = try ReporterSet(opening: [file("a")], options: ReportOptions(), order: .submitted)
    for event in eventsEnding([2, 0, 3, 1]) { set.send(event) }
    #expect(set.finish().isEmpty)
    #expect(try folder.text("a") == lines([0, 1, 2, 3]))
  }

  @Test func whatIsSaidOfEventsThatComeTogetherLeavesInOneSystemCall() throws {
    #expect(try messages(of: [0, 1]) == [lines([0, 1])])
  }

  @Test func noCallIsDividedAndWhatOthersWriteToThePipeStaysBetweenCalls() throws {
    let name = String(repeating: "x", count: 1500)
    let messages = try messages(of: [0, 1, 2, 3], name: name)
    #expect(messages.joined() == lines([0, 1, 2, 3], name: name))
    #expect(messages.map { $0.hasSuffix("\n") && $0.utf8.count <= 4096 } == [true, true])
  }

  /// What each system call wrote of a run whose instances end in this order.
  private func messages(of ordinals: [Int], name: String = "t") throws -> [String] {
    var ends: [Int32] = [-1, -1]
    #if os(Linux)
      let type = Int32(SOCK_DGRAM.rawValue)
    #else
      let type = SOCK_DGRAM
    #endif
    // Each write to a datagram socket is one message.
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
    let report = ResolvedReport(format: LineFormat(inPieces: true), target: .path("/dev/fd/\(ends[0])"))
    let set = try ReporterSet(opening: [report], options: ReportOptions())
    for event in eventsEnding(ordinals, name: name) { set.send(event) }
    #expect(set.finish().isEmpty)
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 100_000)
    while true {
      let count = read(ends[1], &buffer, buffer.count)
      guard count > 0 else { return messages }
      messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
    }
  }

  @Test func whatAReporterHasSaidBeforeItBreaksLeaves() throws {
    let pipe = try TestPipe()
    let broken = ResolvedReport(format: LineFormat(failsAt: "t1"), target: .path("/dev/fd/\(pipe.writer)"))
    let set = try ReporterSet(opening: [broken], options: ReportOptions())
    for event in eventsEnding([0, 1, 2]) { set.send(event) }
    #expect(set.finish().count == 1)
    pipe.closeWriter()
    #expect(String(decoding: pipe.readAll(), as: UTF8.self) == "start\nend t0\n")
  }

  #if os(Linux)
    @Test func aFullDiskEndsOneReportAndIsNamedOnce() throws {
      let named = Mutex<[String]>([])
      let full = ResolvedReport(format: LineFormat(name: "json"), target: .path("/dev/full"))
      let set = try ReporterSet(
        opening: [full, file("a")], options: ReportOptions(),
        onFailure: { failure in
          named.withLock { $0.append(failure.description) }
        })
      for event in eventsEnding([0, 1, 2]) { set.send(event) }
      let failures = set.finish().map(\.description)
      #expect(failures == ["report 'json' to /dev/full: no space left on device"])
      #expect(named.withLock { $0 } == failures)
      #expect(try folder.text("a") == lines([0, 1, 2]))
    }
  #endif

  @Test func aReaderThatLeavesEndsOneReport() throws {
    _ = ignoresBrokenPipes
    let pipe = try TestPipe()
    pipe.closeReader()
    let gone = ResolvedReport(format: LineFormat(), target: .path("/dev/fd/\(pipe.writer)"))
    let set = try ReporterSet(opening: [gone, file("a")], options: ReportOptions())
    for event in eventsEnding([0, 1]) { set.send(event) }
    #expect(set.finish().map(\.description) == ["report 'lines' to /dev/fd/\(pipe.writer): broken pipe"])
    #expect(try folder.text("a") == lines([0, 1]))
  }

  @Test func aBrokenReporterIsDroppedAndItsOldReportStays() throws {
    try folder.write("broken", "old")
    let broken = ResolvedReport(
      format: LineFormat(name: "mine", failsAt: "t1"), target: .path(folder["broken"]))
    let set = try ReporterSet(opening: [broken, file("a")], options: ReportOptions())
    for event in eventsEnding([0, 1, 2]) { set.send(event) }
    let failures = set.finish().map(\.description)
    #expect(failures == ["report 'mine' to \(folder["broken"]): this reporter is broken"])
    #expect(try folder.text("broken") == "old")
    #expect(try folder.text("a") == lines([0, 1, 2]))
    #expect(folder.names == ["a", "broken"])
  }

  @Test func aRunThatIsAbandonedLeavesOldReportsAndNoTemporaryFiles() throws {
    try folder.write("a", "old")
    let named = Mutex(0)
    let set = try ReporterSet(
      opening: [file("a"), file("b")], options: ReportOptions(),
      onFailure: { _ in
        named.withLock { $0 += 1 }
      })
    for event in eventsEnding([0, 1]).dropLast() { set.send(event) }
    set.abandon()
    #expect(folder.names == ["a"])
    _ = set.result.receiveAll()
    #expect(named.withLock { $0 } == 0)
    #expect(folder.names == ["a"])
    #expect(try folder.text("a") == "old")
  }

  @Test func aRunWithoutAnEndMakesNoReport() throws {
    let set = try ReporterSet(opening: [file("a")], options: ReportOptions())
    for event in eventsEnding([0, 1]).dropLast() { set.send(event) }
    let failures = set.finish().map(\.description)
    #expect(failures == ["report 'lines' to \(folder["a"]): the run did not come to its end"])
    #expect(folder.names == [])
  }

  @Test func aReportThatCannotBeCreatedLeavesNoOther() throws {
    #expect(throws: ReportOpenError(path: folder["no/b"], error: SystemError(code: ENOENT))) {
      try ReporterSet(opening: [file("a"), file("no/b")], options: ReportOptions())
    }
    #expect(folder.names == [])
  }

  @Test func onlyStandardOutputIsATerminal() throws {
    let made = Mutex<[ReportOptions]>([])
    let format = LineFormat(failsAt: nil) { options in made.withLock { $0.append(options) } }
    let options = ReportOptions(usesColor: true, width: 80, verbosity: .verbose)
    let reports = [
      ResolvedReport(format: format, target: .standardOutput),
      ResolvedReport(format: format, target: .path(folder["a"])),
    ]
    let pipe = try TestPipe()
    let output = CheckedOutput(descriptor: pipe.writer)
    let set = try ReporterSet(opening: reports, options: options, standardOutput: output)
    for event in eventsEnding([0]) { set.send(event) }
    #expect(set.finish().isEmpty)
    pipe.closeWriter()
    #expect(pipe.readAll() == Array(lines([0]).utf8))
    #expect(made.withLock { $0 } == [options, ReportOptions(verbosity: .verbose)])
  }

  @Test func theQueueKeepsItsOrderBetweenThreads() {
    let queue = ThreadQueue<Int>()
    let sender = BackgroundResult {
      for number in 0..<5000 { queue.send(number) }
      queue.close()
    }
    var received: [Int] = []
    while let numbers = queue.receiveAll() { received += numbers }
    sender.wait()
    #expect(received == Array(0..<5000))
  }

  @Test func aReaderThatStallsMakesTheReportsLagAndHoldsNobodyUp() throws {
    let pipe = try TestPipe()
    let output = CheckedOutput(descriptor: pipe.writer)
    let caughtUp = ThreadQueue<Bool>()
    let report = ResolvedReport(format: LineFormat(), target: .standardOutput)
    let set = try ReporterSet(
      opening: [report], options: ReportOptions(), standardOutput: output, onCaughtUp: { caughtUp.send(true) }
    )
    let ordinals = Array(0..<30_000)
    // The reporters' thread may take what waits at any moment, but not any more once its pipe is full.
    var hasLagged = false
    for event in eventsEnding(ordinals) {
      set.send(event)
      if set.isLagging { hasLagged = true }
    }
    #expect(hasLagged)
    let reader = BackgroundResult { pipe.readAll() }
    #expect(set.finish().isEmpty)
    #expect(!set.isLagging)
    #expect(caughtUp.receiveAll()?.isEmpty == false)
    pipe.closeWriter()
    #expect(reader.wait() == Array(lines(ordinals).utf8))
  }

  private func file(_ name: String) -> ResolvedReport {
    ResolvedReport(format: LineFormat(), target: .path(folder[name]))
  }
}
