import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import HTTPTask

@Suite(.onOwnThread) final class HTTPRedirectTests {
  private let server: TestHTTPServer

  init() throws { server = try TestHTTPServer() }

  deinit { server.stop() }

  private func get(_ path: String, _ more: ValueObject = [:]) throws -> ValueObject {
    var parameters = more
    parameters["url"] = .string(server.site + path)
    return try #require(try HTTPGetTask().run(parameters, in: .test()).objectValue)
  }

  @Test func tenRedirectsAreFollowedToTheEnd() throws {
    let value = try get("/redirect/10")
    #expect(value["url"] == .string("\(server.site)/ok"))
    #expect(value["body"] == "hello\n")
    #expect(server.requests.count == 11)
  }

  @Test(arguments: [("/redirect/11", "/ok"), ("/loop", "/loop")])
  func moreThanTenRedirectsFail(path: String, last: String) throws {
    let message = "more than 10 redirects; the last one leads to \(server.site)\(last)"
    #expect(throws: TaskError(type: "redirect", message: message)) { try get(path) }
    #expect(server.requests.count == 11)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "dict://127.0.0.1/x"])
  func redirectsToAnotherSchemeAreRefused(target: String) throws {
    let message = "refused to follow a redirect to '\(target)'; allowed: http and https"
    #expect(throws: TaskError(type: "redirect", message: message)) { try get("/to?\(target)") }
    #expect(server.requests.count == 1)
  }

  @Test func withoutFollowingARedirectIsTheAnswer() throws {
    let error = #expect(throws: TaskError.self) { try get("/redirect/1", ["follow_redirects": false]) }
    #expect(error?.type == "http_status")
    let value = try get("/redirect/1", ["follow_redirects": false, "expect_status": "300-399"])
    #expect(value["status"] == 302)
    #expect(value["url"] == .string("\(server.site)/redirect/1"))
  }

  @Test func authorizationStaysWithItsHost() throws {
    let other = try TestHTTPServer()
    defer { other.stop() }
    let secrets: Value = ["Authorization": "Bearer s3cret", "Cookie": "id=s3cret", "X-Kept": "yes"]
    // The other name of the same machine is another host.
    _ = try get("/to?http://localhost:\(other.port)/ok", ["headers": secrets])
    #expect(server.requests.first?.headers["authorization"] == "Bearer s3cret")
    let moved = try #require(other.requests.first).headers
    #expect(moved["authorization"] == nil)
    #expect(moved["cookie"] == nil)
    #expect(moved["x-kept"] == "yes")
  }

  @Test func authorizationGoesAlongOnTheSameHost() throws {
    _ = try get("/redirect/1", ["headers": ["Authorization": "Bearer s3cret"]])
    #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer s3cret", "Bearer s3cret"])
  }

  @Test func aPasswordInTheURLIsUsedAndNotRepeated() throws {
    let url = "http://user:s3cret@127.0.0.1:\(server.port)/ok"
    let value = try #require(try HTTPGetTask().run(["url": .string(url)], in: .test()).objectValue)
    #expect(value["url"] == .string("\(server.site)/ok"))
    #expect(server.requests.first?.headers["authorization"] == "Basic dXNlcjpzM2NyZXQ=")
    for bad in ["ftp://user:s3cret@host/", "user:s3cret@host", "http://user:s3cret@/"] {
      let error = #expect(throws: TaskError.self) {
        try HTTPGetTask().run(["url": .string(bad)], in: .test())
      }
      #expect(error?.message.contains("s3cret") == false)
    }
  }
}
