import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct IncludeTests {
  @Test func tasksOfIncludedFilesFollowWithTheirPrefixes() throws {
    let manifest = try load(
      FakeFiles([
        "tasks.yaml": """
        include: [common.yaml, {file: db/tasks.yaml, prefix: db}]
        tasks: {build: {kind: io, run: [make], needs: [lint, db.migrate]}}
        """,
        "common.yaml": "tasks: {lint: {kind: io, run: [lint]}}",
        "db/tasks.yaml": """
        include: {file: deep/tasks.yaml, prefix: deep}
        tasks:
          dump: {kind: io, run: [dump], needs: [deep.a, lint]}
          migrate: {kind: io, run: [x, "{{ tasks.dump.stdout }}"]}
        """,
        "db/deep/tasks.yaml": "tasks: {a: {kind: io, foreach: {from: b}, run: [a]}, b: {kind: io, run: [b]}}",
      ]))
    #expect(
      manifest.tasks.map(\.name) == ["build", "lint", "db.dump", "db.migrate", "db.deep.a", "db.deep.b"])
    #expect(manifest.tasks.map { $0.needs.map(\.task) } == [[1, 3], [], [4, 1], [2], [5], []])
    #expect(manifest.tasks.map(\.folder) == [nil, "", "db", "db", "db/deep", "db/deep"])
    #expect(manifest.files == ["tasks.yaml", "common.yaml", "db/tasks.yaml", "db/deep/tasks.yaml"])
    #expect(manifest.tasks.map(\.position.file) == [0, 1, 2, 2, 3, 3])
    #expect(manifest.tasks[4].items == .results(ofTask: 5))
  }

  @Test func aFileSeesItsOwnVarsEnvAndDefaults() throws {
    let files = FakeFiles([
      "tasks.yaml": """
      include: [{file: sub/a.yaml, prefix: a}]
      vars: {site: root, only_root: 1}
      env: {WHERE: root, ROOT: "1"}
      defaults: {kind: io, timeout: 5s}
      tasks: {t: {run: [echo, "{{ vars.site }}"]}}
      """,
      "sub/a.yaml": """
      vars: {site: sub}
      env: {WHERE: "{{ vars.site }}"}
      env_file: a.env
      defaults: {kind: cpu}
      tasks: {t: {run: [echo, "{{ vars.site }}", "{{ vars.site }}{{ env.X }}"]}}
      """,
      "sub/a.env": "FROM=file\n",
    ])
    let manifest = try load(files)
    #expect(try manifest.environment(of: "a.t") == ["FROM=file", "WHERE=sub"])
    #expect(try manifest.environment(of: "t") == ["WHERE=root", "ROOT=1"])
    #expect(manifest.tasks.map(\.kind) == [.io, .cpu] && manifest.tasks[1].timeout == nil)
    #expect(manifest.tasks[0].vars == nil && manifest.tasks[1].vars == ["site": "sub"])
    let overridden = try load(files, [("site", "given"), ("only_root", "2")])
    #expect(overridden.vars == ["site": "given", "only_root": 2])
    #expect(overridden.tasks[1].vars == ["site": "given"])
  }

  @Test func aManifestMayBeNothingButItsIncludes() throws {
    let manifest = try load(
      FakeFiles([
        "tasks.yaml": "include: /abs/a.yaml\n", "/abs/a.yaml": "include: b.yaml\n",
        "/abs/b.yaml": "pools: {io: 3}\ntasks: {t: {kind: io, run: [x]}}",
      ]))
    #expect(manifest.tasks.map(\.folder) == ["/abs"])
    // Pools of an included file are for when it is run by itself.
    #expect(manifest.pools == PerKind(io: .auto, cpu: .auto))
  }

  @Test func limitsAreSharedAndMustAgree() throws {
    var texts = [
      "tasks.yaml": "include: a.yaml\nlimits: {db: 2}\ntasks: {t: {kind: io, run: [x], limits: api}}",
      "a.yaml": "limits: {api: 3, db: 2}\ntasks: {u: {kind: io, run: [x], limits: [db, api]}}",
    ]
    let manifest = try load(FakeFiles(texts))
    #expect(manifest.limits == [Limit(name: "db", count: 2), Limit(name: "api", count: 3)])
    #expect(manifest.tasks.map(\.limits) == [[1], [0, 1]])
    texts["a.yaml"] = "limits: {api: 3, db: 4}"
    let diagnostics = rejection(of: FakeFiles(texts)).diagnostics
    #expect(diagnostics.map(\.message) == ["limit 'db' is 4 here and 2 in another file"])
    #expect(diagnostics.first?.span.file == 1 && diagnostics.first?.secondary.first?.span.file == 0)
  }

  @Test func secretsOfAllFilesCount() throws {
    let manifest = try load(
      FakeFiles([
        "tasks.yaml": "include: a.yaml\nsecrets: TOKEN\ntasks: {t: {kind: io, run: [x]}}",
        "a.yaml": "secrets: [KEY]\n",
      ]))
    #expect(manifest.secrets == ["TOKEN", "KEY"])
  }

  @Test func aCycleIsNamedInOrderWithItsPlaces() {
    let rejected = rejection(
      of: FakeFiles([
        "tasks.yaml": "include: a.yaml\ntasks: {t: {kind: io, run: [x]}}\n",
        "a.yaml": "include: [sub/b.yaml]\n", "sub/b.yaml": "\ninclude: ../a.yaml\n",
      ]))
    #expect(
      rejected.text() == """
        error[E0261]: files include each other in a cycle: a.yaml -> sub/b.yaml -> a.yaml
         --> sub/b.yaml:2:10
          |
        2 | include: ../a.yaml
          |          ^^^^^^^^^ includes 'a.yaml' again
         ::: a.yaml:1:11
          |
        1 | include: [sub/b.yaml]
          |           ---------- includes 'sub/b.yaml'


        """)
  }

  @Test func aNameInTwoFilesIsToldWithBothPlaces() {
    let rejected = rejection(
      of: FakeFiles([
        "tasks.yaml": "include: a.yaml\ntasks: {t: {kind: io, run: [x]}}\n",
        "a.yaml": "tasks: {t: {kind: io, run: [x]}}\n",
      ]))
    #expect(
      rejected.text() == """
        error[E0263]: task 't' is defined twice
         --> a.yaml:1:9
          |
        1 | tasks: {t: {kind: io, run: [x]}}
          |         ^ defined again here
         ::: tasks.yaml:2:9
          |
        2 | tasks: {t: {kind: io, run: [x]}}
          |         - first defined here
          = note: a prefix keeps the names of files apart: include: [{file: tasks.yaml, prefix: name}]


        """)
  }

  @Test func faultsOfAllFilesAreToldAtOnceInTheOrderOfTheFiles() {
    let rejected = rejection(
      of: FakeFiles([
        "tasks.yaml": """
        include: [{file: broken.yaml}, gone.yaml, {file: a.yaml, prefix: p}, {file: a.yaml, prefix: q}]
        tasks: {t: {kind: io, run: [x], needs: [p.no]}}
        """,
        "broken.yaml": "tasks: [\n", "a.yaml": "tasks: {t: {kind: io, run: [x, \"é {{ vars.no }}\"]}}\n",
      ]))
    #expect(
      rejected.diagnostics.map {
        "\(rejected.files[$0.span.file].path):\($0.span.start.column) \($0.message)"
      }
        == [
          "tasks.yaml:32 cannot read 'gone.yaml': no such file or directory",
          "tasks.yaml:41 unknown task 'p.no'",
          "broken.yaml:8 '[' is not closed, or a ',' is missing", "a.yaml:35 undefined variable 'no'",
        ])
    #expect(rejected.json.jsonText.contains(#""file":"a.yaml","line":1,"column":35"#))
  }

  @Test func sixteenLevelsAreEnough() throws {
    func files(_ depth: Int) -> FakeFiles {
      var texts = ["tasks.yaml": "include: 1.yaml\n", "\(depth).yaml": "tasks: {t: {kind: io, run: [x]}}"]
      for level in 1..<depth { texts["\(level).yaml"] = "include: \(level + 1).yaml\n" }
      return FakeFiles(texts)
    }
    #expect(try load(files(16)).tasks.count == 1)
    let rejected = rejection(of: files(17))
    #expect(rejected.diagnostics.map(\.message) == ["files include each other deeper than 16 levels"])
  }

  @Test func manyInclusionsOfFewFilesAreRefused() {
    var texts = ["tasks.yaml": "include: [1.yaml, 1.yaml]\n", "12.yaml": "x-a: 1\n"]
    for level in 1..<12 { texts["\(level).yaml"] = "include: [\(level + 1).yaml, \(level + 1).yaml]\n" }
    let rejected = rejection(of: FakeFiles(texts))
    #expect(rejected.diagnostics.contains { $0.message == "more than 1,000 files are included" })
  }

  @Test(
    "what cannot be included",
    arguments: [
      ("{prefix: a}", "'include' names no file"),
      ("[{fil: a.yaml, file: a.yaml}]", "unknown key 'fil' in 'include'"),
      ("\"{{ vars.a }}.yaml\"", "templates are not allowed in 'include'"),
      ("\"\"", "'include' is empty: expected a path"),
      ("{file: a.yaml, prefix: \"a b\"}", "'a b' cannot stand before the names of tasks"),
      ("empty.yaml", "the file is empty: expected a mapping with 'tasks'"),
      ("list.yaml", "expected a mapping with 'tasks', found a list"),
    ])
  func badInclude(include: String, message: String) {
    let rejected = rejection(
      of: FakeFiles([
        "tasks.yaml": "include: \(include)\ntasks: {t: {kind: io, run: [x]}}\n", "empty.yaml": "",
        "list.yaml": "[]",
        "a.yaml": "tasks: {u: {kind: io, run: [x]}}",
      ]))
    #expect(rejected.diagnostics.map(\.message) == [message])
  }

  @Test func filesWithoutAnyTaskAreNoManifest() {
    let rejected = rejection(of: FakeFiles(["tasks.yaml": "include: a.yaml\n", "a.yaml": "vars: {a: 1}"]))
    #expect(rejected.diagnostics.map(\.code) == [.noTasks])
  }
}
