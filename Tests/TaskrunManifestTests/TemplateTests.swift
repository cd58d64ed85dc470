import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct TemplateTests {
  static let scope = TemplateScope(
    item: ["name": "a b", "path": "/x/y.tar.gz", "list": [1, "two", [3]], "none": .null, "n": 7], index: 4,
    vars: [:],
    env: ["HOME": "/home/u"], args: ["first", "second"])

  @Test(
    "a template that is the whole value keeps its type",
    arguments: [
      ("{{ item.n }}", 7), ("{{item.n}}", 7), ("{{ item.list }}", [1, "two", [3]]),
      ("{{ item.list.1 }}", "two"),
      ("{{ item.list.2.0 }}", 3), ("{{ item.none }}", .null), ("{{ index }}", 4),
      ("{{ env.HOME }}", "/home/u"),
      ("{{ args }}", ["first", "second"]), ("{{ args.1 }}", "second"),
      ("{{ args | join: ',' }}", "first,second"),
      ("x{{ item.n }}", "x7"), (" {{ item.n }}", " 7"), ("{{ item.list }}!", "[1,\"two\",[3]]!"),
      ("<{{ item.none }}>", "<>"), ("{{ item.n }}{{ index }}", "74"),
      ("{{ item.name }}-{{ index }}", "a b-4"),
      ("a }} b", "a }} b"), ("{ {item.n} }", "{ {item.n} }"), ("{{ \"{{\" }}", "{{"),
      ("{{ '{{' }} item }}", "{{ item }}"),
      ("{{ \"}}\" }}", "}}"), ("{{ \"a\\\"b\" | upper }}", "A\"B"), ("{{\n item.n\t}}", 7),
    ] as [(String, Value)])
  func evaluation(text: String, expected: Value) throws {
    #expect(try Self.fill(text) == expected)
  }

  @Test(
    "filters chain",
    arguments: [
      ("item.path | basename", "y.tar.gz"), ("item.path | dirname", "/x"), ("item.path | stem", "y.tar"),
      ("item.path | extension", "gz"), ("item.path | basename | upper", "Y.TAR.GZ"),
      ("item.name | upper | lower", "a b"),
      ("item.list | json", "[1,\"two\",[3]]"), ("item.name | json", "\"a b\""), ("item.n | json", "7"),
      ("item.list | join: \"-\"", "1-two-[3]"), ("item.nope | default: \"x\"", "x"),
      ("item.none | default: 'x'", "x"),
      ("item.nope | lower | default: \"X\"", "X"), ("item.nope | default: \"X\" | lower", "x"),
      ("item.n | default: \"x\"", 7),
      ("item.nope | default: 5", 5), ("item.nope | default: true", true),
      ("item.nope | default: null", .null),
      ("env.NOPE | default: ''", ""), ("args.9 | default: \"\"", ""), ("vars.nope | default: -1.5", -1.5),
      ("item.n|upper", "7"), ("\"/\" | basename", "/"), ("\"a/b/\" | basename", "b"),
      ("\"b\" | dirname", "."),
      ("\"/b\" | dirname", "/"), ("\"a//b\" | dirname", "a"), ("\".profile\" | stem", ".profile"),
      ("\".profile\" | extension", ""), ("\"a.d/b\" | extension", ""), ("\"\" | basename", ""),
      ("\"..\" | stem", ".."),
      ("\"x/\u{301}y\" | basename", "\u{301}y"),
    ] as [(String, Value)])
  func filters(expression: String, expected: Value) throws {
    #expect(try Self.fill("{{ \(expression) }}") == expected)
  }

  @Test(
    "what cannot be filled says why",
    arguments: [
      ("env.NOPE", "'{{ env.NOPE }}': 'env.NOPE' does not exist"),
      ("args.2", "'{{ args.2 }}': 'args.2' does not exist"),
      ("item.list.9", "'{{ item.list.9 }}': 'item.list.9' does not exist"),
      ("item.n.a", "'{{ item.n.a }}': 'item.n.a' does not exist"),
      ("item.list | basename", "'{{ item.list | basename }}': 'basename' needs text, found a list"),
      ("item.none | lower", "'{{ item.none | lower }}': 'lower' needs text, found null"),
      ("item.name | join: ','", "'{{ item.name | join: ',' }}': 'join' needs a list, found a string"),
      ("env.NOPE | upper", "'{{ env.NOPE | upper }}': 'env.NOPE' does not exist"),
    ])
  func failures(expression: String, message: String) {
    #expect(throws: TemplateError.self) { try Self.fill("{{ \(expression) }}") }
    do { _ = try Self.fill("{{ \(expression) }}") } catch { #expect("\(error)" == message) }
  }

  @Test func aResultThatATaskDidNotLeaveIsSaidSo() throws {
    let manifest = try load(
      """
      tasks:
        ns: {kind: io, run: [x], allow_failure: true}
        t: {kind: io, run: [x, "{{ tasks.ns.value.a | upper }}"]}
      """)
    let value = manifest.tasks[1].with[0].value
    func words(_ scope: TemplateScope) -> String? {
      do {
        _ = try value.evaluate(in: scope)
        return nil
      } catch { return "\(error)" }
    }
    #expect(
      words(TemplateScope())
        == "'{{ tasks.ns.value.a | upper }}': 'tasks.ns.value' has no value, for the task did not succeed; "
        + "write '| default: ...' for that case")
    #expect(
      words(TemplateScope { _ in ["b": 1] })
        == "'{{ tasks.ns.value.a | upper }}': 'tasks.ns.value.a' does not exist")
  }

  @Test func whatIsNotSetIsFoundInAllTemplates() throws {
    let task = try load(
      """
      tasks:
        t:
          kind: io
          foreach: [1]
          run: [x, "{{ env.HOEM }}", "{{ args.0 }}{{ args.1 }}", "{{ env.NO | default: '' }}", "{{ args }}"]
          env: {A: "{{ env.HOEM }}", B: "{{ env.HOME }}"}
          dir: "{{ env.FAR_AWAY_FROM_ALL | basename }}"
          stdin: "{{ args.7 }}"
      """
    ).tasks[0]
    #expect(
      task.unsetReads(environment: ["HOME": "/", "PATH": ""], arguments: ["first"]).map(\.description) == [
        "'env.HOEM', which is not set; did you mean 'HOME'? or write '| default: ...'",
        "'args.1', which was not given; give it after '--', or write '| default: ...'",
        "'env.FAR_AWAY_FROM_ALL', which is not set; set it, or write '| default: ...'",
        "'args.7', which was not given; give it after '--', or write '| default: ...'",
      ])
  }

  @Test func resultsAreNeverTemplatesThemselves() throws {
    let source =
      "tasks: {t: {kind: io, foreach: ['{{ env.HOME }}'], run: [x, '{{ item }}', 'a{{ item }}']}}\n"
    let task = try load(source).tasks[0]
    #expect(task.items == .list(["{{ env.HOME }}"]))
    #expect(
      try evaluate(task.with, item: "{{ env.HOME }}") == ["argv": ["x", "{{ env.HOME }}", "a{{ env.HOME }}"]])
  }

  @Test func eachArgumentIsOneText() throws {
    let source = "tasks: {t: {kind: io, foreach: {range: [0, 1]}, run: [x, '{{ item }}', '-{{ item }}']}}\n"
    let with = try load(source).tasks[0].with
    let cases: [(Value, String, String)] = [
      ([1, "a b"], "[1,\"a b\"]", "-[1,\"a b\"]"), (["k": .null], "{\"k\":null}", "-{\"k\":null}"),
      (.null, "", "-"),
      (true, "true", "-true"), (1.5, "1.5", "-1.5"), ("; rm -rf /", "; rm -rf /", "-; rm -rf /"),
      ("", "", "-"),
    ]
    for (item, whole, part) in cases {
      #expect(try evaluate(with, item: item) == ["argv": ["x", .string(whole), .string(part)]])
    }
  }

  @Test func whatReadsOnlyVariablesIsFilledBeforeTheStart() throws {
    let source = """
      vars: {a: {b: [1, 2]}, path: x/y.txt}
      tasks: {t: {kind: io, uses: any.value, with: {value: ["{{ vars.a.b }}", "{{ vars.path | stem }}!"]}}}
      """
    guard case .literal(let value)? = try load(source).tasks[0].with.first?.value else {
      Issue.record("not constant")
      return
    }
    #expect(value == [[1, 2], "y!"])
  }

  @Test func aNulByteFromVariablesIsRefusedToo() {
    let source = "vars: {a: \"x\\0\"}\ntasks: {t: {kind: io, run: [x, '{{ vars.a }}']}}\n"
    #expect(rejection(of: source).diagnostics.map(\.code) == [.containsNUL])
  }

  @Test(
    "shell text reads items as variables",
    arguments: [
      ("a b", ["item=a b", "index=2"]), (.null, ["item=", "index=2"]), ([1, 2], ["item=[1,2]", "index=2"]),
      (
        ["k": "v", "a-b": 1, "n": [1], "1x": 2],
        ["item={\"k\":\"v\",\"a-b\":1,\"n\":[1],\"1x\":2}", "index=2", "item_k=v", "item_n=[1]"]
      ),
    ] as [(Value, [String])])
  func environment(item: Value, expected: [String]) {
    #expect(itemEnvironment(item: item, index: 2).map { "\($0)=\($1)" } == expected)
  }

  @Test func aPlainTaskHasNoItemVariables() {
    #expect(itemEnvironment(item: nil, index: nil).isEmpty)
  }

  /// A value of `with` goes through the loader, so that what is tested is what manifests get. A `foreach` of
  /// nothing leaves the members of items unknown until the evaluation.
  private static func fill(_ text: String) throws -> Value {
    let quoted = text.replacing("'", with: "''").replacing("\n", with: "\n\n")
    let source = "tasks: {t: {kind: io, foreach: [], uses: any.value, with: {value: '\(quoted)'}}}\n"
    return try load(source).tasks[0].with[0].value.evaluate(in: scope)
  }
}
