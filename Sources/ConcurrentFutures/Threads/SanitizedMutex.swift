// The thread sanitizer does not see the standard library's Mutex on Linux: its slow path is in a library that is not
// instrumented, so the sanitizer reports a race for a counter in a Mutex. With -DTHREAD_SANITIZER this one, made of the
// pthread mutex that it does see, stands in for it in this module:
//
//   swift test --sanitize=thread --scratch-path .build-tsan -Xswiftc -DTHREAD_SANITIZER --filter ConcurrentFutures
#if THREAD_SANITIZER
  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// The part of `Synchronization.Mutex` that this module uses.
  // @unchecked: the value is only touched between lock and unlock.
  struct Mutex<Value>: ~Copyable, @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    init(_ initialValue: consuming sending Value) {
      pthread_mutex_init(mutex, nil)
      value.initialize(to: initialValue)
    }

    deinit {
      value.deinitialize(count: 1)
      value.deallocate()
      pthread_mutex_destroy(mutex)
      mutex.deallocate()
    }

    borrowing func withLock<Result, Failure: Error>(
      _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value.pointee)
    }
  }
#endif
