import Foundation
import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import HTTPTask

@Suite(.onOwnThread) final class HTTPSaveTests {
  private let server: TestHTTPServer
  private let folder = TemporaryFolder()

  init() throws {
    server = try TestHTTPServer()
  }

  deinit { server.stop() }

  private func save(
    _ path: String, to file: String, _ more: ValueObject = [:],
    cancellation: TestCancellation = TestCancellation()
  ) throws -> ValueObject {
    var parameters = more
    parameters["url"] = .string(server.site + path)
    parameters["save"] = .string(file)
    let context = TaskContext.test(directory: folder.path, cancellation: cancellation)
    return try #require(try HTTPGetTask().run(parameters, in: context).objectValue)
  }

  @Test func theBodyIsInTheFileAndNothingElseIsLeft() throws {
    let value = try save("/ok", to: "pages/deep/0.html")
    #expect(value["path"] == .string(folder["pages/deep/0.html"]))
    #expect(value["body"] == nil)
    #expect(value["bytes"] == 6)
    #expect(try folder.bytes(of: "pages/deep/0.html") == Array("hello\n".utf8))
    #expect(try folder.names(in: "pages/deep") == ["0.html"])
  }

  @Test func anEmptyBodyMakesAnEmptyFile() throws {
    _ = try save("/empty", to: "empty")
    #expect(try folder.bytes(of: "empty") == [])
  }

  @Test func aBigBodyArrivesWhole() throws {
    #expect(try save("/big/5000000", to: "big")["bytes"] == 5_000_000)
    #expect(try folder.bytes(of: "big") == Array(repeating: 0x78, count: 5_000_000))
  }

  @Test(arguments: ["/status/404", "/cut", "/bomb", "/big/100000", "/loop", "/to?file:///etc/passwd"])
  func aFailureLeavesNothingBehind(path: String) throws {
    #expect(throws: TaskError.self) { try save(path, to: "sub/file", ["max_bytes": 70_000]) }
    // A body that broke off had its folder made already.
    if folder.names != [] { #expect(try folder.names(in: "sub") == []) }
  }

  @Test func aFailureKeepsTheOldFile() throws {
    try folder.write("file", "old")
    #expect(throws: TaskError.self) { try save("/cut", to: "file") }
    #expect(try folder.bytes(of: "file") == Array("old".utf8))
    #expect(folder.names == ["file"])
    _ = try save("/ok", to: "file")
    #expect(try folder.bytes(of: "file") == Array("hello\n".utf8))
  }

  @Test func aCancelLeavesNothingBehind() throws {
    let cancellation = TestCancellation()
    let server = server
    // The cancel comes when the first bytes of the body are on their way.
    Thread {
      _ = server.wait { $0.requests.count == 1 }
      cancellation.cancel()
    }.start()
    #expect(throws: TaskError.cancelled) { try save("/stalled", to: "file", cancellation: cancellation) }
    #expect(folder.names == [])
  }

  @Test func aLinkIsReplacedAndItsTargetKept() throws {
    try folder.write("target", "target")
    try FileManager.default.createSymbolicLink(
      atPath: folder["link"], withDestinationPath: folder["target"])
    _ = try save("/ok", to: "link")
    #expect(try folder.bytes(of: "target") == Array("target".utf8))
    #expect(try folder.bytes(of: "link") == Array("hello\n".utf8))
  }

  @Test func aPlaceThatCannotBeWrittenFails() throws {
    try folder.write("file", "")
    #expect(
      throws: TaskError(
        type: "save", message: "cannot save to '\(folder["file/sub"])': not a directory")
    ) { try save("/ok", to: "file/sub") }
    let error = #expect(throws: TaskError.self) { try save("/ok", to: "/") }
    #expect(error?.type == "save")
    let folderError = #expect(throws: TaskError.self) { try save("/ok", to: folder.path) }
    #expect(folderError?.message == "cannot save to '\(folder.path)': is a directory")
  }
}
