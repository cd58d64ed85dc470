import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct EnvironmentFileTests {
  @Test(
    "what lines mean",
    arguments: [
      ("A=1", ["A=1"]), ("A=1\nB=2\n", ["A=1", "B=2"]), ("export A=1", ["A=1"]),
      ("  A = b c  \r\n", ["A=b c"]),
      ("# c\n\n \t\nA=1 # c", ["A=1"]), ("A=a#b", ["A=a#b"]), ("A=#b", ["A="]), ("A=", ["A="]),
      ("A='$(x) \\n # $HOME'", ["A=$(x) \\n # $HOME"]), (#"A="a\n\t\"\\\$x\q" # c"#, ["A=a\n\t\"\\$x\\q"]),
      ("A=$(touch pwned)`x`${B}", ["A=$(touch pwned)`x`${B}"]),
      ("A=\"x\ny\"\nB='p\nq'", ["A=x\ny", "B=p\nq"]),
      ("\u{FEFF}A=1", ["A=1"]), ("A=1\nB=2\nA=3", ["A=3", "B=2"]), ("exported=1", ["exported=1"]),
      ("A={{ vars.x }}", ["A={{ vars.x }}"]), ("A=\"\"", ["A="]), ("", []),
    ])
  func lines(text: String, expected: [String]) throws {
    let files = FakeFiles([
      "tasks.yaml": "tasks: {t: {kind: io, run: [x], env_file: e.env}}", "e.env": text,
    ])
    #expect(try load(files).environment(of: "t") == expected)
  }

  @Test func laterPlacesWin() throws {
    let manifest = try load(
      FakeFiles([
        "tasks.yaml": """
        env: {A: top, B: top}
        env_file: [top.env]
        defaults: {kind: io, env: {B: defaults, C: defaults}, env_file: {file: defaults.env}}
        tasks:
          t:
            env: {E: task}
            env_file: [task.env, {file: missing.env, optional: true}, "{{ vars.name }}.env"]
            run: [x]
          u: {run: [x]}
        vars: {name: more}
        """,
        "top.env": "A=1\nB=1\nC=1\nD=1\nE=1\nF=1\n", "defaults.env": "B=2\nC=2\nD=2\nE=2\n",
        "task.env": "D=3\nE=3\nG=3\n", "more.env": "G=4\n",
      ]))
    #expect(
      try manifest.environment(of: "t").sorted() == [
        "A=top", "B=defaults", "C=defaults", "D=3", "E=task", "F=1", "G=4",
      ])
    #expect(
      try manifest.environment(of: "u").sorted() == [
        "A=top", "B=defaults", "C=defaults", "D=2", "E=2", "F=1",
      ])
  }

  @Test func aBadLineIsShownBesideTheKeyThatNamesTheFile() {
    let rejected = rejection(
      of: FakeFiles([
        "sub/x": "", "tasks.yaml": "tasks: {t: {kind: io, run: [x], env_file: sub/e.env}}",
        "sub/e.env": "A=1\n1B=2\nnothing\n",
      ]))
    #expect(
      rejected.text() == """
        error[E0264]: line 2 of 'sub/e.env' has '1B', which cannot be the name of a variable
         --> tasks.yaml:1:43
          |
        1 | tasks: {t: {kind: io, run: [x], env_file: sub/e.env}}
          |                                           ^^^^^^^^^
         ::: sub/e.env:2:1
          |
        2 | 1B=2
          | -- here

        error[E0264]: line 3 of 'sub/e.env' has a line that is not NAME=VALUE
         --> tasks.yaml:1:43
          |
        1 | tasks: {t: {kind: io, run: [x], env_file: sub/e.env}}
          |                                           ^^^^^^^^^
         ::: sub/e.env:3:1
          |
        3 | nothing
          | ------- here


        """)
  }

  @Test(
    "what is wrong with a file",
    arguments: [
      ("A='x", "line 1 of 'e.env' has a quote that is never closed"),
      ("B=1\nA=\"x\" y", "line 2 of 'e.env' has text behind a closing quote"),
      ("A=\0", "line 1 of 'e.env' has a NUL byte, which no variable can hold"),
    ])
  func badLine(text: String, message: String) {
    let manifest = "env_file: e.env\ntasks: {t: {kind: io, run: [x]}}"
    let rejected = rejection(of: FakeFiles(["tasks.yaml": manifest, "e.env": text]))
    #expect(rejected.diagnostics.map(\.message) == [message])
    let secret = rejection(of: FakeFiles(["tasks.yaml": "secrets: A\n" + manifest, "e.env": text]))
    #expect(secret.diagnostics.map(\.message) == [message])
    // The line of a secret is not shown.
    #expect(secret.diagnostics.allSatisfy { $0.secondary.isEmpty })
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    var files = FakeFiles(["tasks.yaml": "env_file: e.env\ntasks: {t: {kind: io, run: [x]}}"])
    files.files["e.env"] = Array("A=".utf8) + [0xFF]
    let messages = rejection(of: files).diagnostics.map(\.message)
    #expect(messages == ["line 1 of 'e.env' has a value that is not UTF-8"])
  }

  @Test(
    "what is wrong with the key",
    arguments: [
      ("e.env", "cannot read 'e.env': no such file or directory"),
      ("{file: secret.env, optional: true}", "cannot read 'secret.env': permission denied"),
      ("large.env", "cannot read 'large.env': it is larger than 1 MiB"),
      ("{optional: true}", "'env_file' names no file"),
      ("{file: a.env, optional: yes}", "expected true or false as 'optional', found 'yes'"),
      ("{file: a.env, path: x}", "unknown key 'path' in 'env_file'"),
      ("[[a.env]]", "expected a path as 'env_file', found a list"),
      ("\"{{ env.HOME }}/x\"", "'env_file' is read before the start, when 'env' is not there"),
      ("\"{{ vars.no }}\"", "undefined variable 'no'"),
    ])
  func badKey(value: String, message: String) {
    var files = FakeFiles([
      "tasks.yaml": "tasks: {t: {kind: io, run: [x], env_file: \(value)}}", "a.env": "",
      "large.env": String(repeating: "#", count: 1 << 20 + 1),
    ])
    files.refused = ["secret.env"]
    #expect(rejection(of: files).diagnostics.map(\.message) == [message])
  }
}
