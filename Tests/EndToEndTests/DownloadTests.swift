import Foundation
import TestSupport
import Testing

/// The first use of all: pages, of which one is slow, one is missing, and one is nowhere.
@Suite struct DownloadTests {
  /// The example's server on a free port, until the end of the body.
  private func withServer(_ body: (String) async throws -> Void) async throws {
    let folder = TemporaryFolder()
    let server = try ChildProgram(
      .init(
        program: "/bin/sh",
        arguments: ["-c", "exec \"$0\" --port 0 --for 86400 > port", TestPrograms.exampleServer],
        environment: [], directory: folder.path, input: [], blockedSignals: []),
      // It serves for as long as the test takes, and that may have to wait for others.
      limit: .seconds(86_400))
    defer { server.signal(SIGKILL) }
    var address = ""
    await wait(for: "the server") {
      let text = folder.textSoFar("port")
      guard text.hasSuffix("\n"), let start = text.range(of: "http") else { return false }
      address = String(text[start.lowerBound...].dropLast())
      return true
    }
    try await body(address)
  }

  @Test func everyDownloadEndsInItsOwnWay() async throws {
    try await withServer { server in
      let result = try await CommandRun(
        """
        pools: { io: 8 }
        defaults: { kind: io, uses: http.get, timeout: 10m }
        tasks:
          home: { with: { url: "\(server)/", save: pages/home.html } }
          docs: { with: { url: "\(server)/docs" } }
          missing: { with: { url: "\(server)/no-such-page", save: pages/missing.html } }
          slow: { timeout: 1s, with: { url: "\(server)/slow", save: pages/slow.html } }
          nowhere: { with: { url: "http://127.0.0.1:1/" } }

        """, "-r", "json"
      ).result()
      #expect(result.status == .exited(1))
      let report = try result.report()
      #expect(
        report.verdicts == [
          "home": "succeeded", "docs": "succeeded", "missing": "failed/error", "slow": "timed_out/timeout",
          "nowhere": "failed/error",
        ])
      #expect(try report["missing"].error?.type == "http_status")
      #expect(
        try report["missing"].error?.message == "404 Not Found for \(server)/no-such-page")
      #expect(try report["nowhere"].error?.type == "connect")
      let slow = try report["slow"]
      let slowEnd = try #require(slow.startedSeconds) + #require(slow.durationSeconds)
      #expect(slowEnd >= 1)
      for record in report.tasks {
        #expect(try #require(record.startedSeconds) < slowEnd, "\(record.id) did not wait for the slow one")
      }
      let docs = try #require(try report["docs"].value)
      #expect(docs["status"] == 200 && docs["url"]?.text == server + "/docs")
      #expect(docs["body"]?.text?.contains("Documentation") == true)
      let home = try #require(try report["home"].value)
      #expect(home["path"]?.text == result.folder["pages/home.html"] && home["body"] == nil)
      #expect(try result.folder.text("pages/home.html").utf8.count == home["bytes"]?.integer)
      let names = try result.folder.names(in: "pages")
      #expect(names == ["home.html"], "neither a part of a page nor a temporary file")
    }
  }

  @Test func aDownloadInAWorkerIsTheSame() async throws {
    try await withServer { server in
      let result = try await CommandRun(
        "tasks: { a: { kind: cpu, uses: http.get, with: { url: \"\(server)/docs\" } } }\n", "-r", "json"
      ).result()
      let record = try result.report()["a"]
      #expect(record.value?["status"] == 200 && record.executor == "process")
    }
  }

  @Test func waitingEndsWhenWhatItWaitsForIsThere() async throws {
    try await withServer { server in
      let result = try await CommandRun(
        """
        pools: { io: 8 }
        tasks:
          http: { kind: io, uses: wait.for, with: { http: "\(server)/" } }
          tcp: { kind: io, uses: wait.for, with: { tcp: "\(server.dropFirst("http://".count))" } }
          file: { kind: io, uses: wait.for, with: { file: made } }
          maker: { kind: io, run: [touch, made] }
          never: { kind: io, timeout: 300ms, uses: wait.for, with: { tcp: "127.0.0.1:1" } }

        """, "-r", "json"
      ).result()
      let report = try result.report()
      #expect(report.summary["succeeded"] == 4)
      #expect(try report["never"].verdict == "timed_out/timeout")
    }
  }
}
