import Foundation
import TestSupport
import Testing

/// The environment of commands: verbatim, with taskrun's own names on top.
@Suite struct EnvironmentTests {
  @Test func everyCommandIsToldWhatItIs() async throws {
    let result = try await CommandRun(
      """
      pools: { io: 1, cpu: 1 }
      tasks:
        each: { kind: io, foreach: [a, b, c], run: "env | grep ^TASKRUN_ | sort" }
        heavy: { kind: cpu, run: "env | grep ^TASKRUN_ | sort" }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    func variables(_ task: String, _ kind: String) -> String {
      """
      TASKRUN_ATTEMPT=1
      TASKRUN_KIND=\(kind)
      TASKRUN_RUN_ID=\(report.runId)
      TASKRUN_SLOT=0
      TASKRUN_TASK=\(task)

      """
    }
    #expect(try report["each[2]"].stdout == variables("each[2]", "io"))
    #expect(try report["heavy"].stdout == variables("heavy", "cpu"))
  }

  @Test func cpuCommandsUseOneThreadUnlessToldOtherwise() async throws {
    let manifest = """
      tasks:
        cpu: { kind: cpu, run: "echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS" }
        own: { kind: cpu, env: { OMP_NUM_THREADS: 7 }, run: "echo $OMP_NUM_THREADS" }
        io: { kind: io, run: "echo ${OMP_NUM_THREADS-unset}" }
        worker: { kind: cpu, uses: fixture.echo, with: { value: 1, variable: OMP_NUM_THREADS } }

      """
    let report = try await CommandRun(manifest, "-r", "json", fixture: true).result().report()
    #expect(try report["cpu"].stdout == "1 1 1\n")
    #expect(try report["own"].stdout == "7\n")
    #expect(try report["io"].stdout == "unset\n")
    #expect(try report["worker"].value?["variable"] == "1")
    var run = try CommandRun(manifest, "-r", "json", fixture: true)
    run.environment = ["OMP_NUM_THREADS": "5"]
    let inherited = try await run.result().report()
    #expect(try inherited["cpu"].stdout == "5 1 1\n")
    #expect(try inherited["io"].stdout == "5\n")
  }

  @Test func valuesReachTheCommandAsWritten() async throws {
    let values = [
      "no", "010", "1:20", "1e3", "0x1F", "~", "true", "1.10", "+1", "2026-11-22", ".5", "12_000", "off",
    ]
    let lines = values.enumerated().map { "    V\($0): \($1)" }.joined(separator: "\n")
    let result = try await CommandRun(
      """
      env:
        SHARED: 007
        OVER: manifest
      tasks:
        a:
          kind: io
          run: [env]
          env:
            OVER: task
      \(lines.replacing("    V", with: "      V"))

      """, "-r", "json"
    ).result()
    let shown = try result.report()["a"].stdout.split(separator: "\n").map { String($0) }
    for (index, value) in values.enumerated() { #expect(shown.contains("V\(index)=\(value)")) }
    #expect(shown.contains("SHARED=007") && shown.contains("OVER=task"))
  }

  @Test func inheritedBytesThatAreNotTextPassThrough() async throws {
    var run = try CommandRun("tasks: { a: { kind: io, run: [env, '-0'] } }\n", "-r", "json")
    run.environmentBytes = [Array("RAW=".utf8) + [0xFF, 0xFE, 0x80, 0x0A, 0xC3], Array("EMPTY=".utf8)]
    let record = try await run.result().report()["a"]
    let bytes = try #require(record.stdoutBase64.flatMap { Data(base64Encoded: $0) })
    let entries = bytes.split(separator: 0).map { Array($0) }
    #expect(entries.contains(run.environmentBytes[0]) && entries.contains(run.environmentBytes[1]))
  }

  @Test func shellTextReadsItsItemFromTheEnvironment() async throws {
    let result = try await CommandRun(
      #"""
      tasks:
        text: { kind: io, foreach: ["a b", 010, 3, true], run: "echo \"$index:$item\"" }
        map: { kind: io, foreach: [{ name: x, n: 2, "odd key": 1, deep: { a: [1] } }], run: "echo \"$item_name $item_n $item_deep\"; echo \"$item\"; env | grep -c odd || :" }
        list: { kind: io, run: [sh, -c, 'echo "${item-unset} ${index-unset}"'] }

      """#, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(try report["text[0]"].stdout == "0:a b\n")
    #expect(try report["text[1]"].stdout == "1:010\n")
    #expect(try report["text[2]"].stdout == "2:3\n")
    #expect(try report["text[3]"].stdout == "3:true\n")
    #expect(
      try report["map[0]"].stdout == """
        x 2 {"a":[1]}
        {"name":"x","n":2,"odd key":1,"deep":{"a":[1]}}
        1

        """)
    #expect(try report["list"].stdout == "unset unset\n")
  }

  @Test func foldersAreRelativeToTheManifest() async throws {
    let run = try CommandRun(nil, "deep/tasks.yaml", "-r", "json")
    try run.folder.write(
      "deep/tasks.yaml",
      """
      tasks:
        here: { kind: io, run: [pwd] }
        sub: { kind: io, dir: sub, run: [pwd] }
        up: { kind: cpu, dir: .., run: [pwd] }
        absolute: { kind: io, dir: /, run: [pwd] }
        each: { kind: io, foreach: [sub], dir: "{{ item }}", run: [pwd] }

      """)
    try run.folder.write("deep/sub/file", "")
    let report = try await run.result().report()
    #expect(try report["here"].stdout == run.folder["deep\n"])
    #expect(try report["sub"].stdout == run.folder["deep/sub\n"])
    #expect(try report["up"].stdout == run.folder.path + "\n")
    #expect(try report["absolute"].stdout == "/\n")
    #expect(try report["each[0]"].stdout == run.folder["deep/sub\n"])
  }

  @Test func shellTextStopsAtTheFirstMistake() async throws {
    let result = try await CommandRun(
      """
      tasks:
        fails: { kind: io, run: "false; echo not reached" }
        unset: { kind: io, run: "echo $NO_SUCH_VARIABLE; echo not reached" }

      """, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(try report["fails"].exitCode == 1 && report["fails"].stdout == "")
    #expect(try report["unset"].verdict == "failed/exit" && report["unset"].stdout == "")
    #expect(try report["unset"].stderr.hasPrefix("taskrun: ") == true)
  }
}
