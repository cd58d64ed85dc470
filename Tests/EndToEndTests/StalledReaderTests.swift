import Foundation
import TestSupport
import Testing

/// A reader of standard output that does not read: reports wait for it, and nothing else does.
@Suite struct StalledReaderTests {
  /// A named pipe that is open and that nobody reads from, until somebody does.
  private final class StalledPipe: Sendable {
    let descriptor: Int32

    init(_ path: String) throws {
      guard mkfifo(path, 0o600) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
      // Both ends, so that it is neither waited for nor ever at its end.
      descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// How many bytes are in it.
    var count: Int {
      var count: Int32 = 0
      return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : -1
    }

    /// Whether nothing goes into it any more: a writer waits.
    var isFull: Bool {
      var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      return poll(&request, 1, 0) == 0
    }

    /// What is in it now, which makes room.
    func read() -> [UInt8] {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = systemRead(descriptor, &buffer, buffer.count)
      return Array(buffer.prefix(max(0, count)))
    }
  }

  /// More than a pipe holds, and a task that goes on until it is asked to stop. The noise comes first.
  private static func manifest(_ limit: String = "") -> String {
    """
    pools: { io: 2 }
    tasks:
      noise: { kind: io, foreach: { range: [0, 20] }, run: "head -c 20000 /dev/zero | tr '\\\\0' x" }
      stays:
        kind: io
        grace: 10m
        \(limit)
        run: |
          trap 'touch stopped; exit 0' INT TERM
          touch started
          while :; do sleep 0.02 || :; done

    """
  }

  @Test func timeoutsGoOn() async throws {
    try await TimeLimit.growing { limit in
      var run = try CommandRun(Self.manifest("timeout: \(limit.text)"), "-r", "jsonl")
      let pipe = try StalledPipe(run.folder["pipe"])
      run.prelude = "exec > pipe"
      let folder = run.folder
      var text: [UInt8] = []
      var wasFullBefore = false
      let result = try await run.result { child in
        await wait(for: "the reporter to be held") { pipe.isFull }
        await wait(for: "the task") { folder.has("started") || child.hasEnded }
        wasFullBefore = pipe.isFull && !folder.has("stopped")
        await wait(for: "the task's end") { folder.has("stopped") }
        // Only now somebody reads, and the report is whole all the same.
        await wait(for: "the end of the run") {
          text += pipe.read()
          return child.hasEnded && pipe.count == 0
        }
      }
      #expect(result.status == .exited(1))
      let stream = try EventStream(String(decoding: text, as: UTF8.self))
      #expect(stream.records.count == 21)
      #expect(stream.records.first { $0["id"]?.text == "stays" }?["status"] == "timed_out")
      return wasFullBefore
    }
  }

  @Test func theFirstCtrlCStopsTheTasksAndTheThirdEndsTaskrun() async throws {
    var run = try CommandRun(Self.manifest(), "-r", "jsonl", "-r", "json:report.json")
    let pipe = try StalledPipe(run.folder["pipe"])
    try run.folder.write("report.json", "the old one\n")
    run.prelude = "exec > pipe"
    let folder = run.folder
    let result = try await run.result { child in
      await wait(for: "the reporter to be held") { pipe.isFull }
      await wait(for: "the task") { folder.has("started") }
      child.signal(SIGINT)
      await wait(for: "the task's end") { folder.has("stopped") }
      // The report is not out, so taskrun waits for its reader.
      #expect(!child.hasEnded)
      // Two that come at once count as one, so it may take more than two.
      await wait(for: "the end of taskrun") {
        child.signal(SIGINT)
        return child.hasEnded
      }
    }
    #expect(result.status == .signalled(SIGINT))
    #expect(result.stderr == "taskrun: stopping; press Ctrl-C again to kill\n")
    #expect(try folder.text("report.json") == "the old one\n")
    #expect(folder.names == ["pipe", "report.json", "started", "stopped", "tasks.yaml"])
  }
}

/// The C function, whose name a method hides.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
