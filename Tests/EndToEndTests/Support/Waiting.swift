import Foundation
import Testing

/// Waits until something holds that nobody announces, such as the end of a process that is not our child.
/// - Returns: whether it came to hold in time; if not, an issue is recorded.
@discardableResult
func wait(
  for what: String, atMost limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) async rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record("waited \(limit) for \(what)", sourceLocation: sourceLocation)
      return false
    }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return true
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
