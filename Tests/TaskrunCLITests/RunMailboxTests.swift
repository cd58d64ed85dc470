import Foundation
import Synchronization
import TaskrunEngine
import Testing

@testable import TaskrunExecution

@Suite struct RunMailboxTests {
  @Test func messagesWakeALoopThatWatchesSomething() throws {
    let mailbox = RunMailbox()
    let pipe = try TestPipe()
    try #require(mailbox.canWatch())
    mailbox.watch(descriptors: { (pipe.reader, -1, -1) }, look: { true })
    #expect(!mailbox.canWatch())
    let sender = BackgroundResult { mailbox.send(.interrupted(signal: 2)) }
    guard case .interrupted(2)? = mailbox.receive(until: nil).first else {
      Issue.record("another message came")
      return
    }
    _ = sender.wait()
  }

  @Test func whatIsWatchedIsLookedAtUntilItIsOver() throws {
    let mailbox = RunMailbox()
    let pipe = try TestPipe()
    let looks = Mutex(0)
    try #require(mailbox.canWatch())
    let look: @Sendable () -> Bool = {
      let count = looks.withLock { looks in
        looks += 1
        return looks
      }
      if count == 3 { mailbox.send(.reportsCaughtUp) }
      return count == 3
    }
    mailbox.watch(descriptors: { (pipe.reader, -1, -1) }, look: look)
    // The end of the pipe is never read, so it is there each time.
    pipe.closeWriter()
    #expect(mailbox.receive(until: nil).count == 1)
    #expect(looks.withLock { $0 } == 3)
    #expect(mailbox.canWatch())
  }

  @Test func aTimeEndsTheWaitWhileSomethingIsWatched() throws {
    let mailbox = RunMailbox()
    let pipe = try TestPipe()
    try #require(mailbox.canWatch())
    mailbox.watch(descriptors: { (pipe.reader, -1, -1) }, look: { true })
    #expect(mailbox.receive(until: mailbox.now + .milliseconds(1)).isEmpty)
  }

  @Test(arguments: [Duration.zero, .milliseconds(1)])
  func whatIsToBeDoneLaterIsDoneOnceWhileTheLoopWaits(_ time: Duration) {
    let mailbox = RunMailbox()
    let calls = Mutex(0)
    mailbox.callLater(at: time) {
      calls.withLock { $0 += 1 }
      mailbox.send(.reportsCaughtUp)
    }
    #expect(mailbox.receive(until: nil).count == 1)
    #expect(mailbox.receive(until: .zero).isEmpty)
    #expect(calls.withLock { $0 } == 1)
  }
}
