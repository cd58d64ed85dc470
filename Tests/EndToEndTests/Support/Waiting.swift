import Foundation
import TestSupport
import Testing

/// Waits until something is so, as ``eventually(_:)`` does.
/// - Returns: whether it came to be so; if not, an issue is recorded.
@discardableResult
func wait(
  for what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) async rethrows -> Bool {
  let isSo = try await eventually(condition)
  if !isSo { Issue.record("waited in vain for \(what)", sourceLocation: sourceLocation) }
  return isSo
}

/// A limit that a task is given, as the manifest and as messages say it.
struct TimeLimit: Sendable {
  var text: String
  var seconds: Double

  /// Tries longer and longer limits, until one left the time for what has to happen before it: how long a shell
  /// takes to start is not what the test is about.
  /// - Parameter attempt: returns whether the limit left the time.
  static func growing(
    sourceLocation: SourceLocation = #_sourceLocation, _ attempt: (TimeLimit) async throws -> Bool
  ) async throws {
    for (text, seconds) in [("500ms", 0.5), ("4s", 4.0), ("30s", 30.0)] {
      if try await attempt(TimeLimit(text: text, seconds: seconds)) { return }
    }
    Issue.record("30 seconds were not enough", sourceLocation: sourceLocation)
  }
}

/// Lets so many tests start programs at once: enough that none waits for another's pause, and few enough that a
/// time limit means the same on a small machine.
actor Turnstile {
  static let shared = Turnstile(width: max(4, ProcessInfo.processInfo.activeProcessorCount * 3))

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(width: Int) {
    free = width
  }

  func enter() async {
    guard free == 0 else {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
