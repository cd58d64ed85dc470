import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct ItemFileTests {
  private static let tree = [
    "b.jpg", "a.jpg", "B.jpg", "a.png", ".hidden.jpg", "dir.jpg/x", "photos/1.jpg", "photos/10.jpg",
    "photos/.git/x.jpg",
    "photos/old/2.jpg", "photos/old/deep/3.jpg", "[x].txt", "日本.txt", "photos/old/README",
  ]

  @Test(
    "what a pattern finds",
    arguments: [
      ("*.jpg", ["B.jpg", "a.jpg", "b.jpg"]), ("[a-b].jpg", ["a.jpg", "b.jpg"]), ("[!a-z].jpg", ["B.jpg"]),
      ("?.png", ["a.png"]), ("??.txt", ["日本.txt"]), ("\\[x].txt", ["[x].txt"]), ("[[]x].txt", ["[x].txt"]),
      ("a.jpg", ["a.jpg"]), ("photos/*.jpg", ["photos/1.jpg", "photos/10.jpg"]),
      ("*/*.jpg", ["photos/1.jpg", "photos/10.jpg"]), ("./a.*", ["./a.jpg", "./a.png"]),
      (
        "**/*.jpg",
        [
          "B.jpg", "a.jpg", "b.jpg", "photos/1.jpg", "photos/10.jpg", "photos/old/2.jpg",
          "photos/old/deep/3.jpg",
        ]
      ),
      ("photos/**/[23].jpg", ["photos/old/2.jpg", "photos/old/deep/3.jpg"]),
      ("photos/old/**", ["photos/old/2.jpg", "photos/old/README", "photos/old/deep/3.jpg"]),
      ("*/", ["dir.jpg/", "photos/"]), ("**/", ["dir.jpg/", "photos/", "photos/old/", "photos/old/deep/"]),
      (".*.jpg", [".hidden.jpg"]), ("photos/*/README", ["photos/old/README"]), ("*.gif", []),
      ("none/*.jpg", []),
      ("a.jpg/*", []), ("*.jpg*", ["B.jpg", "a.jpg", "b.jpg"]), ("**/**/10.jpg", ["photos/10.jpg"]),
    ] as [(String, [String])])
  func pattern(pattern: String, expected: [String]) throws {
    var files = FakeFiles(Dictionary(uniqueKeysWithValues: Self.tree.map { ($0, "") }))
    files.files["tasks.yaml"] = Array(Self.manifest("{glob: '\(pattern)'}").utf8)
    #expect(try load(files).tasks[0].items == .list(expected.map { .string($0) }))
  }

  @Test func severalPatternsFindEachPathOnce() throws {
    var files = FakeFiles(Dictionary(uniqueKeysWithValues: Self.tree.map { ($0, "") }))
    files.files["tasks.yaml"] = Array(Self.manifest("{glob: ['a.*', '{{ vars.all }}']}").utf8)
    #expect(try load(files).tasks[0].items == .list(["B.jpg", "a.jpg", "a.png", "b.jpg"]))
  }

  @Test func patternsBeginInTheFolderOfTheirFile() throws {
    let manifest = try load(
      FakeFiles([
        "tasks.yaml": "include: sub/a.yaml\n", "sub/a.yaml": Self.manifest("{glob: [data/*, /abs/*]}"),
        "sub/data/1": "", "/abs/2": "",
      ]))
    #expect(manifest.tasks[0].items == .list(["/abs/2", "data/1"]))
  }

  @Test func linksToFoldersAreFollowedByNameOnly() throws {
    var files = FakeFiles(["real/x": "", "tasks.yaml": Self.manifest("{glob: ['**/x', 'link/*', '*/']}")])
    files.links = ["link": "real"]
    #expect(try load(files).tasks[0].items == .list(["link/", "link/x", "real/", "real/x"]))
  }

  @Test(
    "what lines are",
    arguments: [
      ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("\n\na\n\r\n b \n", ["a", " b "]), ("", []),
      ("\u{FEFF}é\n", ["é"]),
      ("{{ x }}\n# y\n", ["{{ x }}", "# y"]), ("a\rb", ["a\rb"]), ("1\ntrue", ["1", "true"]),
    ] as [(String, [String])])
  func lines(text: String, expected: [String]) throws {
    let files = FakeFiles(["tasks.yaml": Self.manifest("{lines: l.txt}"), "l.txt": text])
    #expect(try load(files).tasks[0].items == .list(expected.map { .string($0) }))
  }

  @Test(
    "what JSON files hold",
    arguments: [
      ("{json: j.json}", #"[1, "010", {"a": null}]"#, [1, "010", ["a": .null]]),
      ("{json: j.json, at: a.b}", #"{"a": {"b": [true]}}"#, [true]),
      ("{json: j.json, at: a.1}", #"{"a": [0, [2]]}"#, [2]),
      ("{json: '{{ vars.name }}.json'}", "[]", []),
    ] as [(String, String, [Value])])
  func json(source: String, text: String, expected: [Value]) throws {
    let files = FakeFiles(["tasks.yaml": Self.manifest(source), "j.json": text])
    #expect(try load(files).tasks[0].items == .list(expected))
  }

  @Test(
    "what is wrong with files of items",
    arguments: [
      ("{lines: no.txt}", "cannot read 'no.txt': no such file or directory"),
      ("{lines: ''}", "'lines' is empty: expected a path"),
      ("{lines: bad.txt}", "line 2 of 'bad.txt' is not UTF-8"),
      ("{json: no.json}", "cannot read 'no.json': no such file or directory"),
      ("{json: j.json}", "expected a list in 'j.json', found a mapping"),
      ("{json: j.json, at: itmes}", "'j.json' has nothing at 'itmes'"),
      ("{json: j.json, at: n}", "expected a list in 'j.json', found an integer"),
      ("{json: bad.json}", "'bad.json' is not JSON: expected a value"),
      ("{lines: j.json, at: n}", "unknown key 'at' in 'foreach'"),
      ("{lines: j.json, json: j.json}", "'foreach' has both 'lines' and 'json'"),
      ("{glob: '[a'}", "'[' in pattern '[a' is not closed"),
      ("{glob: 'a\\'}", "pattern 'a\\' ends in a backslash"),
      ("{glob: 'closed/*'}", "cannot read folder 'closed': permission denied"),
      ("{glob: 'strange/*'}", "the name of 'strange/x' is not UTF-8, so it cannot be an item"),
      ("{glob: {a: b}}", "expected a pattern of paths as 'glob', found a mapping"),
      ("{glob: '{{ item }}/*'}", "'glob' is read before the start, when 'item' is not there"),
    ])
  func badFile(source: String, message: String) {
    var files = FakeFiles([
      "tasks.yaml": Self.manifest(source), "j.json": #"{"items": [], "n": 1}"#, "bad.json": "[1,\n  x]",
      "strange/x": "",
    ])
    files.files["bad.txt"] = Array("a\n".utf8) + [0xFF]
    files.refused = ["closed"]
    files.strangeNames = ["strange/x"]
    #expect(rejection(of: files).diagnostics.map(\.message) == [message])
  }

  @Test func aFaultInJSONIsShownWhereItIs() {
    let files = FakeFiles(["tasks.yaml": Self.manifest("{json: data/j.json}"), "data/j.json": "[1,\n  x]\n"])
    #expect(
      rejection(of: files).text()
        == """
        error[E0265]: 'data/j.json' is not JSON: expected a value
         --> tasks.yaml:2:44
          |
        2 | tasks: {t: {kind: io, foreach: {json: data/j.json}, run: [x]}}
          |                                       ^^^^^^^^^^^
         ::: data/j.json:2:3
          |
        2 |   x]
          |   - here


        """.replacing("2:44", with: "2:39").replacing(
          "  |                                       ^", with: "  |                                       ^"))
  }

  @Test func theLimitOfInstancesHoldsForFilesToo() {
    let lines = String(repeating: "a\n", count: 2_000_001)
    let rejected = rejection(of: FakeFiles(["tasks.yaml": Self.manifest("{lines: l.txt}"), "l.txt": lines]))
    #expect(rejected.diagnostics.map(\.code) == [.tooManyInstances])
  }

  private static func manifest(_ foreach: String) -> String {
    "vars: {all: '*.jpg', name: j}\ntasks: {t: {kind: io, foreach: \(foreach), run: [x]}}\n"
  }
}
