import TaskrunAPI

/// What is waited for.
enum WaitTarget: Hashable {
  case tcp(Endpoint)
  case file(String)
  case http(PlainURL)
  case delay(Duration)

  init(_ parameters: ValueObject) throws(WaitError) {
    let given = ["tcp", "file", "http", "delay"].filter { parameters[$0] != nil }
    guard given.count == 1, let key = given.first, let text = parameters[key]?.plainText else {
      throw .notExactlyOne
    }
    switch key {
    case "tcp":
      guard let endpoint = Endpoint(text) else { throw .notHostAndPort(text) }
      self = .tcp(endpoint)
    case "file": self = .file(text)
    case "http": self = .http(try PlainURL(text))
    default: self = .delay(Duration(taskrun: text) ?? .zero)
    }
  }

  /// Whether looking for it can block.
  var needsNetwork: Bool {
    switch self {
    case .tcp, .http: true
    case .file, .delay: false
    }
  }
}

extension WaitTarget: CustomStringConvertible {
  var description: String {
    switch self {
    case .tcp(let endpoint): "\(endpoint)"
    case .file(let path): "'\(path)'"
    case .http(let url): "\(url)"
    case .delay(let duration): duration.briefText
    }
  }
}

/// A host and a port.
struct Endpoint: Hashable, CustomStringConvertible {
  /// A name or an address, an IPv6 address without its brackets.
  var host: String
  var port: UInt16

  /// Reads `host:port`, `1.2.3.4:port` or `[::1]:port`; without a port only if there is a default.
  init?(_ text: some StringProtocol, defaultPort: UInt16? = nil) {
    let parts: (host: Substring, port: Substring?)
    let text = Substring(text)
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: close)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      parts = (text[..<close].dropFirst(), rest.isEmpty ? nil : rest.dropFirst())
    } else {
      let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
      guard (1...2).contains(pieces.count) else { return nil }
      parts = (pieces[0], pieces.count == 2 ? pieces[1] : nil)
    }
    guard let port = parts.port.map({ UInt16($0) }) ?? defaultPort, port > 0, !parts.host.isEmpty,
      parts.host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "@") })
    else { return nil }
    host = String(parts.host)
    self.port = port
  }

  var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// An `http://` URL without user and password.
struct PlainURL: Hashable, CustomStringConvertible {
  var endpoint: Endpoint
  /// The path with its query; begins with a slash.
  var path: String

  init(_ text: String) throws(WaitError) {
    let scheme = text.prefix { $0 != ":" }.lowercased()
    if scheme == "https" { throw .httpsNeedsLibcurl }
    guard scheme == "http", text.dropFirst(4).hasPrefix("://"),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw .notHTTP(Self.withoutUser(text)) }
    let rest = text.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let endpoint = Endpoint(authority, defaultPort: 80) else { throw .notHTTP(Self.withoutUser(text)) }
    self.endpoint = endpoint
    let path = rest.dropFirst(authority.count).prefix { $0 != "#" }
    self.path = path.hasPrefix("/") ? String(path) : "/" + path
  }

  var description: String { "http://\(endpoint)\(path.prefix { $0 != "?" })" }

  /// A password that stands in a URL must not stand in a report.
  private static func withoutUser(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    return "…" + text[at...]
  }
}
