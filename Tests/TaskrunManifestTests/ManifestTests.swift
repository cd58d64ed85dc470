import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct ManifestTests {
  @Test func aWholeManifestIsReadAsWritten() throws {
    let marked = MarkedText(
      """
      x-note: {anything: [goes]}
      pools: {io: 32, cpu: 50%}
      vars: {site: "https://example.org", n: 3}
      env: {LANG: C.UTF-8, A: top}
      defaults: {timeout: 30s, tags: [d], env: {A: default, B: b}}
      tasks:
        1️⃣fetch:
          description: every page
          kind: io
          foreach: [/, /docs, {k: 1}]
          uses: http.get
          with: {url: "{{ vars.site }}{{ item }}", save: "{{ vars.n }}.html"}
          timeout: 5s
          grace: 0s
          output_limit: 64KiB
        report:
          kind: cpu
          tags: nightly
          run: [wc, -c, 010, no, 1:20, null-ish]
          env: {A: own}
          dir: sub
          stdin: "a\\0b"
          x-note: ignored
      """)
    let manifest = try load(marked.text)
    #expect(manifest.path == "tasks.yaml")
    #expect(manifest.pools == PerKind(io: .exactly(32), cpu: .percent(50)))
    #expect(manifest.vars == ["site": "https://example.org", "n": 3])
    #expect(manifest.tasks.map(\.name) == ["fetch", "report"])
    let fetch = manifest.tasks[0]
    #expect(fetch.position == marked.marks["1️⃣"])
    #expect(
      fetch.description == "every page" && fetch.tags == ["d"] && fetch.kind == .io
        && fetch.uses == "http.get")
    #expect(fetch.items == .list(["/", "/docs", ["k": 1]]))
    #expect(fetch.timeout == .seconds(5) && fetch.grace == .zero && fetch.outputLimitBytes == 65536)
    #expect(
      try evaluate(fetch.with, item: "/a", vars: manifest.vars) == [
        "url": "https://example.org/a", "save": "3.html",
      ])
    let report = manifest.tasks[1]
    #expect(report.kind == .cpu && report.tags == ["nightly"] && report.uses == "run")
    #expect(try evaluate(report.with) == ["argv": ["wc", "-c", "010", "no", "1:20", "null-ish"]])
    #expect(try evaluate(report.env) == ["LANG": "C.UTF-8", "B": "b", "A": "own"])
    #expect(report.timeout == .seconds(30) && report.items == nil)
    #expect(try report.dir?.evaluate(in: TemplateScope()) == "sub")
    #expect(try report.stdin?.evaluate(in: TemplateScope()) == "a\0b")
  }

  @Test(
    "free values are JSON, whatever YAML 1.1 would think",
    arguments: [
      ("true", true), ("false", false), ("null", .null), ("", .null), ("10", 10), ("-7", -7), ("0", 0),
      ("1.5", 1.5),
      ("1e3", 1000.0), ("-0.25", -0.25), ("yes", "yes"), ("no", "no"), ("on", "on"), ("True", "True"),
      ("~", "~"),
      ("010", "010"), ("0x10", "0x10"), ("1_000", "1_000"), ("1:20", "1:20"), (".5", ".5"), ("5.", "5."),
      ("+5", "+5"),
      (".nan", ".nan"), (".inf", ".inf"), ("2001-01-01", "2001-01-01"), ("-", "-"), ("\"10\"", "10"),
      ("'true'", "true"),
      ("\"null\"", "null"), ("[1, a]", [1, "a"]), ("{a: {b: 1}}", ["a": ["b": 1]]),
      ("170141183460469231731687303715884105727", .int(.max)), ("{010: 1}", ["010": 1]),
    ] as [(String, Value)])
  func freeValue(text: String, value: Value) throws {
    // The minus alone is a list in a block, so everything stands in a flow list where it can.
    let source = text == "-" ? "vars: {a: \"-\"}\n" : "vars:\n  a: \(text)\n"
    #expect(try load(source + FaultCase.good).vars["a"] == value)
    if text != "-", !text.isEmpty {
      let items = try load("tasks: {t: {kind: io, run: [x], foreach: [\(text)]}}\n").tasks[0].items
      #expect(items == .list([value]))
    }
  }

  @Test(
    "env values are text as written",
    arguments: ["no", "010", "1:20", "0x1F", "true", "~", "1e3", "1.10", "2001-01-01", "=", ".nan"])
  func envValue(text: String) throws {
    let task = try load("tasks: {t: {kind: io, run: [x], env: {A: \(text)}}}\n").tasks[0]
    #expect(try evaluate(task.env) == ["A": .string(text)])
  }

  @Test(
    "pool sizes have four forms",
    arguments: [
      ("8", .exactly(8)), ("50%", .percent(50)), ("+2", .offset(2)), ("-1", .offset(-1)), ("auto", .auto),
      ("0", nil),
      ("0%", nil), ("08", nil), ("1.5", nil), ("", nil), ("+", nil), ("--1", nil), ("+5%", nil),
      ("100001", nil),
      ("%", nil), ("Auto", nil), ("1e2", nil),
    ] as [(String, PoolSize?)])
  func poolSize(text: String, size: PoolSize?) {
    #expect(PoolSize(taskrun: text) == size)
  }

  @Test(
    "sizes have units",
    arguments: [
      ("0", 0), ("100", 100), ("64KiB", 65536), ("1MiB", 1 << 20), ("2GiB", 2 << 30), ("1kB", 1000),
      ("3MB", 3_000_000),
      ("5B", 5),
    ])
  func size(text: String, bytes: Int) throws {
    let task = try load("tasks: {t: {kind: io, run: [x], output_limit: \(text)}}\n").tasks[0]
    #expect(task.outputLimitBytes == bytes)
  }

  @Test(
    "ranges know how many items they have",
    arguments: [
      ("[0, 10]", 10), ("[0, 10, 3]", 4), ("[0, 9, 3]", 3), ("[10, 0, -1]", 10), ("[10, 0, -4]", 3),
      ("[5, 5]", 0),
      ("[5, 0]", 0), ("[0, 5, -1]", 0), ("[0, 2000000]", 2_000_000),
      ("[-9223372036854775808, 9223372036854775807, 9223372036854775807]", 3),
    ])
  func rangeCount(range: String, count: Int) throws {
    let source = try load("defaults: {kind: io, run: [x]}\ntasks: {t: {foreach: {range: \(range)}}}\n")
      .tasks[0].items
    // The plain task that other manifests would count is not there, so the limit is reached exactly.
    #expect(source?.instanceCount == Int128(count))
  }

  @Test func aListOfNothingIsFine() throws {
    #expect(try load("tasks: {t: {kind: io, run: [x], foreach: []}}\n").tasks[0].items == .list([]))
  }

  @Test func variablesOfTheCommandLineWin() throws {
    let source = "vars: {a: 1, b: x}\n" + FaultCase.good
    let vars = try load(
      source, [("a", "2"), ("c", "010"), ("d", "{{ vars.a }}"), ("e", "1.10"), ("f", "true")]
    ).vars
    #expect(vars == ["a": 2, "b": "x", "c": "010", "d": "{{ vars.a }}", "e": "1.10", "f": true])
  }

  @Test func aVariableOfTheCommandLineNeedsNoDefinition() throws {
    let source = "tasks: {t: {kind: io, run: [x, '{{ vars.who }}']}}\n"
    #expect(
      try evaluate(load(source, [("who", "{{ item }}")]).tasks[0].with) == ["argv": ["x", "{{ item }}"]])
  }

  @Test func aTasksOwnValueWinsOverDefaults() throws {
    let source = """
      defaults: {kind: io, uses: http.get, with: {url: "{{ item }}"}, env: {A: "{{ item }}"}, timeout: 1s}
      tasks:
        a: {foreach: [x]}
        b: {run: [y], env: {A: plain}, timeout: 2s}
        c: {with: {url: z}, env: {A: plain}}
      """
    let tasks = try load(source).tasks
    #expect(tasks.map(\.uses) == ["http.get", "run", "http.get"])
    #expect(try evaluate(tasks[0].with, item: "x") == ["url": "x"])
    #expect(try evaluate(tasks[1].with) == ["argv": ["y"]])
    #expect(try evaluate(tasks[2].with) == ["url": "z"])
    #expect(tasks.map(\.timeout) == [.seconds(1), .seconds(2), .seconds(1)])
  }

  @Test func parametersThatTemplatesWillFillAreNotJudged() throws {
    let source = """
      vars: {n: 100, s: "5"}
      defaults: {kind: cpu, uses: math.primes}
      tasks:
        a: {foreach: [5], with: {below: "{{ item }}"}}
        b: {with: {below: "{{ vars.n }}"}}
      """
    #expect(try evaluate(load(source).tasks[1].with) == ["below": 100])
    let wrong = source + "  c: {with: {below: \"{{ vars.s }}\"}}\n"
    #expect(
      rejection(of: wrong.replacing("vars.n }}\"}}", with: "vars.n }}\"}}\n")).diagnostics.map(\.message)
        == ["parameter 'below': expected an integer from 0, found a string '5'"])
  }

  @Test(
    "shell text that is no template stays as it is",
    arguments: [
      "docker ps --format '{{.Names}}'", "docker inspect --format '{{ index .Args 0 }}' x", "echo '{{'",
      "helm template '{{ include \"x\" . }}'", "echo {{a,b},c}", "echo '{{ itemx }}'", "echo '{{ item'",
      "gh api --template '{{range .}}{{.name}}{{end}}'",
      "echo '{{ env }}x' | sed s/{{/x/".replacing("{{ env }}", with: "{{ enva }}"),
    ])
  func shellTextStays(text: String) throws {
    let quoted = text.replacing("'", with: "''")
    #expect(
      try evaluate(load("tasks: {t: {kind: io, run: '\(quoted)'}}\n").tasks[0].with) == [
        "shell": .string(text)
      ])
  }
}

func evaluate(
  _ members: [TaskDefinition.Member], item: Value? = nil, vars: ValueObject = [:]
) throws -> Value {
  try TemplateValue.object(members).evaluate(
    in: TemplateScope(item: item, index: item == nil ? nil : 0, vars: vars))
}
