import Foundation
import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import WaitTask

@Suite(.onOwnThread) struct WaitTaskTests {
  private let type = WaitForTask()

  @Test func aDelayLastsAtLeastThatLong() throws {
    let value = try type.run(["delay": "30ms"], in: .test())
    let seconds = try #require(value.objectValue?["waited_seconds"]?.doubleValue)
    #expect(seconds >= 0.03)
    #expect(value.objectValue?.keys == ["waited_seconds"])
  }

  @Test func aPortThatListensIsFoundAtOnce() throws {
    let server = try TestHTTPServer()
    defer { server.stop() }
    for host in ["127.0.0.1", "localhost"] {
      let value = try type.run(["tcp": .string("\(host):\(server.port)")], in: .test())
      #expect(value.objectValue?["attempts"] == 1)
    }
  }

  @Test func aPortThatNobodyListensOnIsTriedUntilCancelled() throws {
    let cancellation = CancelAfterWaits(3)
    let output = TestOutput()
    let port = try TestHTTPServer.deafPort()
    #expect(throws: TaskError.cancelled) {
      try type.run(
        ["tcp": .string("127.0.0.1:\(port)"), "interval": "1ms"],
        in: .test(cancellation: cancellation, output: output))
    }
    #expect(output.text(of: .stderr) == "still waiting for 127.0.0.1:\(port): Connection refused\n")
  }

  @Test func aFileThatAppearsEndsTheWait() throws {
    let folder = TemporaryFolder()
    let cancellation = CancelAfterWaits(.max) { count in
      if count == 2 { _ = try? folder.write("ready", "") }
    }
    let value = try type.run(
      ["file": "ready", "interval": "1ms"], in: .test(directory: folder.path, cancellation: cancellation))
    #expect(value.objectValue?["attempts"] == 3)
  }

  @Test func aURLMustAnswerWell() throws {
    let server = try TestHTTPServer { request in
      .whole(request.query == "ok" ? 302 : 503, [:], [])
    }
    defer { server.stop() }
    #expect(
      try type.run(["http": .string("\(server.site)/?ok#x")], in: .test()).objectValue?["attempts"] == 1)
    #expect(server.requests.first?.headers["host"] == "127.0.0.1:\(server.port)")
    let output = TestOutput()
    #expect(throws: TaskError.cancelled) {
      try type.run(
        ["http": .string("\(server.site)/health?token=s3cret"), "interval": "1ms"],
        in: .test(cancellation: CancelAfterWaits(2), output: output))
    }
    #expect(
      output.text(of: .stderr)
        == "still waiting for http://127.0.0.1:\(server.port)/health: it answers with status 503\n")
  }

  @Test func aServerThatNeverAnswersDoesNotHoldUpACancel() throws {
    let server = try TestHTTPServer { _ in .silent }
    defer { server.stop() }
    var check = TaskTypeConformance(of: type)
    check.endless = ["http": .string(server.site)]
    #expect(check.violations() == [])
    #expect(server.wait { $0.requests.count > 0 && $0.closedConnections == $0.openedConnections })
  }

  @Test func conforms() throws {
    var check = TaskTypeConformance(of: type)
    check.accepted = [["delay": "1ms"], ["file": "/"]]
    check.refused = [
      [:], ["delay": "1ms", "file": "/"], ["delay": "1"], ["interval": "1s"], ["tcp": "localhost"],
      ["tcp": "localhost:0"], ["tcp": "localhost:70000"], ["tcp": ":80"], ["tcp": "a\nb"],
      ["tcp": "::1:80"], ["http": "http://a\r\nb/"], ["http": "x"],
      ["http": "https://localhost/"], ["http": "http://u:p@localhost/"], ["http": "http://localhost/a b"],
    ]
    check.endless = ["file": "/nowhere/at/all"]
    #expect(check.violations() == [])
    check.accepted = []
    check.refused = []
    check.endless = ["delay": "1h"]
    #expect(check.violations() == [])
    check.endless = ["tcp": .string("127.0.0.1:\(try TestHTTPServer.deafPort())")]
    #expect(check.violations() == [])
    #expect(waitPlugin.taskTypes.map(\.name) == ["wait.for"])
  }

  @Test func httpsIsReferredToHTTPGet() {
    let message = "parameter 'http' takes http:// only; for https use 'http.get' with 'expect_status'"
    #expect(throws: TaskError(type: "parameter", message: message)) {
      try type.run(["http": "https://localhost/"], in: .test())
    }
  }

  @Test func aPasswordInAURLIsNotRepeated() {
    let error = #expect(throws: TaskError.self) {
      try type.run(["http": "http://user:s3cret@localhost/"], in: .test())
    }
    #expect(error?.message.contains("s3cret") == false)
  }

  @Test(
    arguments: [
      ("localhost:80", "localhost", 80), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65_535),
    ] as [(String, String, UInt16)])
  func endpointsAreHostAndPort(text: String, host: String, port: UInt16) {
    let endpoint = Endpoint(text)
    #expect(endpoint?.host == host)
    #expect(endpoint?.port == port)
    #expect(endpoint?.description == text)
  }

  @Test(
    arguments: [
      ("http://a", "a", 80, "/"), ("HTTP://a:8080?x=1", "a", 8080, "/?x=1"),
      ("http://[::1]/p#f", "::1", 80, "/p"),
    ] as [(String, String, UInt16, String)])
  func urlsAreTakenApart(text: String, host: String, port: UInt16, path: String) throws {
    let url = try PlainURL(text)
    #expect(url.endpoint.host == host)
    #expect(url.endpoint.port == port)
    #expect(url.path == path)
  }
}

/// Says "stop" in the n-th wait, without letting any time pass.
private final class CancelAfterWaits: Cancellation {
  private let inner = TestCancellation()
  private let limit: Int
  private let count = TestCounter()
  private let onWait: @Sendable (Int) -> Void

  init(_ limit: Int, onWait: @escaping @Sendable (Int) -> Void = { _ in }) {
    self.limit = limit
    self.onWait = onWait
  }

  var isCancelled: Bool { inner.isCancelled }
  func onCancel(_ handler: @escaping @Sendable () -> Void) { inner.onCancel(handler) }

  func wait(for duration: Duration) -> Bool {
    let number = count.next()
    onWait(number)
    if number >= limit { inner.cancel() }
    return inner.isCancelled
  }
}
