import TaskrunAPI

/// A request whose parameters have been checked.
struct HTTPRequest: Hashable {
  var url: HTTPURL
  var method: String
  /// Lines `Name: value` for libcurl.
  var headerLines: [String]
  var body: [UInt8]?
  /// An absolute path, or `nil` for a body that becomes part of the value.
  var savePath: String?
  var expectedStatus: StatusSet
  var maximumBytes: Int
  var followsRedirects: Bool
  var connectTimeout: Duration
  /// A file with the certificates to trust; `nil` for those of the system.
  var certificatesPath: String?

  /// The methods that libcurl repeats or changes in a redirect as browsers do. With any other one a redirect is
  /// the answer: `303` after a PUT would make libcurl send a PUT without its body.
  private static let redirectable = ["GET", "HEAD", "POST"]

  init(_ parameters: ValueObject, in context: TaskContext) throws(HTTPError) {
    url = try HTTPURL(parameters["url"]?.plainText ?? "")
    body = try Self.body(parameters)
    method = try Self.method(parameters["method"]?.plainText, hasBody: body != nil)
    var lines = try (parameters["headers"]?.objectValue?.members ?? []).map(Self.headerLine)
    let names = Set(lines.map { $0.prefix { $0 != ":" && $0 != ";" }.lowercased() })
    if body != nil {
      if !names.contains("content-type") {
        // An empty value takes out libcurl's own header, which would call the body a form.
        lines.append(parameters["json"] == nil ? "Content-Type:" : "Content-Type: application/json")
      }
      // Without this, libcurl waits up to a second for servers to allow a body above 1 MiB.
      if !names.contains("expect") { lines.append("Expect:") }
    }
    headerLines = lines
    savePath = parameters["save"]?.stringValue.map(context.resolve)
    expectedStatus = try StatusSet(parameters["expect_status"] ?? "200-299")
    maximumBytes = parameters["max_bytes"]?.intValue ?? (savePath == nil ? 16 << 20 : 1 << 30)
    followsRedirects =
      parameters["follow_redirects"]?.boolValue ?? true && Self.redirectable.contains(method)
    let timeout = parameters["connect_timeout"]?.stringValue.flatMap { Duration(taskrun: $0) }
    connectTimeout = max(timeout ?? .seconds(30), .milliseconds(1))
    // The variables of the curl program; libcurl itself does not look at them.
    certificatesPath = ["CURL_CA_BUNDLE", "SSL_CERT_FILE"].lazy.compactMap { context.environment[$0] }
      .first { !$0.isEmpty }.map(context.resolve)
  }

  private static func body(_ parameters: ValueObject) throws(HTTPError) -> [UInt8]? {
    switch (parameters["body"], parameters["json"]) {
    case (nil, nil): nil
    case (let text?, nil): Array(text.plainText.utf8)
    case (nil, let value?): Array(value.jsonText.utf8)
    case (.some, .some): throw .bodyTwice
    }
  }

  private static func method(_ text: String?, hasBody: Bool) throws(HTTPError) -> String {
    guard let text else { return hasBody ? "POST" : "GET" }
    let method = text.uppercased()
    // CONNECT and TRACE are between clients and proxies.
    guard isToken(method), method != "CONNECT", method != "TRACE" else { throw .badMethod(text) }
    return method
  }

  /// Refuses what could end the line: a value that a template filled must not add headers of its own.
  private static func headerLine(_ member: ValueObject.Member) throws(HTTPError) -> String {
    let value = member.value.plainText
    guard isToken(member.key) else { throw .badHeaderName(member.key) }
    guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }) else {
      throw .badHeaderValue(name: member.key)
    }
    // libcurl's way to write a header without a value; a colon would take the header out instead.
    return value.allSatisfy({ $0 == " " || $0 == "\t" }) ? "\(member.key);" : "\(member.key): \(value)"
  }

  /// RFC 9110, section 5.6.2.
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains($0)
        }
      }
  }
}
