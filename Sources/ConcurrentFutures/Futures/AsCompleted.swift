/// Gives futures as they finish, each once: those that are done first, all in the order they finished.
///
/// The futures may come from several executors; use ``AnyFuture`` if their values differ in type. Leaving the loop
/// leaves the futures alone.
public func asCompleted<Element: FutureProtocol>(_ futures: some Sequence<Element>) -> CompletedFutures<
  Element
> {
  CompletedFutures(group: FutureGroup(unique(futures)))
}

/// Gives futures as they finish, for as long as the time lasts.
/// - Parameter timeout: counts from this call.
/// - Returns: a sequence that throws ``AsCompletedTimeout`` when the time is over with futures left.
public func asCompleted<Element: FutureProtocol>(
  _ futures: some Sequence<Element>, timeout: Duration
) -> TimedCompletedFutures<Element> {
  let group = FutureGroup(unique(futures))
  return TimedCompletedFutures(group: group, total: group.count, deadline: .now + timeout)
}

/// The futures of a sequence, each once, in their order.
func unique<Element: FutureProtocol>(_ futures: some Sequence<Element>) -> [Element] {
  var seen: Set<Element> = []
  return futures.filter { seen.insert($0).inserted }
}

/// Futures in the order they finish; see ``asCompleted(_:)``. Can be iterated over once.
public struct CompletedFutures<Element: FutureProtocol>: AsyncSequence, Sendable {
  let group: FutureGroup<Element>

  /// Takes one future after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let group: FutureGroup<Element>

    /// The next future to finish; `nil` after the last one, or if the Swift task is cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async -> Element? { await group.next() }
  }

  /// Begins the iteration.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(group: group) }

  /// The same futures for code that is not async: each step blocks the thread, like
  /// ``FutureGroup/nextBlocking(timeout:)``.
  @available(*, noasync, message: "iterate with 'for await' instead: this blocks a thread")
  public var blocking: some Sequence<Element> {
    let group = group
    return AnyIterator {
      guard case .future(let future) = group.collector.nextBlocking(until: nil) else { return nil }
      return future
    }
  }
}

/// Futures in the order they finish, with an end; see ``asCompleted(_:timeout:)``. Can be iterated over once.
public struct TimedCompletedFutures<Element: FutureProtocol>: AsyncSequence, Sendable {
  let group: FutureGroup<Element>
  let total: Int
  let deadline: ContinuousClock.Instant

  /// Takes one future after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let futures: TimedCompletedFutures

    /// The next future to finish; `nil` after the last one, or if the Swift task is cancelled.
    /// - Throws: ``AsCompletedTimeout``.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(AsCompletedTimeout) -> Element? {
      switch await futures.group.collector.next(until: futures.deadline) {
      case .future(let future): return future
      case .empty, .interrupted: return nil
      case .timedOut: throw AsCompletedTimeout(unfinished: futures.group.count, of: futures.total)
      }
    }
  }

  /// Begins the iteration.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(futures: self) }
}
