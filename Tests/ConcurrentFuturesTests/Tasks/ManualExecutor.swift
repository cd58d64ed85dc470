import Foundation
import Synchronization

@testable import ConcurrentFutures

#if THREAD_SANITIZER
  // The one that the sanitizer sees; see SanitizedMutex.swift.
  private typealias Mutex = ConcurrentFutures.Mutex
#endif

/// Runs Swift tasks when it is told to, so that a test decides who is first to suspend.
final class ManualExecutor: TaskExecutor {
  /// What has not been run; `nil` once everything runs by itself.
  private let jobs = Mutex<[UnownedJob]?>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isKept = jobs.withLock { jobs in
      jobs?.append(job)
      return jobs != nil
    }
    if !isKept { Thread.detachNewThread { self.run(job) } }
  }

  /// Runs everything on this thread, until each task has ended or suspended.
  func runAll() {
    while let job = jobs.withLock({ jobs in jobs?.isEmpty == false ? jobs?.removeFirst() : nil }) { run(job) }
  }

  /// From now on everything runs by itself.
  func letGo() {
    runAll()
    for job in jobs.withLock({ $0.take() ?? [] }) { Thread.detachNewThread { self.run(job) } }
  }

  private func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}
