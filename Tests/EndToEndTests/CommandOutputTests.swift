import Foundation
import Testing

/// What commands print arrives exactly, or bounded and counted exactly.
@Suite struct CommandOutputTests {
  @Test func blocksOf64KiBArriveWhole() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 8 }
      tasks:
        a:
          kind: io
          foreach: { range: [0, 40] }
          run: "seq $index 20000 | head -c 65536; seq $index 20000 | head -c 65536 >&2"

      """, "-r", "json"
    ).result()
    for record in try result.report().tasks {
      let index = try #require(record.index)
      let expected = (index...20_000).map { "\($0)\n" }.joined().prefix(65_536)
      #expect(record.stdout == expected && record.stderr == expected, "instance \(index)")
      #expect(record.stdoutBytes == 65_536 && record.stderrBytes == 65_536 && !record.truncated)
    }
  }

  @Test func oneMebibyteIsKeptAndOneByteMoreIsNot() async throws {
    let result = try await CommandRun(
      """
      tasks:
        fits: { kind: io, run: "seq 1000000 | head -c 1048576" }
        more: { kind: io, run: "seq 1000000 | head -c 1048577" }

      """, "-r", "json"
    ).result()
    let all = (1...200_000).map { "\($0)\n" }.joined()
    let report = try result.report()
    let fits = try report["fits"]
    #expect(fits.stdout == all.prefix(1_048_576) && !fits.truncated && fits.stdoutBytes == 1_048_576)
    let more = try report["more"]
    #expect(more.truncated && more.stdoutBytes == 1_048_577)
    let kept = all.prefix(1_048_577)
    #expect(more.stdout.hasPrefix(kept.prefix(524_288)))
    #expect(more.stdout.hasSuffix(kept.suffix(524_288)))
    #expect(more.stdout.contains("[… 1 bytes omitted …]"))
  }

  @Test func aFloodIsCutInTheMiddleAndCountedExactly() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 1 }
      tasks:
        flood:
          kind: io
          output_limit: 1KiB
          run: "echo first; yes 0123456 | head -c 40000000; echo last; exit 4"
        memory: { kind: io, run: "sed -n 's/^VmHWM: *//p' /proc/$PPID/status" }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    let record = try report["flood"]
    #expect(record.exitCode == 4)
    #expect(record.stdoutBytes == 40_000_011)
    #expect(record.truncated)
    #expect(record.stdout.hasPrefix("first\n0123456\n"))
    #expect(record.stdout.hasSuffix("0123456\nlast\n"))
    #expect(record.stdout.contains("[… 39998987 bytes omitted …]"))
    #expect(record.stdout.utf8.count < 1200)
    let kibibytes = try #require(try report["memory"].stdout.split(whereSeparator: \.isWhitespace).first)
    #expect(try #require(Int(kibibytes)) < 100 << 10, "the runner's largest size so far")
  }

  @Test func bytesThatAreNotTextAreKeptExactly() async throws {
    let result = try await CommandRun(
      #"""
      tasks:
        raw: { kind: io, run: "printf 'a\\377\\000\\303b'; printf '\\200' >&2" }
        text: { kind: io, run: "printf 'h\\303\\251\\n\\r\\t\\033[0m'" }

      """#, "-r", "json"
    ).result()
    let raw = try result.report()["raw"]
    #expect(raw.stdout == "a\u{FFFD}\0\u{FFFD}b" && raw.stderr == "\u{FFFD}")
    #expect(raw.stdoutBase64.flatMap { Data(base64Encoded: $0) } == Data([0x61, 0xFF, 0, 0xC3, 0x62]))
    #expect(raw.stderrBase64.flatMap { Data(base64Encoded: $0) } == Data([0x80]))
    #expect(raw.stdoutBytes == 5 && raw.stderrBytes == 1)
    let text = try result.report()["text"]
    #expect(text.stdout == "hé\n\r\t\u{1B}[0m" && text.stdoutBase64 == nil && text.stdoutBytes == 10)
  }

  @Test func theValueIsTheOutputWithoutItsLastNewline() async throws {
    let result = try await CommandRun(
      """
      tasks:
        a: { kind: io, run: "printf 'x\\n\\n'" }
        b: { kind: io, run: "printf x" }
        none: { kind: io, run: "echo only >&2" }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(try report["a"].value == "x\n")
    #expect(try report["b"].value == "x")
    #expect(try report["none"].value == "")
    #expect(try report["none"].stderr == "only\n")
  }

  @Test func aBackgroundGrandchildDoesNotHoldTheTask() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 4 }
      tasks:
        a: { kind: io, run: "(sleep 600; echo late) & echo now" }
        b: { kind: cpu, run: "(trap '' TERM HUP; sleep 600; echo late) & echo now" }
        quick: { kind: io, foreach: { range: [0, 20] }, run: "(sleep 0.05; echo later) & echo now" }

      """, "-r", "json"
    ).result()
    // It is not held: a run may not take as long as they sleep.
    #expect(result.status == .exited(0))
    let report = try result.report()
    #expect(try report["a"].stdout == "now\n" && report["b"].stdout == "now\n")
    // A grandchild has a moment to finish. On a busy machine that is too short for some, but not for all.
    let quick = report.tasks.filter { $0.task == "quick" }.map(\.stdout)
    #expect(quick.contains("now\nlater\n"))
    #expect(Set(quick).isSubset(of: ["now\n", "now\nlater\n"]))
  }

  @Test func whatTasksPrintNeverReachesTaskrunsOwnStreams() async throws {
    let result = try await CommandRun(
      """
      tasks:
        a: { kind: io, foreach: { range: [0, 20] }, run: "echo noise; echo noise >&2" }
        b: { kind: cpu, uses: fixture.print, with: { text: noise } }

      """, "-r", "json:report.json", fixture: true
    ).result()
    #expect(result.stdout == "" && result.stderr == "")
    #expect(try result.report("report.json").summary["succeeded"] == 21)
  }
}
