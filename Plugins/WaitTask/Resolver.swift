import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One address to connect to.
struct SocketAddress: Sendable, Hashable {
  var family: CInt
  /// A `sockaddr` of the family.
  var bytes: [UInt8]
}

/// The lookup of one host name, on a thread of its own.
///
/// `getaddrinfo` can take many seconds and cannot be told to stop, so a cancelled task leaves it behind: the
/// thread keeps this object alive, and the answer goes nowhere.
final class Resolver: Sendable {
  private let endpoint: Endpoint
  private let done: Waker
  private let answer = Mutex<Answer?>(nil)

  /// Addresses, or the system's words for why there are none.
  enum Answer: Sendable, Hashable {
    case addresses([SocketAddress])
    case failed(String)
  }

  private init(_ endpoint: Endpoint) throws(WaitError) {
    self.endpoint = endpoint
    done = try Waker()
  }

  /// The addresses, if the host is one, without asking anybody.
  static func numeric(_ endpoint: Endpoint) -> [SocketAddress]? {
    guard case .addresses(let addresses) = look(up: endpoint, flags: AI_NUMERICHOST) else { return nil }
    return addresses
  }

  /// Begins a lookup. ``result`` has its answer as soon as ``readEnd`` is readable.
  static func start(_ endpoint: Endpoint) throws(WaitError) -> Resolver {
    let resolver = try Resolver(endpoint)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    let reference = Unmanaged.passRetained(resolver).toOpaque()
    #if os(Linux)
      var thread = pthread_t()
      let code = pthread_create(&thread, &attributes, { $0.map(Resolver.body) ?? nil }, reference)
    #else
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { Resolver.body($0) }, reference)
    #endif
    guard code == 0 else {
      Unmanaged<Resolver>.fromOpaque(reference).release()
      throw .system(call: "pthread_create", reason: String(cString: strerror(code)))
    }
    return resolver
  }

  var readEnd: CInt { done.readEnd }
  var result: Answer? { answer.withLock { $0 } }

  private static func body(_ reference: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let resolver = Unmanaged<Resolver>.fromOpaque(reference).takeRetainedValue()
    let found = look(up: resolver.endpoint, flags: 0)
    resolver.answer.withLock { $0 = found }
    resolver.done.wake()
    return nil
  }

  private static func look(up endpoint: Endpoint, flags: CInt) -> Answer {
    var hints = addrinfo()
    hints.ai_flags = flags
    #if canImport(Glibc)
      hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
    guard code == 0 else { return .failed(String(cString: gai_strerror(code))) }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ai_addr {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
        addresses.append(SocketAddress(family: entry.ai_family, bytes: Array(bytes)))
      }
      next = entry.ai_next
    }
    return .addresses(addresses)
  }
}
