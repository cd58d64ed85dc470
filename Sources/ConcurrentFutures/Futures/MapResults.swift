/// The results of a `map`, in the order of the inputs.
///
/// Each element is the outcome of one input, so one failure takes nothing from the others. At most `buffer` inputs are
/// submitted and not yet given out. If the iteration has to end early (the executor was shut down, the time is
/// over, the Swift task was cancelled), what was submitted is given first as far as it can be, and the last element
/// says why: nothing is left out in silence.
///
/// Leaving the loop cancels what has not started. Can be iterated over once.
public struct MapResults<Inputs: Sequence, Output: Sendable>: AsyncSequence where Inputs.Element: Sendable {
  /// The outcome of one input.
  public typealias Element = Result<Output, TaskFailure>

  private let window: Window

  /// - Parameter failsFast: whether the first failure ends the iteration.
  init(_ inputs: MapInputs<Inputs, Output>, failsFast: Bool = false) {
    window = Window(inputs, failsFast: failsFast)
    window.fill()
  }

  /// Begins the iteration.
  public func makeAsyncIterator() -> MapIterator<Element> { MapIterator(window) }

  /// The same results for code that is not async: each step blocks the thread.
  @available(*, noasync, message: "iterate with 'for await' instead: this blocks a thread")
  public var blocking: BlockingMapResults<Element> { BlockingMapResults(MapIterator(window)) }

  /// The futures that were submitted and not yet given out.
  private final class Window: MapWindow {
    private let inputs: MapInputs<Inputs, Output>
    private let failsFast: Bool
    private var futures = SlotQueue<Future<Output>>()

    init(_ inputs: MapInputs<Inputs, Output>, failsFast: Bool) {
      self.inputs = inputs
      self.failsFast = failsFast
    }

    deinit { cancelRest(.iterationEnded) }

    func fill() {
      inputs.fill(count: { futures.count }, add: { _ = futures.append($0) })
    }

    func next(isolation: isolated (any Actor)?) async -> Element? {
      var head = futures.popFirst()
      if head == nil { head = await inputs.submitOne(isolation: isolation) }
      guard let head else { return inputs.takeFailure().map(Element.failure) }
      let outcome = await head.outcome(until: inputs.deadline)
      return give(outcome, of: head, or: Task.isCancelled ? .waitCancelled : .iterationTimedOut)
    }

    func nextBlocking() -> Element? {
      guard let head = futures.popFirst() ?? inputs.submitOneBlocking() else {
        return inputs.takeFailure().map(Element.failure)
      }
      // A body that waits for results that wait for it gets told so in the result.
      guard let outcome = try? head.block(until: inputs.deadline) else {
        return give(nil, of: head, or: .wouldNeverEnd)
      }
      return give(outcome, of: head, or: .iterationTimedOut)
    }

    /// Makes up for the one given out, or ends the iteration.
    private func give(_ outcome: Element?, of head: Future<Output>, or reason: CancelReason) -> Element {
      guard let outcome else {
        head.cancel(reason)
        cancelRest(reason)
        return .failure(.cancelled(reason))
      }
      // What takes the place of a failure that ends the iteration would run for nothing.
      if failsFast, case .failure = outcome { cancelRest(.iterationEnded) } else { fill() }
      return outcome
    }

    func cancelRest(_ reason: CancelReason) {
      inputs.stop()
      while let future = futures.popFirst() { future.cancel(reason) }
    }
  }
}

/// The values of a `mapThrowing`, in the order of the inputs. The first failure is thrown; what has not started then
/// is cancelled. Otherwise like ``MapResults``.
public struct MapValues<Inputs: Sequence, Output: Sendable>: AsyncSequence where Inputs.Element: Sendable {
  let results: MapResults<Inputs, Output>

  /// Takes one value after the other.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private var results: MapIterator<MapResults<Inputs, Output>.Element>

    fileprivate init(_ results: MapResults<Inputs, Output>) { self.results = results.makeAsyncIterator() }

    /// The next input's value; `nil` after the last one, and after a failure.
    /// - Throws: the first failure.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(TaskFailure) -> Output? {
      try await results.next(isolation: actor)?.get()
    }
  }

  /// Begins the iteration.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(results) }
}
