import Foundation
import Synchronization
import TaskrunEngine
import TestSupport
import Testing

@testable import TaskrunExecution

/// The loop of a run: who takes its steps, and when.
@Suite(.onOwnThread) struct RunMailboxTests {
  @Test func theFirstStepIsTakenAtOnceWithWhatWaitsAfterIt() {
    let mailbox = RunMailbox()
    mailbox.send(.interrupted(signal: 2))
    #expect(counts(of: mailbox, steps: 2) { _ in .waits(until: nil) } == [0, 1])
  }

  @Test func aTimeBringsAStepWithoutMessages() {
    let mailbox = RunMailbox()
    #expect(counts(of: mailbox, steps: 3) { _ in .waits(until: .milliseconds(1)) } == [0, 0, 0])
  }

  @Test(arguments: [Duration.zero, .milliseconds(1)])
  func whatIsToBeDoneLaterIsDoneOnceByTheLoopsThread(_ time: Duration) {
    let mailbox = RunMailbox()
    let calls = Mutex(0)
    mailbox.callLater(at: time) {
      calls.withLock { $0 += 1 }
      mailbox.send(.reportsCaughtUp)
    }
    let messages = Mutex(0)
    mailbox.run { batch in
      messages.withLock { messages in
        messages += batch.count
        return messages == 1 ? .isOver : .waits(until: nil)
      }
    }
    #expect(calls.withLock { $0 } == 1)
  }

  /// How many messages each step got, of so many steps.
  private func counts(
    of mailbox: RunMailbox, steps: Int, _ step: @escaping @Sendable ([RunMessage]) -> RunStep
  ) -> [Int] {
    let counts = Mutex<[Int]>([])
    mailbox.run { messages in
      let next = step(messages)
      return counts.withLock { counts in
        counts.append(messages.count)
        return counts.count == steps ? .isOver : next
      }
    }
    return counts.withLock { $0 }
  }
}

// MARK: - Watching a command

extension RunMailboxTests {
  @Test func messagesWakeALoopThatWatchesSomething() throws {
    let mailbox = RunMailbox()
    let pipe = try TestPipe()
    try #require(mailbox.canWatch())
    mailbox.watch(descriptors: { (pipe.reader, -1, -1) }, look: { true })
    #expect(!mailbox.canWatch())
    let sender = BackgroundResult { mailbox.send(.interrupted(signal: 2)) }
    mailbox.run { messages in
      if case .interrupted(2)? = messages.first { .isOver } else { .waits(until: nil) }
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
    mailbox.run { $0.isEmpty ? .waits(until: nil) : .isOver }
    #expect(looks.withLock { $0 } == 3)
    #expect(mailbox.canWatch())
  }

  @Test func aTimeBringsAStepWhileSomethingIsWatched() throws {
    let mailbox = RunMailbox()
    let pipe = try TestPipe()
    try #require(mailbox.canWatch())
    mailbox.watch(descriptors: { (pipe.reader, -1, -1) }, look: { true })
    #expect(counts(of: mailbox, steps: 2) { _ in .waits(until: .milliseconds(1)) } == [0, 0])
  }
}

// MARK: - Steps of other threads

extension RunMailboxTests {
  @Test func whoDeliversTakesTheStepWhileTheLoopSleeps() async {
    let loop = TestLoop { _, _ in .waits(until: nil) }
    await loop.waitUntilAsleep()
    loop.mailbox.deliver(.interrupted(signal: 1), .interrupted(signal: 2))
    // It was taken when the call returned, and by this thread.
    #expect(loop.steps.map(\.messages) == [0, 2])
    #expect(loop.steps.map(\.isOfLoop) == [true, false])
    loop.end()
  }

  @Test func whoOnlySendsNeverTakesAStep() async {
    let loop = TestLoop { _, _ in .waits(until: nil) }
    await loop.waitUntilAsleep()
    loop.mailbox.send(.reportsCaughtUp)
    loop.end()
    #expect(!loop.steps.map(\.isOfLoop).contains(false))
  }

