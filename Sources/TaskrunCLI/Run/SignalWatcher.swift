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
/// A signal that is ignored when taskrun starts stays ignored: SIGHUP under `nohup`, SIGINT for a job that a
/// script put into the background.
final class SignalWatcher: Sendable {
  private let received = Atomic<Int32>(0)

  /// The first signal that came; `nil` if none has.
  var first: Int32? {
    let number = received.load(ordering: .acquiring)
    return number == 0 ? nil : number
  }

  /// The signals that are watched.
  private let watched: Set<Int32>

  /// Blocks the signals in this thread, and so in all that it starts from now on. They wait until ``start(_:)``.
  init() {
    watched = Set([SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) })
    var set = signals
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Begins to wait for signals.
  /// - Parameter onSignal: called on the watching thread with the signal and how many came before it.
  /// - Throws: if there is no thread.
  func start(_ onSignal: @escaping @Sendable (_ number: Int32, _ before: Int) -> Void) throws {
    try PlatformThread.start(name: "signals", stackSizeBytes: 256 << 10) { [self] in
      var count = 0
      while true {
        var set = signals
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { continue }
        _ = received.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing)
        onSignal(number, count)
        count += 1
      }
    }.detach()
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
