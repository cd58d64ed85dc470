#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A POSIX thread of our own: never one of Swift concurrency's, which must not block.
package struct PlatformThread: Sendable {
  /// The system refused to make a thread.
  package struct StartFailure: Error, CustomStringConvertible {
    /// The error number of `pthread_create`.
    package var errorNumber: Int32

    package var description: String {
      "cannot start a thread: \(String(cString: strerror(errorNumber)))"
    }
  }

  /// The stack of threads that run the program's code: as large as a main thread's, so that what can be called there
  /// can be called here. The system backs only what is touched.
  package static let programStackSizeBytes = 8 << 20

  private let handle: pthread_t

  /// Starts a thread that must be joined or detached.
  ///
  /// - Parameters:
  ///   - name: shown by debuggers and `ps`; cut to the 15 bytes that Linux allows.
  ///   - stackSizeBytes: room for the body's calls.
  ///   - blocking: the signals that the thread does not take, and programs that it starts inherit that.
  ///   - body: runs on the thread, once.
  /// - Throws: ``StartFailure``; then the body is dropped.
  package static func start(
    name: String, stackSizeBytes: Int = 1 << 20, blocking mask: SignalMask = .everything,
    _ body: @escaping @Sendable () -> Void
  ) throws(StartFailure) -> PlatformThread {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSizeBytes)

    // The new thread inherits the mask of the one that starts it.
    var blocked = mask.signals
    var previous = sigset_t()
    pthread_sigmask(SIG_SETMASK, &blocked, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

    let start = Unmanaged.passRetained(Start(name: name, body: body))
    #if canImport(Darwin)
      var handle: pthread_t?
    #else
      var handle = pthread_t()
    #endif
    let result = pthread_create(&handle, &attributes, enterThread, start.toOpaque())
    guard result == 0 else {
      start.release()
      throw StartFailure(errorNumber: result)
    }
    #if canImport(Darwin)
      guard let handle else { throw StartFailure(errorNumber: EAGAIN) }
    #endif
    return PlatformThread(handle: handle)
  }

  private init(handle: pthread_t) {
    self.handle = handle
  }

  /// The thread that calls.
  static var current: PlatformThread { PlatformThread(handle: pthread_self()) }

  /// Whether this is the thread that calls.
  var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

  /// Waits until the thread has ended. Once, and not after ``detach()``.
  package func join() { pthread_join(handle, nil) }

  /// Lets the thread end by itself. Once, and not after ``join()``.
  package func detach() { pthread_detach(handle) }
}

/// What the new thread needs, carried through the C pointer.
private final class Start: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

/// Cut at a character, so that the name stays valid UTF-8.
func threadName(_ name: String) -> String {
  var name = name
  while name.utf8.count > 15 { name.removeLast() }
  return name
}

#if canImport(Darwin)
  private func enterThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    runThread(context)
    return nil
  }
#else
  private func enterThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { runThread(context) }
    return nil
  }
#endif

private func runThread(_ context: UnsafeMutableRawPointer) {
  let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
  nameThread(threadName(start.name))
  start.body()
}

private func nameThread(_ name: String) {
  #if canImport(Darwin)
    pthread_setname_np(name)
  #else
    // pthread_setname_np is one of glibc's GNU extensions, which Swift does not see; it writes here, too.
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    _ = write(file, name, name.utf8.count)
  #endif
}
