import TaskrunAPI

/// Why a request failed. URLs in here have neither user nor password nor query.
enum HTTPError: Error, Hashable {
  case badURL(String)
  case badMethod(String)
  case badHeaderName(String)
  case badHeaderValue(name: String)
  case badStatus(String)
  case bodyTwice
  case libraryMissing
  case libraryTooOld
  case libraryBroken
  case cannotResolve(host: String)
  case cannotResolveProxy
  case cannotConnect(place: String, reason: String)
  case tls(host: String, reason: String)
  case connectTimeout(url: String)
  case tooManyRedirects(limit: Int, last: String)
  case redirectRefused(to: String, allowed: String)
  case status(Int, url: String)
  case tooLarge(limit: Int, url: String)
  case cut(url: String)
  case transfer(url: String, reason: String)
  case cannotSave(path: String, reason: String)
  case cancelled
}

extension HTTPError {
  /// The error as the task's result.
  var taskError: TaskError {
    self == .cancelled ? .cancelled : TaskError(type: type, message: description)
  }

  private var type: String {
    switch self {
    case .badURL, .badMethod, .badHeaderName, .badHeaderValue, .badStatus, .bodyTwice: "parameter"
    case .libraryMissing, .libraryTooOld, .libraryBroken: "no_libcurl"
    case .cannotResolve, .cannotResolveProxy: "dns"
    case .cannotConnect: "connect"
    case .tls: "tls"
    case .connectTimeout: "timeout"
    case .tooManyRedirects, .redirectRefused: "redirect"
    case .status: "http_status"
    case .tooLarge: "too_large"
    case .cut, .transfer: "transfer"
    case .cannotSave: "save"
    case .cancelled: TaskError.cancelled.type
    }
  }
}

extension HTTPError: CustomStringConvertible {
  var description: String {
    switch self {
    case .badURL(let url): "parameter 'url': '\(Self.visible(url))' is not an http:// or https:// URL"
    case .badMethod(let method):
      "parameter 'method': '\(Self.visible(method))' is not a method such as GET, PUT or DELETE"
    case .badHeaderName(let name): "parameter 'headers': '\(Self.visible(name))' is not the name of a header"
    case .badHeaderValue(let name):
      "parameter 'headers': the value of '\(name)' holds a control character such as a line break"
    case .badStatus(let text):
      "parameter 'expect_status': '\(Self.visible(text))' is not a status such as 200 or '200-299'"
    case .bodyTwice: "expected at most one of 'body' and 'json'"
    case .libraryMissing: "libcurl is not installed; on Debian and Ubuntu install the package 'libcurl4'"
    case .libraryTooOld: "the installed libcurl is too old; version 7.68 or newer is needed"
    case .libraryBroken: "libcurl cannot be initialised"
    case .cannotResolve(let host): "cannot resolve host '\(host)'"
    case .cannotResolveProxy: "cannot resolve the host of the proxy"
    case .cannotConnect(let place, let reason): "cannot connect to '\(place)': \(reason)"
    case .tls(let host, let reason): "no trusted connection to '\(host)': \(reason)"
    case .connectTimeout(let url): "no connection within 'connect_timeout' for \(url)"
    case .tooManyRedirects(let limit, let last):
      "more than \(limit) redirects; the last one leads to \(Self.visible(last))"
    case .redirectRefused(let target, let allowed):
      "refused to follow a redirect to '\(Self.visible(target))'; allowed: \(allowed)"
    case .status(let status, let url):
      (Self.phrases[status].map { "\(status) \($0)" } ?? "status \(status)") + " for \(url)"
    case .tooLarge(let limit, let url): "the body has more than 'max_bytes' (\(limit)) bytes for \(url)"
    case .cut(let url): "the connection ended before the body did for \(url)"
    case .transfer(let url, let reason): "\(reason) for \(url)"
    case .cannotSave(let path, let reason): "cannot save to '\(Self.visible(path))': \(reason)"
    case .cancelled: TaskError.cancelled.message
    }
  }

  /// A text from outside on one line: control characters become U+FFFD.
  private static func visible(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  /// The standard's phrases; those of a server are bytes from outside, and HTTP/2 has none.
  private static let phrases: [Int: String] = [
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 409: "Conflict",
    410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 418: "I'm a Teapot",
    422: "Unprocessable Content", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 511: "Network Authentication Required",
  ]
}
