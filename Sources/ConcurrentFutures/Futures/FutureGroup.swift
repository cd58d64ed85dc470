/// A set of futures that gives them back as they finish; more may be added at any time.
///
/// Adding and taking cost the same however many there are. A class: it is one set, shared by those that fill it and
/// those that empty it. All members may be used from any thread. Dropping the group leaves its futures alone.
public final class FutureGroup<Element: FutureProtocol>: Sendable {
  let collector = CompletionCollector<Element>()

  /// Makes an empty group.
  public init() {}

  /// Makes a group of these futures; the finished ones among them come first, in the order they finished.
  public init(_ futures: some Sequence<Element>) {
    for future in futures { collector.add(future) }
    collector.sortReady()
  }

  deinit {
    collector.detach()
  }

  /// How many futures have not been given back yet, finished or not.
  public var count: Int { collector.count }

  /// Adds a future; one that is added twice comes back twice.
  public func add(_ future: Element) { collector.add(future) }

  /// The next future to finish. Futures come in the order they finish, each once.
  /// - Returns: `nil` if there is none left, or if the Swift task is cancelled.
  public func next() async -> Element? {
    guard case .future(let future) = await collector.next(until: nil) else { return nil }
    return future
  }

  /// Like ``next()``, and blocks the thread. Inside of a body of a ``ThreadExecutor``, without a timeout, it gives a future
  /// that has not finished if it could never end: waiting for that one throws ``WouldDeadlock``.
  /// - Parameter timeout: how long to wait at most; `nil` waits as long as it takes.
  /// - Returns: `nil` if there is none left.
  /// - Throws: ``WaitTimeout``.
  @available(*, noasync, message: "await 'next' instead: this blocks a thread")
  public func nextBlocking(timeout: Duration? = nil) throws(WaitTimeout) -> Element? {
    switch collector.nextBlocking(until: timeout.map { .now + $0 }) {
    case .future(let future): return future
    case .empty, .interrupted: return nil
    case .timedOut: throw WaitTimeout(timeout: timeout ?? .zero)
    }
  }
}
