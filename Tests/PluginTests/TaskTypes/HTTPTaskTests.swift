import Foundation
import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import HTTPTask

@Suite(.onOwnThread) final class HTTPTaskTests {
  private let server: TestHTTPServer
  private let type = HTTPGetTask()

  init() throws { server = try TestHTTPServer() }

  deinit { server.stop() }

  private func get(
    _ path: String, _ more: ValueObject = [:], in context: TaskContext = .test()
  ) throws -> ValueObject {
    var parameters = more
    parameters["url"] = .string(path.contains("://") ? path : server.site + path)
    return try #require(try type.run(parameters, in: context).objectValue)
  }

  @Test func textBecomesTheValue() throws {
    let value = try get("/ok?x=1")
    #expect(
      value == [
        "url": .string("\(server.site)/ok?x=1"), "status": 200, "bytes": 6, "content_type": "text/plain",
        "body": "hello\n",
      ])
  }

  @Test func bytesThatAreNotTextBecomeBase64() throws {
    let value = try get("/binary")
    #expect(value["body"] == nil)
    #expect(value["body_base64"] == "//4A")
    #expect(value["content_type"] == .null)
  }

  @Test func anEmptyBodyIsEmptyText() throws {
    let value = try get("/empty")
    #expect(value["body"] == "")
    #expect(value["bytes"] == 0)
  }

  @Test func chunkedBodiesArePutTogether() throws {
    #expect(try get("/chunked")["body"] == "one two three")
  }

  @Test func headersAreSent() throws {
    let headers: Value = ["X-Number": 7, "Accept": "text/html", "X-Empty": ""]
    _ = try get("/ok", ["headers": headers])
    let sent = try #require(server.requests.first).headers
    #expect(sent["x-number"] == "7")
    #expect(sent["accept"] == "text/html")
    #expect(sent["x-empty"] == "")
    #expect(sent["user-agent"] == "taskrun")
  }

  @Test func spacesAndLettersInAPathAreEscaped() throws {
    _ = try get("/ok/a b/ä?q=ö c")
    #expect(server.requests.first?.target == "/ok/a%20b/%C3%A4?q=%C3%B6%20c")
  }

  @Test(
    arguments: [
      (404, "404 Not Found"), (500, "500 Internal Server Error"), (302, "302 Found"), (599, "status 599"),
    ])
  func anotherStatusFailsTheTaskAndIsNamed(status: Int, words: String) throws {
    let output = TestOutput()
    let error = #expect(throws: TaskError.self) {
      try get("/status/\(status)?key=s3cret", in: .test(output: output))
    }
    #expect(
      error
        == TaskError(type: "http_status", message: "\(words) for \(server.site)/status/\(status)?…"))
    #expect(output.text(of: .stderr) == "the reason\n")
  }

  @Test(
    arguments: [
      (404, true), ("404", true), ("200-299, 404", true), ([200, 404], true),
      (["100-199", "400 - 499"], true),
      (200, false), ("400-403", false), ([200, "405-599"], false),
    ] as [(Value, Bool)])
  func theStatusesOfSuccessCanBeChosen(expected: Value, succeeds: Bool) throws {
    if succeeds {
      #expect(try get("/status/404", ["expect_status": expected])["status"] == 404)
    } else {
      #expect(throws: TaskError.self) { try get("/status/404", ["expect_status": expected]) }
    }
  }

  @Test func aBodyMayHaveExactlyTheLimit() throws {
    #expect(try get("/big/1000", ["max_bytes": 1000])["bytes"] == 1000)
    let message = "the body has more than 'max_bytes' (999) bytes for \(server.site)/big/1000"
    let expected = TaskError(type: "too_large", message: message)
    #expect(throws: expected) { try get("/big/1000", ["max_bytes": 999]) }
  }

  @Test func theLimitCountsWhatComesOutOfCompression() throws {
    #expect(try get("/bomb", ["max_bytes": 1_048_576])["bytes"] == 1_048_576)
    let error = #expect(throws: TaskError.self) { try get("/bomb", ["max_bytes": 100_000]) }
    #expect(error?.type == "too_large")
  }

  @Test func aBodyThatEndsTooSoonFails() throws {
    let message = "the connection ended before the body did for \(server.site)/cut"
    #expect(throws: TaskError(type: "transfer", message: message)) { try get("/cut") }
  }

  @Test(
    arguments: [
      "http://[::1", "http://[::1]x/", "http://[::1]:99999/", "http://[name]/", "http://[]/", "http://a:b/",
      "http://a:+80/",
    ])
  func aHostOrPortThatIsNoneIsToldBeforeLibcurlSeesIt(url: String) {
    let message = "parameter 'url': '\(url)' is not an http:// or https:// URL"
    #expect(throws: TaskError(type: "parameter", message: message)) { try get(url) }
  }

  @Test(arguments: ["[::1]", "[::1]:80", "[fe80::1%25eth0]", "[::ffff:1.2.3.4]:", "u:p@[::1]:8080", "a:"])
  func hostsOfAllFormsAreTaken(place: String) {
    #expect(HTTPURL(parsing: "http://\(place)/path") != nil)
  }

  @Test func aHostThatDoesNotExistIsNamed() throws {
    #expect(throws: TaskError(type: "dns", message: "cannot resolve host 'nowhere.invalid'")) {
      try get("http://user:s3cret@nowhere.invalid:81/path")
    }
  }

  @Test func aPortThatNobodyListensOnIsNamed() throws {
    let place = "127.0.0.1:\(try TestHTTPServer.deafPort())"
    let message = "cannot connect to '\(place)': connection refused"
    #expect(throws: TaskError(type: "connect", message: message)) { try get("http://\(place)/") }
  }

  @Test func aServerThatSpeaksNoTLSIsNoTrustedConnection() throws {
    let error = #expect(throws: TaskError.self) { try get("https://127.0.0.1:\(server.port)/") }
    #expect(error?.type == "tls")
    #expect(error?.message.hasPrefix("no trusted connection to '127.0.0.1': ") == true)
  }

  @Test(arguments: ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
  func theCertificatesToTrustCanBeNamed(variable: String) throws {
    let context = TaskContext.test(environment: [variable: "/nowhere/certificates.pem"])
    let error = #expect(throws: TaskError.self) {
      try get("https://127.0.0.1:\(server.port)/", in: context)
    }
    #expect(error?.type == "tls")
    #expect(error?.message.contains("/nowhere/certificates.pem") == true)
  }

  @Test func requestsOfOneThreadShareAConnectionThatEndsWithTheThread() throws {
    let server = server
    try onNewThread {
      for path in ["/ok", "/status/404", "/redirect/2", "/chunked", "/ok"] {
        _ = try? HTTPGetTask().run(["url": .string(server.site + path)], in: .test())
      }
    }
    #expect(server.requests.count == 7)
    #expect(Set(server.requests.map(\.connection)) == [1])
    #expect(server.wait { $0.closedConnections == 1 })
  }

  @Test func conforms() throws {
    let url = Value.string("\(server.site)/ok")
    var check = TaskTypeConformance(of: type)
    check.accepted = [["url": url], ["url": url, "max_bytes": 6, "connect_timeout": "5s"]]
    check.refused = [
      [:], ["url": ""], ["url": "x"], ["url": "file:///etc/passwd"], ["url": "ftp://localhost/"],
      ["url": "http://"], ["url": "http://:80/"], ["url": "http://a b/"], ["url": "http://a\r\nb/"],
      ["url": url, "method": "POST"],
      ["url": url, "max_bytes": -1], ["url": url, "connect_timeout": "5"], ["url": url, "save": ""],
      ["url": url, "expect_status": "ok"], ["url": url, "expect_status": []],
      ["url": url, "expect_status": true], ["url": url, "expect_status": "299-200"],
      ["url": url, "expect_status": 2000], ["url": url, "headers": ["A b": "c"]],
      ["url": url, "headers": ["A": "b\r\nC: d"]], ["url": url, "headers": ["A": "b\0"]],
    ]
    for path in ["/silent", "/stalled"] {
      check.endless = ["url": .string(server.site + path)]
      #expect(check.violations() == [])
    }
    #expect(!server.requests.contains { $0.headers["c"] != nil })
    #expect(httpPlugin.taskTypes.map(\.name) == ["http.get", "http.request"])
  }

  @Test func aMachineWithoutLibcurlIsToldWhatToInstall() {
    let error = CurlLibrary.load(["libthere-is-no-such-thing.so.4"])?.taskError
    #expect(error?.type == "no_libcurl")
    #expect(
      error?.message == "libcurl is not installed; on Debian and Ubuntu install the package 'libcurl4'")
  }

  @Test func aLibraryWithoutTheFunctionsIsTooOld() {
    #if os(Linux)
      #expect(CurlLibrary.load(["libno.so", "libm.so.6"]) == .libraryTooOld)
    #else
      #expect(CurlLibrary.load(["libno.dylib", "/usr/lib/libz.1.dylib"]) == .libraryTooOld)
    #endif
  }

  @Test(
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func base64IsThatOfTheStandard(text: String, encoded: String) {
    #expect(Answer.base64(Array(text.utf8)) == encoded)
  }
}
