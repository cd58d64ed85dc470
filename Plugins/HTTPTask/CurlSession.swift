import CCurl
import Synchronization
import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One thread's libcurl handles, kept from task to task so that connections are used again.
///
/// The easy handle carries one transfer at a time. It sits in a multi handle because that one's poll can be
/// ended from outside: a cancelled task returns at once, whatever the server does.
final class CurlSession {
  private let easy: OpaquePointer
  private let multi: OpaquePointer
  /// libcurl's words for an error; the buffer must outlive the transfer.
  private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CCURL_ERROR_SIZE))

  /// The most redirects that one request follows.
  static let redirectLimit = 10

  /// The session of the calling thread; made by its first request, ended with the thread.
  static func ofThisThread() throws(HTTPError) -> CurlSession {
    if let reference = pthread_getspecific(sessionKey) {
      return Unmanaged<CurlSession>.fromOpaque(reference).takeUnretainedValue()
    }
    let session = try CurlSession()
    pthread_setspecific(sessionKey, Unmanaged.passRetained(session).toOpaque())
    return session
  }

  private init() throws(HTTPError) {
    if let problem = CurlLibrary.problem { throw problem }
    guard let easy = ccurl_easy_create(), let multi = ccurl_multi_create() else { throw .libraryBroken }
    (self.easy, self.multi) = (easy, multi)
  }

  deinit {
    ccurl_easy_destroy(easy)
    ccurl_multi_destroy(multi)
    words.deallocate()
  }

  /// Sends a request and receives the answer. Blocks.
  /// - Returns: the value of the task.
  func perform(_ request: HTTPRequest, in context: TaskContext) throws(HTTPError) -> Value {
    // Nothing of this request may be left in the handle, least of all pointers.
    defer { ccurl_easy_reset(easy) }
    let headers = try HeaderList(request.headerLines)
    let receiver = BodyReceiver(request)
    try configure(request, headers, receiver)
    let code = try transfer(context)
    return try withExtendedLifetime(receiver) { () throws(HTTPError) -> Value in
      let answer = Answer(easy: easy, request: request, words: String(cString: words))
      return try answer.value(code, receiver, context)
    }
  }

  private func configure(
    _ request: HTTPRequest, _ headers: borrowing HeaderList, _ receiver: BodyReceiver
  ) throws(HTTPError) {
    words[0] = 0
    ccurl_set_error_buffer(easy, words)
    // Signals belong to the runner: no SIGALRM for name lookups.
    set(CCURL_NOSIGNAL, 1)
    // A cancelled name lookup is left to its thread instead of being waited for. Unknown before 7.87.
    set(CCURL_QUICK_EXIT, 1)
    // Every encoding that this libcurl can undo.
    ccurl_set_text(easy, CCURL_ACCEPT_ENCODING, "")
    ccurl_set_text(easy, CCURL_USERAGENT, "taskrun")
    set(CCURL_CONNECTTIMEOUT_MS, Int((request.connectTimeout / .milliseconds(1)).rounded(.up)))
    set(CCURL_FOLLOWLOCATION, request.followsRedirects ? 1 : 0)
    set(CCURL_MAXREDIRS, Self.redirectLimit)
    if let path = request.certificatesPath { ccurl_set_text(easy, CCURL_CAINFO, path) }
    try allowSchemes(request)
    try setMethod(request)
    let receives: ccurl_body_callback = { data, size, count, context in
      guard let context, let easy = BodyReceiver.from(context).easy else { return 0 }
      let status = ccurl_get_number(easy, CCURL_INFO_RESPONSE_CODE)
      let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
      return BodyReceiver.from(context).take(bytes, status: status) ? size * count : 0
    }
    receiver.easy = easy
    guard ccurl_set_text(easy, CCURL_URL, request.url.text) == CCURL_OK,
      ccurl_set_headers(easy, headers.list) == CCURL_OK,
      ccurl_set_receiver(easy, receives, receiver.reference) == CCURL_OK
    else { throw .transfer(url: request.url.shown, reason: "libcurl refuses the request") }
  }

  /// Nothing but HTTP, also after redirects, and never from https back to http.
  private func allowSchemes(_ request: HTTPRequest) throws(HTTPError) {
    let (names, bits) = request.url.scheme == "https" ? ("https", 2) : ("http,https", 3)
    for (option, old) in [
      (CCURL_PROTOCOLS_STR, CCURL_PROTOCOLS), (CCURL_REDIR_PROTOCOLS_STR, CCURL_REDIR_PROTOCOLS),
    ] {
      if ccurl_set_text(easy, option, names) == CCURL_OK { continue }
      guard ccurl_set_number(easy, old, bits) == CCURL_OK else { throw .libraryTooOld }
    }
  }

  private func setMethod(_ request: HTTPRequest) throws(HTTPError) {
    if let body = request.body {
      let code = body.withUnsafeBytes { bytes in
        // An empty array has no address; libcurl takes a null pointer for "no body".
        ccurl_set_request_body(easy, bytes.baseAddress ?? UnsafeRawPointer(words), Int64(bytes.count))
      }
      guard code == CCURL_OK else {
        throw .transfer(url: request.url.shown, reason: "no memory for the request's body")
      }
    }
    switch request.method {
    case "GET" where request.body == nil: break
    case "HEAD" where request.body == nil: set(CCURL_NOBODY, 1)
    case "POST" where request.body != nil: set(CCURL_POST, 1)
    default: ccurl_set_text(easy, CCURL_CUSTOMREQUEST, request.method)
    }
  }

  private func set(_ option: ccurl_number_option, _ number: Int) {
    ccurl_set_number(easy, option, number)
  }

  /// Runs the transfer to its end, or until the task is cancelled.
  private func transfer(_ context: TaskContext) throws(HTTPError) -> ccurl_code {
    guard ccurl_multi_add(multi, easy) == 0 else { throw .libraryBroken }
    defer { ccurl_multi_remove(multi, easy) }
    let wakeup = Wakeup(multi)
    defer { wakeup.end() }
    context.cancellation.onCancel { wakeup.wake() }
    var running: CInt = 1
    var code = CCURL_OK
    while true {
      if context.cancellation.isCancelled { throw .cancelled }
      guard ccurl_multi_perform(multi, &running) == 0 else { throw .libraryBroken }
      if ccurl_multi_take_result(multi, &code) != 0 { return code }
      guard running > 0, ccurl_multi_poll(multi, 60_000) == 0 else { throw .libraryBroken }
    }
  }
}

