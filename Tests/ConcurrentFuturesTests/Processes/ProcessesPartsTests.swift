import CSystem
import Foundation
import TestSupport
import Testing

@testable import ConcurrentFutures

/// The values that the process layer is made of.
@Suite(.onOwnThread) struct ProcessesPartsTests {
  // MARK: OutputCapture

  @Test(arguments: 0..<100)
  func aCaptureIsTheBeginningAndTheEndOfWhatCame(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let limit = Int.random(in: 0...40, using: &random)
    var capture = OutputCapture(limitBytes: limit)
    var all: [UInt8] = []
    for _ in 0..<Int.random(in: 0...30, using: &random) {
      let chunk = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      all += chunk
      chunk.withUnsafeBufferPointer { capture.append($0) }
      let kept = max(2, limit)
      #expect(capture.totalBytes == all.count)
      #expect(capture.head == Array(all.prefix(kept / 2)))
      #expect(capture.tail == Array(all.dropFirst(kept / 2).suffix(kept - kept / 2)))
    }
  }

  // MARK: LineBuffer

  @Test(arguments: 0..<100)
  func linesAreTheSameHoweverTheyWereCut(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let expected = (0..<50).map { _ in
      [UInt8](
        repeating: UInt8.random(in: 32...126, using: &random), count: Int.random(in: 0...90, using: &random))
    }
    var stream = expected.flatMap { $0 + [10] } + Array("rest".utf8)
    var buffer = LineBuffer(limitBytes: 90)
    var lines: [[UInt8]] = []
    while !stream.isEmpty {
      let chunk = Array(stream.prefix(Int.random(in: 1...200, using: &random)))
      stream.removeFirst(chunk.count)
      chunk.withUnsafeBufferPointer { buffer.append($0) }
      while let line = try buffer.next() { lines.append(Array(line)) }
    }
    #expect(lines == expected)
    [UInt8(ascii: "\n")].withUnsafeBufferPointer { buffer.append($0) }
    #expect(try buffer.next().map { Array($0) } == Array("rest".utf8))
  }

  @Test(arguments: [(10, true), (11, false)])
  func aLineMayBeAsLongAsTheLimit(count: Int, isAllowed: Bool) throws {
    for newline in [[], [UInt8(10)]] {
      var buffer = LineBuffer(limitBytes: 10)
      ([UInt8](repeating: 120, count: count) + newline).withUnsafeBufferPointer { buffer.append($0) }
      if isAllowed {
        #expect(try buffer.next()?.count == (newline.isEmpty ? nil : count))
      } else {
        #expect(throws: LineBuffer.TooLong.self) { try buffer.next() }
      }
    }
  }

  @Test(arguments: [1, 7, 30, 1000])
  func whatComesAfterALineThatIsTooLongCanBeRead(chunkBytes: Int) throws {
    var buffer = LineBuffer(limitBytes: 10)
    var heard: [String] = []
    var stream = Array("one\n\(String(repeating: "x", count: 95))\ntwo\n0123456789A\nthree\n".utf8)
    while !stream.isEmpty {
      stream.prefix(chunkBytes).withUnsafeBufferPointer { buffer.append($0) }
      stream.removeFirst(min(chunkBytes, stream.count))
      while true {
        do throws(LineBuffer.TooLong) {
          guard let line = try buffer.next() else { break }
          heard.append(String(decoding: line, as: UTF8.self))
        } catch {
          heard.append("too long: \(String(decoding: error.beginning.prefix(2), as: UTF8.self))")
        }
      }
    }
    #expect(heard == ["one", "too long: xx", "two", "too long: 01", "three"])
  }

  // MARK: WorkerConnection

  /// A worker that is nothing but the two ends of a pipe.
  private final class PipeLink: WorkerLink {
    let (reader, output): (Int32, Int32)
    let (pid, input, log, exit): (Int, Int32, Int32, Int32) = (1, -1, -1, -1)

    init() throws {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
      (reader, output) = (ends[0], ends[1])
      signal(SIGPIPE, SIG_IGN)
    }

    deinit { close(output) }

    var unreadBytes: Int? { Int(csystem_unread_bytes(output)) }
    func closeOutput() {}
    func closeLog() {}
    func kill() {}
    func finish() -> WorkerDeath.Ending { .signalled(number: SIGKILL, coreDumped: false) }
  }

