/// The results of a `mapUnordered`, in the order they finish, each with the position of its input from 0.
///
/// Otherwise like ``MapResults``: at most `buffer` inputs are submitted and not yet given out, leaving the loop cancels
/// what has not started, and an iteration that ends early says so in its last element.
public struct UnorderedMapResults<Inputs: Sequence, Output: Sendable>: AsyncSequence
where Inputs.Element: Sendable {
  /// The outcome of one input.
  public typealias Element = (index: Int, result: Result<Output, TaskFailure>)

  private let window: Window

  init(_ inputs: MapInputs<Inputs, Output>) {
    window = Window(inputs)
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
    private let group = FutureGroup<Future<Output>>()
    private var indices: [Future<Output>: Int] = [:]
    private var submitted = 0

    init(_ inputs: MapInputs<Inputs, Output>) { self.inputs = inputs }

    deinit { cancelRest(.iterationEnded) }

    func fill() {
      inputs.fill(count: { indices.count }, add: { add($0) })
    }

    private func add(_ future: Future<Output>) {
      indices[future] = submitted
      submitted += 1
      group.add(future)
    }

    func next(isolation: isolated (any Actor)?) async -> Element? {
      if indices.isEmpty, let future = await inputs.submitOne(isolation: isolation) { add(future) }
      return give(await group.collector.next(until: inputs.deadline))
    }

    func nextBlocking() -> Element? {
      if indices.isEmpty, let future = inputs.submitOneBlocking() { add(future) }
      return give(group.collector.nextBlocking(until: inputs.deadline))
    }

    /// Makes up for the one given out, or ends the iteration.
    private func give(_ next: CompletionCollector<Future<Output>>.Next) -> Element? {
      switch next {
      case .future(let future):
        // A body that waits for results that wait for it gets told so in the result.
        guard let outcome = future.finished else { return endEarly(.wouldNeverEnd) }
        guard let index = indices.removeValue(forKey: future) else { return nil }
        fill()
        return (index, outcome)
      case .empty: return inputs.takeFailure().map { (submitted, .failure($0)) }
      case .timedOut: return endEarly(.iterationTimedOut)
      case .interrupted: return endEarly(.waitCancelled)
      }
    }

    private func endEarly(_ reason: CancelReason) -> Element {
      let first = indices.values.min() ?? submitted
      cancelRest(reason)
      return (first, .failure(.cancelled(reason)))
    }

    func cancelRest(_ reason: CancelReason) {
      inputs.stop()
      group.collector.detach()
      for future in indices.keys { future.cancel(reason) }
      indices = [:]
    }
  }
}
