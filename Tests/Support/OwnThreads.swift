import Foundation
package import Testing

/// Runs tests that block on threads of their own.
///
/// The cooperative pool has as many threads as there are processors. A test that waits there for a child or for a
/// future holds up all other tests, for minutes on a small machine, and those fail that expect to be resumed.
package struct OwnThreads: TestTrait, SuiteTrait, TestScoping {
  /// Each test of a suite gets a thread.
  package var isRecursive: Bool { true }

  /// A thread for each job: they are few, and each may block for long.
  private final class Executor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }

  private static let executor = Executor()

  /// Runs the test on a thread of its own.
  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Self.executor) { try await function() }
  }
}

extension Trait where Self == OwnThreads {
  /// The test blocks, so it runs on a thread of its own.
  package static var onOwnThread: Self { OwnThreads() }
}
