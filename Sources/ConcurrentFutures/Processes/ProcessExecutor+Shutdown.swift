extension ProcessExecutor {
  /// Takes nothing new, lets what was submitted finish, and returns when every future has ended and every worker has
  /// been reaped.
  ///
  /// May be called more than once, and by several tasks at once. It does not end early if the Swift task is
  /// cancelled.
  /// - Parameter cancelQueued: whether what no worker has begun is cancelled.
  public func shutdown(cancelQueued: Bool = false) async {
    await shutdown(cancellingQueued: cancelQueued ? .shutdown : nil)
  }

  /// The same for code that is not async: blocks the thread.
  @available(*, noasync, message: "await 'shutdown' instead: this blocks a thread")
  public func shutdownBlocking(cancelQueued: Bool = false) {
    shutdownBlocking(cancellingQueued: cancelQueued ? .shutdown : nil)
  }

  /// Like ``shutdown(cancelQueued:)``, but with an end: when the time is over, what is queued is cancelled and running tasks
  /// are asked to stop; after `grace` their workers are killed. With `deadline: .zero` this ends an executor at once, and
  /// with `grace: .zero` besides without asking.
  ///
  /// Futures that this ends fail with ``CancelReason/shutdown``. No worker is left when it returns.
  public func shutdown(deadline: Duration, grace: Duration = .seconds(1)) async {
    let end = ContinuousClock.now + deadline
    beginShutdown()
    if deadline > .zero { await inbox.ender()?.wait(until: end) }
    if inbox.ender() != nil {
      inbox.post(.shutDown(.shutdown))
      inbox.post(.stopAll(.shutdown, kills: grace <= .zero))
      if grace > .zero { await inbox.ender()?.wait(until: max(end, .now) + grace) }
      inbox.post(.stopAll(.shutdown, kills: true))
    }
    // What tasks have printed is not waited for beyond that: nobody may be reading.
    await shutdown(cancellingQueued: .shutdown, outputUntil: max(end, .now) + grace)
  }

  /// Takes nothing new, and returns at once; what is queued or running goes on.
  /// - Parameter cancelQueued: whether to cancel what has not started.
  public func beginShutdown(cancelQueued: Bool = false) {
    desk.close()
    inbox.post(.shutDown(cancelQueued ? .shutdown : nil))
  }

  func shutdownBlocking(cancellingQueued reason: CancelReason?) {
    desk.close()
    inbox.post(.shutDown(reason))
    inbox.ender()?.block(until: nil)
    desk.pendingResults()?.block(until: nil)
    desk.relay.delivery()?.block(until: nil)
    desk.finishDeliveries()
  }

  func shutdown(
    cancellingQueued reason: CancelReason?, outputUntil deadline: ContinuousClock.Instant? = nil
  ) async {
    desk.close()
    inbox.post(.shutDown(reason))
    await inbox.ender()?.waitThroughCancellation()
    await desk.pendingResults()?.waitThroughCancellation()
    if let output = desk.relay.delivery() {
      if let deadline { await output.wait(until: deadline) } else { await output.waitThroughCancellation() }
    }
    desk.finishDeliveries()
  }
}
