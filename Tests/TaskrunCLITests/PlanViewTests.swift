import RunTask
import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

@testable import TaskrunCLI

@Suite struct PlanViewTests {
  private static let text = """
    vars: {site: https://example.org}
    tasks:
      fetch:
        kind: io
        description: download every page
        tags: [web, slow]
        foreach: {range: [0, 9]}
        run: [curl, -o, "{{ index }}.html", "{{ vars.site }}/{{ item }}?a b"]
      count:
        kind: cpu
        foreach: [a, "b'c"]
        run: [wc, -c, "{{ item }}", ""]
      report:
        kind: io
        description: |
          two
          lines
        run: |
          echo one
          echo two
      login: {kind: io, run: [login, "{{ env.TOKEN }}", "{{ env.USER }}", "{{ args.0 }}"]}
      none: {kind: io, foreach: [], run: [x]}
      each: {kind: cpu, foreach: [{path: x}], run: [size, "{{ item.path }}"]}
    """

  /// The manifest above; `report` needs `count`, which reads `fetch`, and `each` has an instance for each result of it.
  private func plan(_ selection: Selection = Selection()) throws -> Plan {
    let loader = ManifestLoader(taskTypes: runPlugin.taskTypes, variables: [])
    var manifest = try loader.load(Array(Self.text.utf8), path: "tasks.yaml")
    manifest.tasks[1].needs = [.init(task: 0, isImplied: true)]
    manifest.tasks[2].needs = [.init(task: 1), .init(task: 0)]
    manifest.tasks[2].condition = .always
    manifest.tasks[5].needs = [.init(task: 0, isImplied: true)]
    manifest.tasks[5].items = .results(ofTask: 0)
    return try Plan(manifest, selection: selection)
  }

