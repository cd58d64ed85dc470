import ConcurrentFutures
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Hears the signals that ask the run to stop, on a thread of its own: no handler, so nothing is interrupted.
///
/// They wait until ``start(_:)``. A run that is over in a moment asks for them at its end and needs no thread.
///
/// A signal that is ignored when taskrun starts stays ignored: SIGHUP under `nohup`, SIGINT for a job that a
/// script put into the background.
final class SignalWatcher: Sendable {
  private let received = Atomic<Int32>(0)
  private let isStarted = Atomic(false)

  /// The first signal that came; `nil` if none has.
  var first: Int32? {
    let number = received.load(ordering: .acquiring)
    return number == 0 ? pending : number
  }

  /// A signal that waits for ``start(_:)``.
  private var pending: Int32? {
    var set = sigset_t()
    guard sigpending(&set) == 0 else { return nil }
    return watched.first { sigismember(&set, $0) == 1 }
  }

  /// The signals that are watched.
  private let watched: [Int32]

  /// Blocks the signals in this thread, and so in all that it starts from now on.
  init() {
    watched = [SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
    var set = signals
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Begins to wait for signals, unless it does so already. Call it before the calling thread waits for anything that a
  /// signal must be able to end.
  /// - Parameter onSignal: called on the watching thread with the signal and how many came before it.
  func start(_ onSignal: @escaping @Sendable (_ number: Int32, _ before: Int) -> Void) {
    guard !isStarted.exchange(true, ordering: .relaxed) else { return }
    do {
      try PlatformThread.start(name: "signals", stackSizeBytes: 256 << 10) { [self] in
        watch(onSignal)
      }.detach()
    } catch {
      // Without a thread a signal ends us at once, as it ends every program that does not care.
      var set = signals
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
  }

  private func watch(_ onSignal: (_ number: Int32, _ before: Int) -> Void) -> Never {
    var count = 0
    while true {
      var set = signals
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      _ = received.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing)
      onSignal(number, count)
      count += 1
    }
  }

  private var signals: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in watched { sigaddset(&set, number) }
    return set
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      return action.__sigaction_u.__sa_handler == SIG_IGN
    #else
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    #endif
  }
}
