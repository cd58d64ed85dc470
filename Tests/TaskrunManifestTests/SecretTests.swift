import TaskrunManifest
import Testing

@Suite struct SecretTests {
  @Test func aSecretAmongTheArgumentsIsRefused() {
    let marked = MarkedText(
      """
      secrets: [TOKEN]
      tasks:
        t: {kind: io, run: [curl, "-H", "Authorization: 1️⃣{{ env.TOKEN }}2️⃣", "{{ env.HOME }}"], stdin: "{{ env.TOKEN }}"}
        u: {kind: io, uses: any.value, with: {value: "{{ env.TOKEN }}"}, env: {A: "{{ env.TOKEN }}"}}
      """)
    let diagnostics = rejection(of: marked.text).diagnostics
    #expect(diagnostics.map(\.code) == [.visibleSecret])
    #expect(diagnostics.map(\.message) == ["secret 'TOKEN' would be visible in the process list"])
    #expect(diagnostics.first?.label == "use 'env' or 'stdin' instead")
    #expect(diagnostics.first?.span.start == marked.marks["1️⃣"])
    #expect(diagnostics.first?.span.end == marked.marks["2️⃣"])
  }

  @Test func aSecretOfAnotherFileCountsToo() {
    let rejected = rejection(
      of: FakeFiles([
        "tasks.yaml": "include: a.yaml\ntasks: {t: {kind: io, run: [x, '{{ env.A }}', '{{ env.B }}']}}",
        "a.yaml": "secrets: B",
      ]))
    #expect(rejected.diagnostics.map(\.message) == ["secret 'B' would be visible in the process list"])
  }

  @Test(arguments: ["item", "tasks.a.stdout"])
  func aSecretMustBeKnownBeforeTheStart(path: String) {
    let rejected = rejection(
      of: """
        secrets: [TOKEN]
        tasks:
          a: {kind: io, run: [x]}
          t: {kind: io, foreach: [1], run: [x], env: {TOKEN: "{{ \(path) }}", B: "{{ \(path) }}"}}
        """)
    #expect(
      rejected.diagnostics.map(\.message) == ["the value of secret 'TOKEN' must be known before the start"])
    #expect(rejected.diagnostics.map(\.code) == [.lateSecret])
  }

  @Test(arguments: ["A=B", "1A", "\"{{ env.X }}\"", "\"\""])
  func aSecretIsTheNameOfAVariable(name: String) {
    let rejected = rejection(of: "secrets: [\(name)]\ntasks: {t: {kind: io, run: [x]}}")
    #expect(rejected.diagnostics.map(\.code) == [.badVariableName])
  }

  @Test func constantArgumentsWithASecretAreFound() throws {
    let task = try load(
      """
      vars: {tok: hunter22}
      tasks:
        t: {kind: io, foreach: [1], run: [hunter22, a, "x={{ vars.tok }}", "{{ item }}", hunter2]}
        u: {kind: io, run: "echo hunter22"}
        v: {kind: io, uses: any.value, with: {value: hunter22}}
      """
    ).tasks
    let secrets = [SecretValue(name: "TOKEN", value: "hunter22"), SecretValue(name: "A", value: "abc")]
    func words(_ position: Int) -> [String] { task[position].visibleSecrets(secrets).map(\.description) }
    let rest =
      " holds secret 'TOKEN', which would be visible in the process list; use 'env' or 'stdin' instead"
    #expect(words(0) == ["the program's name" + rest, "argument 2" + rest])
    #expect(words(1) == ["the shell text" + rest] && words(2).isEmpty)
  }

  @Test func theValuesAreThoseOfTheRunnerAndOfTheTasks() throws {
    let manifest = try load(
      FakeFiles([
        "tasks.yaml": """
        secrets: [TOKEN, KEY, UNSET, TOKEN]
        vars: {a: 1}
        env_file: e.env
        defaults: {kind: io, run: [x]}
        tasks:
          t: {env: {TOKEN: "{{ env.CI_TOKEN }}-{{ vars.a }}"}}
          u: {env: {TOKEN: literal, OTHER: no}}
          v: {env: {TOKEN: "{{ args.0 }}", KEY: "{{ env.NO }}"}}
        """, "e.env": "KEY=from file\n",
      ]))
    #expect(manifest.secrets == ["TOKEN", "KEY", "UNSET", "TOKEN"])
    #expect(
      manifest.secretValues(environment: ["TOKEN": "own", "CI_TOKEN": "ci"], arguments: ["given"])
        .map { "\($0.name)=\($0.value)" }
        == ["TOKEN=own", "KEY=from file", "TOKEN=ci-1", "TOKEN=literal", "TOKEN=given"])
  }
}
