/// An `http://` or `https://` URL.
struct HTTPURL: Hashable {
  /// The URL as it is sent, spaces and other than ASCII letters escaped in path and query.
  let text: String
  /// `http` or `https`.
  let scheme: String
  /// The host without user and port.
  let host: String
  /// The host with its port, if there is one.
  let place: String
  /// ``text`` without user and password.
  let withoutUser: String
  /// What messages may show: no user, no password, and no query, where keys and signatures stand.
  let shown: String

  /// Checks a URL of a manifest.
  init(_ text: String) throws(HTTPError) {
    guard let url = HTTPURL(parsing: text) else { throw .badURL(Self.shown(text)) }
    self = url
  }

  /// Reads a URL; `nil` if it is none, or of another scheme.
  init?(parsing text: String) {
    guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
    let prefix = text.prefix { $0 != ":" }
    guard text[prefix.endIndex...].hasPrefix("://") else { return nil }
    scheme = prefix.lowercased()
    let authority = Self.authority(text[prefix.endIndex...].dropFirst(3))
    let host = Self.host(authority)
    guard scheme == "http" || scheme == "https", !host.isEmpty, !authority.contains(" "),
      Self.isPort(Self.withoutUser(authority).dropFirst(host.count))
    else { return nil }
    self.host = String(host)
    place = String(Self.withoutUser(authority))
    let tail = Self.escaped(text[authority.endIndex...])
    self.text = scheme + "://" + authority + tail
    withoutUser = scheme + "://" + Self.withoutUser(authority) + tail
    shown = Self.shown(self.text)
  }

  /// A URL of any form, for a message.
  static func shown(_ text: String) -> String {
    var result = String(text.prefix { $0 != "?" && $0 != "#" })
    if result.count < text.count { result += "?…" }
    let scheme = result.prefix { $0 != ":" }
    guard result[scheme.endIndex...].hasPrefix("://") else {
      // Not a URL: whatever stands before an @ may be a password.
      return result.lastIndex(of: "@").map { "…" + result[$0...] } ?? result
    }
    let authority = authority(result[scheme.endIndex...].dropFirst(3))
    return scheme + "://" + Self.withoutUser(authority) + result[authority.endIndex...]
  }

  private static func authority(_ rest: Substring) -> Substring {
    rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
  }

  private static func withoutUser(_ authority: Substring) -> Substring {
    authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
  }

  /// The host; empty for an address in brackets that is none.
  private static func host(_ authority: Substring) -> Substring {
    let place = withoutUser(authority)
    guard place.hasPrefix("[") else { return place.prefix { $0 != ":" } }
    guard let close = place.firstIndex(of: "]") else { return "" }
    let address = place[..<close].dropFirst().prefix { $0 != "%" }
    let isAddress = address.contains(":") && address.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    return isAddress ? place[...close] : ""
  }

  /// Whether it may follow a host: a colon with a port or without one, or nothing.
  private static func isPort(_ text: Substring) -> Bool {
    guard text.first == ":" else { return text.isEmpty }
    let digits = text.dropFirst()
    return digits.isEmpty || digits.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt16(digits) != nil
  }

  private static func escaped(_ tail: Substring) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in tail.utf8 {
      if byte > 0x20 && byte < 0x7F {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
