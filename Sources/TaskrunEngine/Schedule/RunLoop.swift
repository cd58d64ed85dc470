import Synchronization
package import TaskrunAPI

/// Runs a plan: takes messages to the scheduler, does what it says.
///
/// A class, for several threads take the steps, one after the other.
package final class RunLoop: Sendable {
  private let scheduler: Mutex<Scheduler>
  private let executor: any TaskExecutor
  private let inbox: any RunInbox

  /// Makes a loop.
  package init(_ scheduler: Scheduler, executor: any TaskExecutor, inbox: any RunInbox) {
    self.scheduler = Mutex(scheduler)
    self.executor = executor
    self.inbox = inbox
  }

  /// Runs to the end. Call it once.
  /// - Parameters:
  ///   - isHeld: asked before each step whether the reports lag behind: then nothing new starts until the inbox gets
  ///     ``RunMessage/reportsCaughtUp``.
  ///   - emit: takes the events in order, from one thread at a time. Must not block: timeouts and signals wait for it.
  package func run(
    isHeld: @escaping @Sendable () -> Bool = { false }, emit: @escaping @Sendable (RunEvent) -> Void
  ) {
    inbox.run { [self] messages in
      let (now, isHeld) = (inbox.now, isHeld())
      let (actions, next) = scheduler.withLock { scheduler in
        let actions = scheduler.advance(to: now, with: messages, isHeld: isHeld)
        return (actions, scheduler.isFinished ? RunStep.isOver : .waits(until: scheduler.nextDue))
      }
      for action in actions {
        switch action {
        case .start(let attempt): executor.start(attempt)
        case .stop(let id, let kind, let stop): executor.stop(id, kind: kind, stop)
        case .emit(let event): emit(event)
        }
      }
      return next
    }
  }
}
