import CCurl
import TaskrunAPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a finished transfer means: the task's value, or the reason why there is none.
struct Answer {
  /// The handle, for its last facts.
  var easy: OpaquePointer
  var request: HTTPRequest
  /// libcurl's words for the error, if there was one.
  var words: String

  func value(
    _ code: ccurl_code, _ receiver: BodyReceiver, _ context: TaskContext
  ) throws(HTTPError) -> Value {
    let status = ccurl_get_number(easy, CCURL_INFO_RESPONSE_CODE)
    if let problem = receiver.problem { throw problem }
    // What came before a broken end does not matter when the status says "no" anyway.
    let isRefused = code == CCURL_OK || receiver.hasRefused
    if isRefused, !request.expectedStatus.contains(status) {
      if let text = receiver.refusedText { context.write(.stderr, text) }
      throw .status(status, url: url.shown)
    }
    guard code == CCURL_OK else { throw error(code) }
    try receiver.finish()
    var value: ValueObject = [
      "url": .string(url.withoutUser), "status": Value(status), "bytes": Value(receiver.count),
      "content_type": text(CCURL_INFO_CONTENT_TYPE).map { .string($0) } ?? .null,
    ]
    if let path = request.savePath {
      value["path"] = .string(path)
    } else if let text = String(validating: receiver.bytes, as: UTF8.self) {
      value["body"] = .string(text)
    } else {
      value["body_base64"] = .string(Self.base64(receiver.bytes))
    }
    return .object(value)
  }

  /// Where the last request went: the first URL, or where redirects led.
  private var url: HTTPURL {
    text(CCURL_INFO_EFFECTIVE_URL).flatMap { HTTPURL(parsing: $0) } ?? request.url
  }

  private func text(_ info: ccurl_text_info) -> String? {
    ccurl_get_text(easy, info).map { String(cString: $0) }
  }

  private func error(_ code: ccurl_code) -> HTTPError {
    switch code {
    case CCURL_COULDNT_RESOLVE_HOST: .cannotResolve(host: url.host)
    case CCURL_COULDNT_RESOLVE_PROXY: .cannotResolveProxy
    case CCURL_COULDNT_CONNECT: .cannotConnect(place: url.place, reason: connectReason)
    case CCURL_OPERATION_TIMEDOUT: .connectTimeout(url: url.shown)
    case CCURL_TOO_MANY_REDIRECTS:
      .tooManyRedirects(
        limit: CurlSession.redirectLimit, last: HTTPURL.shown(text(CCURL_INFO_REDIRECT_URL) ?? url.text))
    case CCURL_UNSUPPORTED_PROTOCOL:
      .redirectRefused(
        to: HTTPURL.shown(text(CCURL_INFO_EFFECTIVE_URL) ?? ""),
        allowed: request.url.scheme == "https" ? "https" : "http and https")
    case CCURL_SSL_CONNECT_ERROR, CCURL_SSL_CERTPROBLEM, CCURL_SSL_CIPHER, CCURL_PEER_FAILED_VERIFICATION,
      CCURL_SSL_CACERT_BADFILE, CCURL_SSL_ISSUER_ERROR, CCURL_SSL_PINNEDPUBKEYNOTMATCH,
      CCURL_SSL_INVALIDCERTSTATUS:
      .tls(host: url.host, reason: reason(or: "error \(code.rawValue) of libcurl"))
    case CCURL_PARTIAL_FILE: .cut(url: url.shown)
    case CCURL_GOT_NOTHING:
      .transfer(url: url.shown, reason: "the server closed the connection without an answer")
    default: .transfer(url: url.shown, reason: reason(or: "error \(code.rawValue) of libcurl"))
    }
  }

  private var connectReason: String {
    let code = CInt(truncatingIfNeeded: ccurl_get_number(easy, CCURL_INFO_OS_ERRNO))
    return code == 0 ? reason(or: "no answer") : SystemWords.text(code)
  }

  /// libcurl's words in the form of ours: lower case, one line, no full stop.
  private func reason(or other: String) -> String {
    guard let first = words.first else { return other }
    let line = words.prefix { $0 != "\n" && $0 != "\r" }
    let isAcronym = line.dropFirst().first?.isLowercase == false
    let text = isAcronym ? String(line) : first.lowercased() + line.dropFirst()
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// RFC 4648, section 4.
  static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      bits <<= 8 * UInt32(3 - group.count)
      for place in 0..<4 {
        let isPadding = place > group.count
        text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
