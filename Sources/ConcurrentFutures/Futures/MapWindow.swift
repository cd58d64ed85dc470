/// How `map` hands one input to an executor: in the three ways an executor takes tasks.
struct MapSubmitter<Input, Output: Sendable> {
  /// At once, or throws `queueFull`.
  let now: (Input) throws(SubmitError) -> Future<Output>
  /// Suspends while there is no room.
  let suspending: @Sendable (Input) async throws(SubmitError) -> Future<Output>
  /// Blocks while there is no room.
  let blocking: (Input) throws(SubmitError) -> Future<Output>
}

/// The inputs of a `map` that have not been submitted, and how many may be.
///
/// Not Sendable, like the iterator it holds: it belongs to the one who iterates.
final class MapInputs<Inputs: Sequence, Output: Sendable> where Inputs.Element: Sendable {
  typealias Input = Inputs.Element

  enum End {
    /// There may be more inputs.
    case open
    /// All have been submitted.
    case exhausted
    /// No more can be: the next element says so, and is the last.
    case failed(TaskFailure)
    /// That element has been given.
    case finished
  }

  private var iterator: Inputs.Iterator
  private var held: Input?
  private let submitter: MapSubmitter<Input, Output>
  private(set) var end = End.open
  let buffer: Int
  let deadline: ContinuousClock.Instant?

  init(
    _ inputs: Inputs, buffer: Int, timeout: Duration?, _ submitter: MapSubmitter<Input, Output>
  ) throws(ConfigurationError) {
    try ConfigurationError.check(buffer, in: 1..., accepted: "1 or more", setting: "buffer")
    iterator = inputs.makeIterator()
    self.buffer = buffer
    self.submitter = submitter
    deadline = timeout.map { .now + $0 }
  }

  /// Submits inputs as long as fewer than ``buffer`` are on their way and the executor has room.
  func fill(count: () -> Int, add: (Future<Output>) -> Void) {
    while count() < buffer, let input = takeInput() {
      do throws(SubmitError) {
        add(try submitter.now(input))
      } catch .queueFull {
        held = input
        return
      } catch {
        stop(error.failure)
      }
    }
  }

  /// Submits one input, for nothing is on its way; waits for room.
  func submitOne(isolation: isolated (any Actor)?) async -> Future<Output>? {
    guard let input = takeInput() else { return nil }
    do throws(SubmitError) {
      return try await submitter.suspending(input)
    } catch {
      stop(error.failure)
      return nil
    }
  }

  /// The same on a thread.
  func submitOneBlocking() -> Future<Output>? {
    guard let input = takeInput() else { return nil }
    do throws(SubmitError) {
      return try submitter.blocking(input)
    } catch {
      stop(error.failure)
      return nil
    }
  }

  /// Submits no more; if a failure is given, it is still to be told.
  func stop(_ failure: TaskFailure? = nil) {
    held = nil
    switch end {
    case .open, .exhausted: end = failure.map(End.failed) ?? .finished
    case .failed, .finished: if failure == nil { end = .finished }
    }
  }

  /// The failure that ends the iteration early, once.
  func takeFailure() -> TaskFailure? {
    guard case .failed(let failure) = end else { return nil }
    end = .finished
    return failure
  }

  private func takeInput() -> Input? {
    guard case .open = end else { return nil }
    if let input = held.take() ?? iterator.next() { return input }
    end = .exhausted
    return nil
  }
}
