#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The name that the system has for the calling thread.
func currentThreadName() -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  #if canImport(Darwin)
    pthread_getname_np(pthread_self(), &buffer, buffer.count)
  #else
    let file = open("/proc/thread-self/comm", O_RDONLY)
    defer { close(file) }
    _ = read(file, &buffer, buffer.count - 1)
  #endif
  let bytes = buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
  return String(decoding: bytes, as: UTF8.self)
}

/// Which of these signals the calling thread blocks.
func blockedSignals(_ signals: [Int32]) -> [Int32] {
  var mask = sigset_t()
  pthread_sigmask(SIG_SETMASK, nil, &mask)
  return signals.filter { sigismember(&mask, $0) == 1 }
}
