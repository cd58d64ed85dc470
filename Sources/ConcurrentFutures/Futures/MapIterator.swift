/// The futures of a `map` that were submitted and not yet given out.
///
/// Not Sendable: it belongs to the one who iterates.
protocol MapWindow<Element>: AnyObject {
  associatedtype Element

  /// The next element; `nil` after the last one.
  func next(isolation: isolated (any Actor)?) async -> Element?
  /// The same on a thread, which it blocks.
  func nextBlocking() -> Element?
  /// Ends the iteration, and cancels what has not started.
  func cancelRest(_ reason: CancelReason)
}

extension CancelReason {
  /// A body waits for a result that waits for it.
  static var wouldNeverEnd: CancelReason { .other("waiting for it would never end") }
}

/// Takes one result of a `map` after the other. Its end is the end of the iteration, also of one that was left by
/// `break`: what has not started is cancelled then.
public struct MapIterator<Element>: AsyncIteratorProtocol {
  private let iteration: Iteration

  init(_ window: any MapWindow<Element>) { iteration = Iteration(window) }

  /// The next element; `nil` after the last one.
  public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> Element? {
    await iteration.window.next(isolation: actor)
  }

  fileprivate func nextBlocking() -> Element? { iteration.window.nextBlocking() }

  private final class Iteration {
    let window: any MapWindow<Element>

    init(_ window: any MapWindow<Element>) { self.window = window }

    deinit { window.cancelRest(.iterationEnded) }
  }
}

/// Results that block the thread until each is there. Can be iterated over once.
public struct BlockingMapResults<Element>: Sequence, IteratorProtocol {
  private let iterator: MapIterator<Element>

  init(_ iterator: MapIterator<Element>) { self.iterator = iterator }

  /// The next result; `nil` after the last one.
  public mutating func next() -> Element? { iterator.nextBlocking() }
}
