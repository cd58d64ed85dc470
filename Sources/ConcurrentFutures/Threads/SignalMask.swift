#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The signals that a thread does not take.
package struct SignalMask: Sendable {
  fileprivate(set) var signals: sigset_t

  /// For threads that run no code of the program: everything but the faults that a thread causes itself. Those go to
  /// that thread in any case, and blocking them would only silence the crash report.
  package static let everything: SignalMask = {
    var mask = SignalMask(signals: sigset_t())
    sigfillset(&mask.signals)
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] {
      sigdelset(&mask.signals, fault)
    }
    return mask
  }()

  /// For threads that run the program's code: what the thread that asks blocks, but nothing that the main thread
  /// takes. Whoever asks may be a thread of Swift concurrency, and those block nearly everything; a child process
  /// would inherit that, and could not be terminated.
  ///
  /// Only Linux tells what the main thread blocks; elsewhere the thread that asks should be no such thread.
  package static var program: SignalMask {
    var mask = SignalMask(signals: sigset_t())
    pthread_sigmask(SIG_SETMASK, nil, &mask.signals)
    #if os(Linux)
      let blocked = (1...64).filter { sigismember(&mask.signals, $0) == 1 }
      guard !blocked.isEmpty, let main = blockedByMainThread() else { return mask }
      for signal in blocked where main >> UInt64(signal - 1) & 1 == 0 {
        sigdelset(&mask.signals, Int32(signal))
      }
    #endif
    return mask
  }

  #if os(Linux)
    /// One bit for each signal, from signal 1 on; `nil` if the system does not tell.
    private static func blockedByMainThread() -> UInt64? {
      let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      let text = String(unsafeUninitializedCapacity: 8192) { buffer in
        max(0, read(file, buffer.baseAddress, buffer.count))
      }
      let line = text.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
      return line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
    }
  #endif
}
