import Foundation
import TaskrunAPI
import TaskrunCLI

/// The two ends of a pipe, closed with it.
final class TestPipe: @unchecked Sendable {
  // Guard: `writer` changes in `closeReader` and `closeWriter` only, which tests call from one thread.
  private(set) var reader: Int32
  private(set) var writer: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError.last }
    (reader, writer) = (ends[0], ends[1])
  }

  deinit {
    closeReader()
    closeWriter()
  }

  func closeReader() {
    if reader >= 0 { close(reader) }
    reader = -1
  }

  func closeWriter() {
    if writer >= 0 { close(writer) }
    writer = -1
  }

  /// Reads until the last writer has gone.
  func readAll() -> [UInt8] { readToEnd(of: reader) }
}

func readToEnd(of descriptor: Int32) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count > 0 { bytes += buffer[..<count] } else if count == 0 || errno != EINTR { return bytes }
  }
}

/// Runs a body on a thread and hands its result over.
final class BackgroundResult<Result: Sendable>: @unchecked Sendable {
  // Guard: `result` is written before the semaphore is signalled and read after it was waited for.
  private var result: Result?
  private let isDone = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () -> Result) {
    Thread.detachNewThread { [self] in
      result = body()
      isDone.signal()
    }
  }

  func wait() -> Result? {
    isDone.wait()
    return result
  }
}

/// A write to a pipe without a reader must not kill the tests, as it does not kill the program.
let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

/// A format for tests: one line for each event.
struct LineFormat: ReportFormat {
  struct Broken: Error, CustomStringConvertible {
    var description: String { "this reporter is broken" }
  }

  var name = "lines"
  var summary: String { "one line for each event" }
  /// Throws when this instance ends.
  var failsAt: String?
  /// Writes each line in two pieces.
  var inPieces = false
  /// Is told the options of each reporter.
  var onMake: @Sendable (ReportOptions) -> Void = { _ in }

  func makeReporter(_ options: ReportOptions) -> any Reporter {
    onMake(options)
    return LineReporter(format: self)
  }

  private struct LineReporter: Reporter {
    var format: LineFormat

    func report(_ event: RunEvent, to output: any ReportOutput) throws {
      let line =
        switch event.kind {
        case .runStarted: "start"
        case .taskStarted(let start): "begin \(start.id)"
        case .taskFinished(let record): "end \(record.id)"
        case .runFinished: "finish"
        }
      if case .taskFinished(let record) = event.kind, record.id == format.failsAt { throw Broken() }
      if format.inPieces {
        try output.write(line)
        try output.write("\n")
      } else {
        try output.write(line + "\n")
      }
    }
  }
}

/// Events of a run of instances that end in this order of their ordinals.
func eventsEnding(_ ordinals: [Int], name: String = "t") -> [RunEvent] {
  let start = RunStart(
    runID: "r", manifest: "m", startedAtMilliseconds: 0, runnerPID: 1, poolSizes: PerKind(io: 1, cpu: 1),
    total: ordinals.count)
  let ends = ordinals.enumerated().map { rank, ordinal in
    RunEvent(
      time: .milliseconds(rank + 1),
      kind: .taskFinished(
        TaskRecord(
          id: "\(name)\(ordinal)", task: "t", kind: .io, place: TaskPlace(task: ordinal), status: .succeeded))
    )
  }
  let pools = PerKind(
    io: PoolUse(executor: .thread, size: 1, peak: 0), cpu: PoolUse(executor: .process, size: 1, peak: 0))
  let end = RunEnd(duration: .seconds(1), summary: RunSummary(), pools: pools, exitCode: 0)
  return [RunEvent(time: .zero, kind: .runStarted(start))] + ends
    + [RunEvent(time: .seconds(1), kind: .runFinished(end))]
}

/// What ``LineFormat`` makes of them.
func lines(_ ordinals: [Int], name: String = "t") -> String {
  (["start"] + ordinals.map { "end \(name)\($0)" } + ["finish"]).map { $0 + "\n" }.joined()
}
