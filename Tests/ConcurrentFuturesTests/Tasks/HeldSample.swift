import ConcurrentFutures
import Foundation
import SampleTasks
import TestSupport
import Testing

/// A task that is held by a file.
struct HeldSample: Sendable {
  let folder: TemporaryFolder
  let future: Future<Int>

  /// Submits it, and waits until it runs.
  init(on executor: TestedExecutor, number: Int = 0) async throws {
    let folder = TemporaryFolder()
    let future = try await executor.submit(.held(gate: folder["gate"], number: number))
    try await folder.wait(for: "gate.begun")
    // A worker process may say so a little later.
    #expect(await eventually { future.state == .running })
    (self.folder, self.future) = (folder, future)
  }

  /// Lets it end, and waits until it has: until then the folder must be there.
  func release() async throws {
    try folder.write("gate", "")
    _ = await future.outcome
    withExtendedLifetime(folder) {}
  }
}

extension TemporaryFolder {
  /// Waits until a file is there.
  func wait(for name: String) async throws {
    #expect(await eventually { self.has(name) })
  }
}

/// The inputs of a map for one worker: the first is over at once, the second holds the worker, and each of the others
/// leaves a mark if it runs.
struct HeldInputs: Sendable {
  private let gate = TemporaryFolder()
  private let marks = TemporaryFolder()
  /// How many inputs have been taken.
  let taken = Tally()

  /// A hundred.
  func inputs(first: Sample.Input) -> some Sequence<Sample.Input> {
    (0..<100).lazy.map { number in
      taken.add(1)
      return switch number {
      case 0: first
      case 1: .held(gate: gate["gate"], number: 1)
      default: .mark(file: marks["\(number)"])
      }
    }
  }

  /// Waits until the second one runs, and so many behind it do not.
  func waitUntilHeld(on executor: TestedExecutor, unstarted: Int) async throws {
    try await gate.wait(for: "gate.begun")
    #expect(await eventually { executor.unstarted == unstarted })
  }

  /// Expects that nothing is left to run, lets the second one end, and expects that no other one has run.
  func expectNothingElseRuns(on executor: TestedExecutor) async throws {
    #expect(await eventually { executor.unstarted == 0 })
    try gate.write("gate", "")
    await executor.shutdown()
    #expect(marks.names == [])
  }
}

/// Knows an object without keeping it.
struct Weak<Object: AnyObject> {
  private(set) weak var object: Object?

  init(_ object: Object) { self.object = object }
}

/// Records what is not as it should be.
func wrong(_ what: Any) { Issue.record("\(what)") }