  @Test func anEarlierTimeThatAnothersStepHasNamedIsKept() async {
    let loop = TestLoop { _, messages in .waits(until: messages.isEmpty ? .seconds(3600) : .milliseconds(1)) }
    await loop.waitUntilAsleep()
    loop.mailbox.deliver(.reportsCaughtUp)
    #expect(await eventually { loop.steps.count > 2 })
    loop.end()
    #expect(loop.steps.map(\.isOfLoop).prefix(3) == [true, false, true])
  }

  @Test func aStepOfAnotherThreadCanBeTheLast() async {
    let loop = TestLoop { _, messages in messages.isEmpty ? .waits(until: nil) : .isOver }
    await loop.waitUntilAsleep()
    loop.mailbox.deliver(.reportsCaughtUp)
    loop.join()
    #expect(loop.steps.count == 2)
    loop.mailbox.deliver(.reportsCaughtUp)
    loop.mailbox.send(.reportsCaughtUp)
    #expect(loop.steps.count == 2)
  }

  @Test func whatAStepSendsIsTakenByTheNextOne() async {
    let loop = TestLoop { mailbox, messages in
      if case .interrupted? = messages.first {
        mailbox.deliver(.reportsCaughtUp)
        mailbox.send(.reportsCaughtUp)
      }
      return .waits(until: nil)
    }
    await loop.waitUntilAsleep()
    loop.mailbox.deliver(.interrupted(signal: 1))
    #expect(await eventually { loop.steps.reduce(0) { $0 + $1.messages } == 3 })
    loop.end()
  }

  @Test func noMessageIsLostAndNoTwoStepsMeetWhenManyThreadsDeliver() {
    let (threads, each) = (6, 500)
    let isAtIt = Atomic(false)
    let hasBegun = Atomic(false)
    let total = Atomic(0)
    let mailbox = RunMailbox()
    let senders = (0..<threads).map { number in
      BackgroundResult {
        while !hasBegun.load(ordering: .relaxed) { sched_yield() }
        for message in 0..<each {
          if message % 3 == number % 3 {
            mailbox.send(.interrupted(signal: number))
          } else {
            mailbox.deliver(.interrupted(signal: number), .reportsCaughtUp)
          }
        }
      }
    }
    let expected = (0..<threads).reduce(0) { sum, number in
      sum + (0..<each).reduce(0) { $0 + ($1 % 3 == number % 3 ? 1 : 2) }
    }
    mailbox.run { messages in
      hasBegun.store(true, ordering: .relaxed)
      let isSecond = isAtIt.exchange(true, ordering: .acquiringAndReleasing)
      #expect(!isSecond)
      let sum = total.add(messages.count, ordering: .relaxed).newValue
      isAtIt.store(false, ordering: .releasing)
      // A time that comes again and again, so that the loop's thread wakes in the middle of others' steps.
      return sum == expected ? .isOver : .waits(until: mailbox.now + .microseconds(100))
    }
    for sender in senders { _ = sender.wait() }
    #expect(total.load(ordering: .relaxed) == expected)
  }
}

/// A loop on a thread of its own whose steps are written down.
private final class TestLoop: Sendable {
  struct Step: Sendable {
    let messages: Int
    let isOfLoop: Bool
  }

  private struct Log: Sendable {
    var steps: [Step] = []
    var isEnding = false
  }

  let mailbox = RunMailbox()
  private let log = Mutex(Log())
  private let thread = Mutex<BackgroundResult<Void>?>(nil)

  init(_ step: @escaping @Sendable (RunMailbox, [RunMessage]) -> RunStep) {
    let thread = BackgroundResult { [self] in
      let own = ObjectIdentifier(Thread.current)
      mailbox.run { [self] messages in
        let next = step(mailbox, messages)
        return log.withLock { log in
          log.steps.append(Step(messages: messages.count, isOfLoop: ObjectIdentifier(Thread.current) == own))
          return log.isEnding ? .isOver : next
        }
      }
    }
    self.thread.withLock { $0 = thread }
  }

  var steps: [Step] { log.withLock { $0.steps } }

  func waitUntilAsleep() async {
    let isAsleep = await eventually { mailbox.isAsleep }
    #expect(isAsleep)
  }

  /// Waits for the last step.
  func join() { _ = thread.withLock { $0.take() }?.wait() }

  /// Makes the next step the last one.
  func end() {
    log.withLock { $0.isEnding = true }
    mailbox.send(.reportsCaughtUp)
    join()
  }
}
