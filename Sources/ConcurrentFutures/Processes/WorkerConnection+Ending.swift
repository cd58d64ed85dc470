/// A worker comes to its end.
extension WorkerConnection {
  /// Kills the worker because it broke the protocol.
  func violate(_ reason: String) {
    if violation == nil { violation = reason }
    kill()
  }

  /// Kills the worker and all that it started.
  func kill() {
    if killDeadline == nil { killDeadline = .now + Self.killLimit }
    link.kill()
  }

  /// Takes leave of a worker that has ended. The last call.
  func finish() -> End {
    let read = readBytes
    let calls = held.enumerated().map { position, held in
      (call: held.call, hasBegun: held.endOffset <= read && hasBegun(held, isHead: position == 0))
    }
    let ending = link.finish()
    return End(death: death(ending), phase: phase, violation: violation, calls: calls)
  }

  /// Whether it must be taken for granted that a request was begun which the worker has read: nothing is run twice.
  private func hasBegun(_ held: Held, isHead: Bool) -> Bool {
    if held.call.progress.hasStarted || !announcesStarts { return true }
    // A worker that breaks the protocol has perhaps not told that it begins, either.
    return isHead && (beginsAtOnce || violation != nil)
  }

  /// Whether it works, or has worked and is there for more.
  var hasProvenItself: Bool {
    switch phase {
    case .idle: finishedCalls > 0
    case .busy: finishedCalls > 0 || call?.progress.hasStarted ?? false
    case .starting, .leaving, .lost: false
    }
  }

  /// A death in the executor's words.
  func death(_ ending: WorkerDeath.Ending) -> WorkerDeath {
    WorkerDeath(ending, pid: Int32(clamping: link.pid), lastStderr: String(decoding: logTail, as: UTF8.self))
  }

  /// The beginning of a line, safe to show.
  static func quote(_ line: ArraySlice<UInt8>) -> String {
    let text = String(decoding: line.prefix(200), as: UTF8.self)
    let safe = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : String($0) }
    return "'" + safe.joined() + (line.count > 200 ? "...'" : "'")
  }
}