  @Test(arguments: 0...2)
  func whatAWorkerNeverReadWasNeverBegunEvenIfMoreWasSentAfterItsEnd(readCount: Int) throws {
    let link = try PipeLink()
    let worker = WorkerConnection(link, cookie: "", handshakeDeadline: .now)
    (worker.announcesStarts, worker.beginsAtOnce) = (true, true)
    let calls = (0..<3).map { WorkerCall(WorkerRequest(type: "\($0)", parameters: []), temporaryFolder: "") }
    for call in calls[..<2] { worker.give(call, [1, 2, 3, 4], .now, readBefore: .now) }
    worker.flush()
    for _ in 0..<readCount {
      var bytes: [UInt8] = [0, 0, 0, 0]
      #expect(read(link.reader, &bytes, 4) == 4)
    }
    close(link.reader)
    worker.give(calls[2], [1, 2, 3, 4], .now, readBefore: .now)
    worker.flush()
    // The one that it would have begun next counts as begun once it was read.
    #expect(worker.finish().calls.map(\.hasBegun) == [readCount > 0, false, false])
  }

  // MARK: ProcessEnvironment

  @Test func variablesAreSetReplacedAndRemoved() {
    var environment = ProcessEnvironment()
    environment["A"] = "1"
    environment["B"] = ""
    environment["A"] = "2=3"
    #expect(environment["A"] == "2=3")
    #expect(environment.dictionary == ["A": "2=3", "B": ""])
    environment["A"] = nil
    environment["C"] = nil
    #expect(environment.cStrings == [Array("B=".utf8CString)])
  }

  @Test func bytesThatAreNotUTF8PassThroughAndDuplicatesAreSettled() {
    let raw: [[UInt8]] = [
      Array("A=1".utf8), [0x42, 0xFF, 0x3D, 0xFE], Array("A=2".utf8), Array("noequals".utf8),
      Array("=x".utf8),
    ]
    let strings = raw.map { $0.map(CChar.init(bitPattern:)) + [0] }
    var environment = withCStringArray(strings) { ProcessEnvironment(entries: $0) }
    #expect(environment["A"] == "1")
    #expect(environment.dictionary == ["A": "1", "B\u{FFFD}": "\u{FFFD}"])
    #expect(environment.cStrings == [strings[0], strings[1], strings[2]])
    environment["A"] = "3"
    #expect(environment.cStrings == [Array("A=3".utf8CString), strings[1]])
  }

  @Test func theCurrentEnvironmentIsThisProcesss() {
    #expect(ProcessEnvironment.current["PATH"] == ProcessInfo.processInfo.environment["PATH"])
  }

  // MARK: DescriptorBudget

  @Test func descriptorsAreGivenOutUntilThereAreNone() async throws {
    let budget = DescriptorBudget(children: 1)
    var taken = 0
    while budget.tryAcquire(1) { taken += 1 }
    #expect(taken >= DescriptorBudget.perWorker)
    // Whoever holds descriptors for long has left enough for one command, but not for two.
    budget.acquire(DescriptorBudget.perCommand)
    let waiting = try ThreadExecutor(maxWorkers: 1)
    let second = try await waiting.submit { budget.acquire(DescriptorBudget.perCommand) }
    budget.release(DescriptorBudget.perCommand - 1)
    #expect(!second.isDone)
    budget.release(1)
    try await second.value
    budget.release(DescriptorBudget.perCommand)
    #expect(!budget.tryAcquire(1))
    budget.release(taken)
    #expect(budget.tryAcquire(taken))
    await waiting.shutdown()
  }

  @Test func everyBudgetKnowsTheLimitThatTheProcessWasStartedWith() {
    let first = DescriptorBudget(children: 1)
    let second = DescriptorBudget(children: 5000)
    #expect(first.inheritedSoftLimit == second.inheritedSoftLimit)
  }

  @Test(arguments: [-5, 0, Int.max])
  func aBudgetForAnyNumberCanBeMade(children: Int) {
    #expect(DescriptorBudget(children: children).tryAcquire(DescriptorBudget.perCommand))
  }
}
