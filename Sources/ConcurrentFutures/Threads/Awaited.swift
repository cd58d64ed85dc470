/// What a body waits for, as far as its pool can tell whether it will ever come.
enum Awaited: Sendable {
  /// Something that has a deadline, or that others than bodies of a pool may end.
  case outside
  /// Bodies of pools: all of them must end.
  case every([any PoolJob])
  /// Futures, of which one must end; asked for only if nobody seems to be left to run the queue, under the pool's lock.
  /// Empty once the wait is over.
  case any(@Sendable () -> [any ObservableFuture])
  /// Room in the queue of its own pool.
  case room(Submission)

  /// The bodies without whose end the wait does not end.
  var needed: [any PoolJob] {
    if case .every(let jobs) = self { jobs } else { [] }
  }

  /// All of the futures.
  static func all(of futures: some Sequence<any ObservableFuture>) -> Awaited {
    .every(futures.compactMap(\.poolJob))
  }

  /// Runs one of the queued bodies that the wait is for on this thread; returns whether there was one.
  fileprivate func runOne() -> Bool {
    switch self {
    case .every(let jobs): jobs.contains { $0.runHere() }
    case .any(let futures): futures().contains { $0.runHereIfQueued() }
    case .outside, .room: false
    }
  }
}

extension Waiter {
  /// Blocks like ``block(until:lookout:)``; on a worker it lets the pool run another thread meanwhile.
  ///
  /// If there may be no more threads, and no other one goes on before this one does, it runs what is queued itself.
  /// - Parameter awaited: what the wait is for; only asked on a worker, and if there is no deadline.
  /// - Throws: ``WouldDeadlock`` if the wait could never end; then it has not begun.
  func block(
    until deadline: ContinuousClock.Instant?, lookout: Lookout? = nil, for awaited: () -> Awaited
  ) throws(WouldDeadlock) {
    guard let worker = PoolWorker.current else { return block(until: deadline, lookout: lookout) }
    let awaited = deadline == nil ? awaited() : .outside
    while true {
      do throws(WouldDeadlock) {
        try worker.pool.willBlock(worker, for: awaited)
        break
      } catch {
        guard case .outOfThreads = error, worker.hasStackForNesting else { throw error }
        if !awaited.runOne() { worker.runFirstNested() }
      }
    }
    block(until: deadline, lookout: lookout)
    worker.pool.didUnblock(worker)
  }
}
