import Foundation
import TestSupport
import Testing

/// Manifests that read other files, on a real disk.
@Suite struct ManifestFilesTests {
  @Test func includedTasksRunInTheirOwnFolderWithTheirOwnVariables() async throws {
    let run = try CommandRun(
      """
      include: { file: sub/tasks.yaml, prefix: sub }
      vars: { who: root }
      tasks:
        here: { kind: io, needs: sub.there, run: [echo, "{{ vars.who }}"] }

      """, "-r", "json", "--var", "who=given")
    try run.folder.write(
      "sub/tasks.yaml",
      """
      vars: { name: sub }
      env_file: x.env
      defaults: { kind: io }
      tasks:
        there: { run: 'pwd; printf "%s" "$FROM"' }
        deeper: { dir: deep, run: [pwd] }
        files: { foreach: { glob: "*.env" }, run: [cat, "{{ item }}"] }

      """)
    try run.folder.write("sub/x.env", "FROM='the $HOME file'\n")
    try run.folder.write("sub/deep/x", "")
    let report = try await run.result().report()
    let lines = try report["sub.there"].stdout.split(separator: "\n")
    #expect(lines.first?.hasSuffix("/sub") == true && lines.last == "the $HOME file")
    #expect(try report["sub.deeper"].stdout.hasSuffix("/sub/deep\n"))
    #expect(try report["sub.files[0]"].stdout == "FROM='the $HOME file'\n")
    #expect(try report["here"].stdout == "given\n")
  }

  @Test func faultsOfSeveralFilesNameTheirFiles() async throws {
    let run = try CommandRun("include: [sub, gone.yaml, fifo, b.yaml]\n")
    try run.folder.write("sub/x", "")
    try run.folder.write("b.yaml", "tasks: { t: { kind: oi, run: [x] } }\n")
    try #require(mkfifo(run.folder["fifo"], 0o600) == 0)
    let result = try await run.result()
    #expect(result.status == .exited(3))
    let messages = result.stderr.split(separator: "\n").filter { $0.hasPrefix("error") || $0.contains("-->") }
    #expect(
      messages == [
        "error[E0260]: cannot read 'sub': it is a folder, not a file", " --> tasks.yaml:1:11",
        "error[E0260]: cannot read 'gone.yaml': no such file or directory", " --> tasks.yaml:1:16",
        "error[E0260]: cannot read 'fifo': it is a FIFO, not a file", " --> tasks.yaml:1:27",
        "error[E0215]: expected io or cpu as 'kind', found 'oi'", " --> b.yaml:1:21",
      ])
  }

  @Test func aGlobSeesTheDiskAsItIs() async throws {
    let run = try CommandRun(
      "tasks: { t: { kind: io, foreach: { glob: ['**/*.txt', 'link/*'] }, run: [echo, '{{ item }}'] } }\n",
      "-r", "json")
    for name in ["b.txt", "a.txt", ".c.txt", "d/e/f.txt", "d/.git/g.txt"] { try run.folder.write(name, "") }
    try FileManager.default.createSymbolicLink(
      at: URL(filePath: run.folder["link"]), withDestinationURL: URL(filePath: run.folder["d/e"]))
    let tasks = try await run.result().report().tasks
    #expect(Set(tasks.map(\.stdout)) == ["a.txt\n", "b.txt\n", "d/e/f.txt\n", "link/f.txt\n"])
  }
}
