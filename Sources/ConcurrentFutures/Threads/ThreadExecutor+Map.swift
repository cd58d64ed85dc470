extension ThreadExecutor {
  /// Calls a function on many inputs and gives the outcomes in the order of the inputs.
  ///
  /// The first inputs are submitted by this call. Inputs are taken one by one, so they may be endless; for several
  /// sequences use `zip`.
  /// - Parameters:
  ///   - inputs: iterated over by whoever iterates over the results, never on a worker.
  ///   - buffer: how many inputs may be submitted and not yet given out, at least 1. `nil`: two for each worker.
  ///   - timeout: for all results, counted from this call; then what has not started is cancelled.
  ///   - transform: called on the executor's threads.
  /// - Returns: see ``MapResults``; use its `blocking` in code that is not async.
  /// - Throws: ``ConfigurationError`` for the buffer.
  public func map<Inputs: Sequence, Output: Sendable>(
    _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil,
    _ transform: @escaping @Sendable (Inputs.Element) throws -> Output
  ) throws(ConfigurationError) -> MapResults<Inputs, Output> where Inputs.Element: Sendable {
    MapResults(try mapInputs(inputs, buffer, timeout, transform))
  }

  /// Like `map`, but gives the values alone, and throws the first failure and cancels the rest.
  public func mapThrowing<Inputs: Sequence, Output: Sendable>(
    _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil,
    _ transform: @escaping @Sendable (Inputs.Element) throws -> Output
  ) throws(ConfigurationError) -> MapValues<Inputs, Output> where Inputs.Element: Sendable {
    MapValues(results: MapResults(try mapInputs(inputs, buffer, timeout, transform), failsFast: true))
  }

  /// Like `map`, but gives the outcomes as they finish, each with the position of its input.
  public func mapUnordered<Inputs: Sequence, Output: Sendable>(
    _ inputs: Inputs, buffer: Int? = nil, timeout: Duration? = nil,
    _ transform: @escaping @Sendable (Inputs.Element) throws -> Output
  ) throws(ConfigurationError) -> UnorderedMapResults<Inputs, Output> where Inputs.Element: Sendable {
    UnorderedMapResults(try mapInputs(inputs, buffer, timeout, transform))
  }

  private func mapInputs<Inputs: Sequence, Output: Sendable>(
    _ inputs: Inputs, _ buffer: Int?, _ timeout: Duration?,
    _ transform: @escaping @Sendable (Inputs.Element) throws -> Output
  ) throws(ConfigurationError) -> MapInputs<Inputs, Output> where Inputs.Element: Sendable {
    let submitter = MapSubmitter<Inputs.Element, Output>(
      now: { input throws(SubmitError) in try self.trySubmit { try transform(input) } },
      suspending: { input throws(SubmitError) in try await self.submit { try transform(input) } },
      blocking: { input throws(SubmitError) in try self.submitBlocking { try transform(input) } })
    return try MapInputs(inputs, buffer: buffer ?? 2 * maxWorkers, timeout: timeout, submitter)
  }
}
