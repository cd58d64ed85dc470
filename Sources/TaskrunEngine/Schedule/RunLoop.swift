package import TaskrunAPI

/// Runs a plan: waits for messages, asks the scheduler, does what it says.
package struct RunLoop: ~Copyable {
  private var scheduler: Scheduler
  private let executor: any TaskExecutor
  private let inbox: any RunInbox

  /// Makes a loop.
  package init(_ scheduler: Scheduler, executor: any TaskExecutor, inbox: any RunInbox) {
    self.scheduler = scheduler
    self.executor = executor
    self.inbox = inbox
  }

  /// Runs to the end on the calling thread.
  /// - Parameters:
  ///   - isHeld: asked before each step whether the reports lag behind: then nothing new starts until the inbox gets
  ///     ``RunMessage/reportsCaughtUp``.
  ///   - emit: takes the events in order. Must not block: timeouts and signals wait for it.
  package consuming func run(isHeld: () -> Bool = { false }, emit: (RunEvent) -> Void) {
    var messages: [RunMessage] = []
    while true {
      for action in scheduler.advance(to: inbox.now, with: messages, isHeld: isHeld()) {
        switch action {
        case .start(let attempt): executor.start(attempt)
        case .stop(let id, let kind, let stop): executor.stop(id, kind: kind, stop)
        case .emit(let event): emit(event)
        }
      }
      if scheduler.isFinished { return }
      messages = inbox.receive(until: scheduler.nextDue)
    }
  }
}