/// Where each thread keeps its session; the system calls the function when the thread ends.
private let sessionKey: pthread_key_t = {
  var key = pthread_key_t()
  #if os(Linux)
    pthread_key_create(&key) { $0.map { Unmanaged<CurlSession>.fromOpaque($0).release() } }
  #else
    pthread_key_create(&key) { Unmanaged<CurlSession>.fromOpaque($0).release() }
  #endif
  return key
}()

/// Ends the poll of a transfer from another thread, as long as there is one.
private final class Wakeup: Sendable {
  /// The multi handle's address; `nil` when the transfer is over.
  private let multi: Mutex<UInt?>

  init(_ multi: OpaquePointer) { self.multi = Mutex(UInt(bitPattern: multi)) }

  /// The lock is held during the call, which writes one byte and never waits: ``end()`` must not return while
  /// it still uses the handle.
  func wake() {
    multi.withLock { address in
      if let pointer = address.flatMap({ OpaquePointer(bitPattern: $0) }) { _ = ccurl_multi_wakeup(pointer) }
    }
  }

  func end() { multi.withLock { $0 = nil } }
}

/// libcurl's list of header lines.
private struct HeaderList: ~Copyable {
  private(set) var list: OpaquePointer?

  init(_ lines: [String]) throws(HTTPError) {
    for line in lines {
      guard let longer = ccurl_headers_append(list, line) else { throw .libraryBroken }
      list = longer
    }
  }

  deinit { ccurl_headers_destroy(list) }
}
