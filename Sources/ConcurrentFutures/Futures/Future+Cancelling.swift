/// Cancelling, and asking to stop.
extension Future {
  /// Cancels a task that has not started.
  ///
  /// It is done at once for everybody, and its body never runs. A running body is left alone; see
  /// ``requestStop(_:)``. A task that is ``FutureState/dispatched`` to a worker process is asked back: nobody here knows
  /// whether the worker is just beginning it. So that is no cancellation yet; the future ends as cancelled a moment
  /// later if the worker had not begun, and as usual if it had.
  /// - Returns: whether the future is cancelled now, which is for good; true again for one that was cancelled before.
  @discardableResult
  public func cancel(_ reason: CancelReason = .requested) -> Bool {
    guard !endUnlessBegun(reason) else { return true }
    let (state, owner) = standing
    // It may be queued again by now.
    if !state.isFinal, state != .running { owner?.returnWasRequested(reason) }
    return state == .cancelled
  }

  /// Cancels a task that has not started, and asks one that runs to stop: its ``CancellationToken`` is cancelled.
  /// - Returns: whether there was somebody to ask; false for a future that is done.
  @discardableResult
  public func requestStop(_ reason: CancelReason = .requested) -> Bool {
    guard !endUnlessBegun(reason) else { return true }
    let (state, owner) = standing
    guard !state.isFinal else { return false }
    owner?.stopWasRequested(reason)
    return true
  }

  /// Cancels what is sure not to have begun.
  private func endUnlessBegun(_ reason: CancelReason) -> Bool {
    let owner = owner
    guard end(.failure(.cancelled(reason)), if: { !$0.mayHaveBegun }) else { return false }
    owner?.futureWasCancelled(reason)
    return true
  }

  /// Who hears of cancellations; `nil` once the future is done.
  var owner: (any FutureOwner)? { standing.owner }
}
