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
    await shutdown(cancellingQueued: .shutdown)
  }

  /// Takes nothing new, and returns at once; what is queued or running goes on.
  /// - Parameter cancelQueued: whether to cancel what has not started.
  public func beginShutdown(cancelQueued: Bool = false) {
    desk.close()
    inbox.post(.shutDown(cancelQueued ? .shutdown : nil))
  }

  func shutdown(cancellingQueued reason: CancelReason?) async {
    desk.close()
    inbox.post(.shutDown(reason))
    await inbox.ender()?.waitThroughCancellation()
    await desk.delivery()?.waitThroughCancellation()
  }
}