  @Test func theListIsAligned() throws {
    #expect(
      TaskList(try plan()).text(width: nil) == """
        task    kind  instances  tags       description
        fetch   io    9          web, slow  download every page
        count   cpu   2
        report  io                          two lines
        login   io
        none    io    0
        each    cpu   per fetch

        """)
  }

  @Test func theListFitsATerminalAndHasNoEmptyColumn() throws {
    #expect(
      TaskList(try plan(Selection(names: ["report"], skipped: ["fetch"]))).text(width: 24) == """
        task    kind  instances…
        count   cpu   2
        report  io             …

        """)
  }

  @Test func dotDrawsKindsNeedsAndConditions() throws {
    #expect(
      TaskGraph(try plan(), title: #"a "b" \ c.yaml"#).text(.dot) == #"""
        digraph "a \"b\" \\ c.yaml" {
          rankdir=LR
          node [style="filled"]
          t0 [label="fetch\n9 instances", shape=ellipse, fillcolor="#dbeafe"]
          t1 [label="count\n2 instances", shape=box, fillcolor="#ffedd5"]
          t2 [label="report", shape=ellipse, fillcolor="#dbeafe"]
          t3 [label="login", shape=ellipse, fillcolor="#dbeafe"]
          t4 [label="none\n0 instances", shape=ellipse, fillcolor="#dbeafe"]
          t5 [label="each\nper fetch", shape=box, fillcolor="#ffedd5"]
          t0 -> t1 [style=dashed]
          t1 -> t2 [label="always"]
          t0 -> t2 [label="always"]
          t0 -> t5 [style=dashed]
        }

        """#)
  }

  @Test func mermaidDrawsKindsNeedsAndConditions() throws {
    #expect(
      TaskGraph(try plan(), title: "tasks.yaml").text(.mermaid) == """
        flowchart LR
          t0(["fetch<br/>9 instances"]):::io
          t1["count<br/>2 instances"]:::cpu
          t2(["report"]):::io
          t3(["login"]):::io
          t4(["none<br/>0 instances"]):::io
          t5["each<br/>per fetch"]:::cpu
          t0 -.-> t1
          t1 -->|always| t2
          t0 -->|always| t2
          t0 -.-> t5
          classDef io fill:#dbeafe,stroke:#1d4ed8,color:#000
          classDef cpu fill:#ffedd5,stroke:#c2410c,color:#000

        """)
  }

  @Test func namesCannotLeaveTheirLabels() throws {
    var manifest = try ManifestLoader(taskTypes: runPlugin.taskTypes, variables: [])
      .load(Array("tasks: {a: {kind: io, run: [x]}}".utf8), path: "tasks.yaml")
    manifest.tasks[0].name = "a\"]; b -> c <script>\\\n#quot;\u{1B}[0m`"
    let graph = TaskGraph(try Plan(manifest), title: "")
    #expect(
      graph.text(.dot).contains(
        #"t0 [label="a\"]; b -> c <script>\\ #quot;\\x1b[0m`", shape=ellipse"#))
    #expect(
      graph.text(.mermaid).contains(
        "t0([\"a#34;#93;#59; b -#62; c #60;script#62;#92; #35;quot#59;#92;x1b#91;0m#96;\"]):::io"))
  }

  private func dryRun(
    _ selection: Selection = Selection(), width: Int? = nil,
    isDone: @escaping (String) -> Bool = { _ in false }
  ) throws -> String {
    let context = RunContext(
      runID: "", manifest: "tasks.yaml", directory: "/m", vars: ["site": "https://example.org"],
      environment: ["USER": "ada", "TOKEN": "hunter2"], arguments: ["--fast"],
      threadCountVariables: [])
    return DryRun(
      try plan(selection), context: context, secrets: ["TOKEN"], poolSizes: PerKind(io: 32, cpu: 4),
      isDone: isDone
    ).text(width: width)
  }

  @Test func aDryRunShowsWhatIsKnownInTheOrderOfStart() throws {
    #expect(
      try dryRun() == """
        would run some instances of 6 tasks (io 32, cpu 4)

        io   fetch[0]   curl -o 0.html 'https://example.org/0?a b'
        io   fetch[1]   curl -o 1.html 'https://example.org/1?a b'
        io   fetch[2]   curl -o 2.html 'https://example.org/2?a b'
        io   ...        5 more
        io   fetch[8]   curl -o 8.html 'https://example.org/8?a b'
        io   login      login '{{ env.TOKEN }}' ada --fast
        io   none[]     no instances
        cpu  count[0]   wc -c a ''
        cpu  count[1]   wc -c 'b'\\''c' ''
        cpu  each[...]  one per fetch: size '{{ item.path }}'
        io   report     echo one ... (2 lines)

        """)
  }

  @Test func whatPeopleSeeOfAPlanHasNoSecrets() throws {
    let manifest = try ManifestLoader(taskTypes: runPlugin.taskTypes, variables: []).load(
      Array(
        """
        vars: {tok: "it's secret"}
        tasks:
          a: {kind: io, description: "it's secret", run: [x, "-{{ vars.tok }}"]}
          b: {kind: io, matrix: {p: ["it's secret"]}, run: [y, "{{ matrix.p }}", "{{ args.0 }}"]}
          c: {kind: io, run: "echo it's secret"}
        """.utf8), path: "tasks.yaml")
    let plan = try Plan(manifest)
    let mask = SecretMask(["it's secret"])
    let context = RunContext(
      runID: "", manifest: "tasks.yaml", directory: "/m", vars: manifest.vars, environment: [:],
      arguments: ["it's secret"], threadCountVariables: [])
    #expect(
      DryRun(plan, context: context, mask: mask, poolSizes: PerKind(io: 1, cpu: 1)).text(width: nil) == """
        would run 3 tasks (io 1, cpu 1)

        io   a       x '-***'
        io   b[***]  y '***' '***'
        io   c       echo ***

        """)
    #expect(TaskList(plan, mask: mask).text(width: nil).contains("***"))
    #expect(!TaskList(plan, mask: mask).text(width: 30).contains("it's"))
  }

  @Test func aDryRunFitsATerminalAndSaysWhatIsDone() throws {
    #expect(
      try dryRun(Selection(names: ["count"], skipped: ["fetch"]), width: 24) { $0 == "count[0]" } == """
        would run 2 instances of 1 task (io 32, cpu 4)

        cpu  count[0]  (done, i…
        cpu  count[1]  wc -c 'b…

        """)
  }
}
