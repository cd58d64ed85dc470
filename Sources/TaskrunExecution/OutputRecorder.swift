import ConcurrentFutures
import Synchronization
import TaskrunAPI

/// What a function writes, from any of its threads.
final class OutputRecorder: Sendable {
  private let captures: Mutex<[OutputStream: OutputCapture]>

  init(limitBytes: Int) {
    captures = Mutex([
      .stdout: OutputCapture(limitBytes: limitBytes), .stderr: OutputCapture(limitBytes: limitBytes),
    ])
  }

  func write(_ stream: OutputStream, _ bytes: [UInt8]) {
    captures.withLock { captures in
      bytes.withUnsafeBufferPointer { captures[stream]?.append($0) }
    }
  }

  func captured(_ stream: OutputStream) -> CapturedOutput {
    captures.withLock { $0[stream].map(CapturedOutput.init) ?? CapturedOutput() }
  }
}

extension CapturedOutput {
  /// What a process wrote, in the report's terms.
  init(_ capture: OutputCapture) {
    self.init(head: capture.head, tail: capture.tail, totalBytes: capture.totalBytes)
  }
}
