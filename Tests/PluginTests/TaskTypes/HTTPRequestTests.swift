import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import HTTPTask

@Suite(.onOwnThread) final class HTTPRequestTests {
  private let server: TestHTTPServer

  init() throws { server = try TestHTTPServer() }

  deinit { server.stop() }

  private func send(_ more: ValueObject, to path: String = "/echo") throws -> ValueObject {
    var parameters = more
    parameters["url"] = .string(server.site + path)
    return try #require(try HTTPRequestTask().run(parameters, in: .test()).objectValue)
  }

  @Test(
    arguments: [
      ([:], "GET"), (["method": "get"], "GET"), (["body": "x"], "POST"), (["json": 1], "POST"),
      (["method": "PUT", "body": "x"], "PUT"), (["method": "DELETE"], "DELETE"), (["method": "POST"], "POST"),
      (["method": "HEAD"], "HEAD"), (["method": "GET", "body": "x"], "GET"), (["method": "PATCH"], "PATCH"),
    ] as [(ValueObject, String)])
  func theMethodIsSent(parameters: ValueObject, method: String) throws {
    #expect(try send(parameters)["status"] == 200)
    #expect(server.requests.map(\.method) == [method])
  }

  @Test func aBodyIsSentAsItIs() throws {
    let text = "a=1&b\r\n\u{0}é"
    #expect(try send(["body": .string(text)])["body"] == .string(text))
    #expect(server.requests.first?.headers["content-type"] == nil)
    #expect(try send(["body": ""])["body"] == "")
    #expect(server.requests.last?.headers["content-length"] == "0")
  }

  @Test func aLargeBodyIsSentWithoutAskingFirst() throws {
    let text = String(repeating: "x", count: 2_000_000)
    #expect(try send(["body": .string(text)])["bytes"] == 2_000_000)
    #expect(server.requests.first?.headers["expect"] == nil)
  }

  @Test func jsonIsSentWithItsContentType() throws {
    let value = try send(["json": ["n": 1, "list": [true, .null]]])
    #expect(value["body"] == #"{"n":1,"list":[true,null]}"#)
    #expect(server.requests.first?.headers["content-type"] == "application/json")
    _ = try send(["json": 1, "headers": ["content-type": "application/merge-patch+json"]])
    #expect(server.requests.last?.headers["content-type"] == "application/merge-patch+json")
  }

  @Test func aRedirectAfterPostIsAGet() throws {
    #expect(try send(["body": "x"], to: "/redirect/1")["body"] == "hello\n")
    #expect(server.requests.map(\.method) == ["POST", "GET"])
    #expect(server.requests.last?.body == "")
  }

  @Test func aRedirectAfterPutIsTheAnswer() throws {
    let error = #expect(throws: TaskError.self) {
      try send(["method": "PUT", "body": "x"], to: "/redirect/1")
    }
    #expect(error?.type == "http_status")
    #expect(server.requests.count == 1)
  }

  @Test func nothingOfARequestIsLeftForTheNext() throws {
    let server = server
    try onNewThread {
      let (url, type) = (Value.string(server.site + "/echo"), HTTPRequestTask())
      _ = try type.run(["url": url, "method": "PUT", "body": "x", "headers": ["A": "b"]], in: .test())
      _ = try type.run(["url": url, "method": "HEAD"], in: .test())
      _ = try type.run(["url": url], in: .test())
    }
    #expect(server.requests.map(\.method) == ["PUT", "HEAD", "GET"])
    let last = try #require(server.requests.last)
    #expect(last.headers["a"] == nil)
    #expect(last.body == "")
    #expect(last.headers["content-length"] == nil)
  }

  @Test func conforms() throws {
    let url = Value.string("\(server.site)/echo")
    var check = TaskTypeConformance(of: HTTPRequestTask())
    check.accepted = [["url": url, "method": "POST", "json": ["a": 1]], ["url": url, "json": .null]]
    check.refused = [
      ["url": url, "body": "x", "json": 1], ["url": url, "method": ""], ["url": url, "method": "GET /x"],
      ["url": url, "method": "A\r\nB"], ["url": url, "method": "CONNECT"], ["method": "GET"],
    ]
    check.endless = ["url": .string(server.site + "/silent"), "body": "x"]
    #expect(check.violations() == [])
  }
}
