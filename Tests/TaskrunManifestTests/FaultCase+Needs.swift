import TaskrunManifest

extension FaultCase {
  /// A manifest whose tasks `a`, `b` and `c` have these further keys, in a line each.
  private static func three(
    _ code: DiagnosticCode, _ a: String, _ b: String, _ c: String, _ message: String, _ label: String? = nil
  ) -> FaultCase {
    FaultCase(
      code,
      "defaults: {kind: io, run: [x]}\ntasks:\n  a: {\(a)}\n  b: {\(b)}\n  c: {\(c)}\n",
      message, label)
  }

  static let needs: [FaultCase] = [
    .task(.unknownTask, "run: [x]\n    needs: 1️⃣s2️⃣\n", "unknown task 's'"),
    three(.unknownTask, "needs: [b, 1️⃣cc2️⃣]", "", "", "unknown task 'cc'", "did you mean 'c'?"),
    three(
      .unknownTask, "needs: [1️⃣\"{{ item }}\"2️⃣]", "", "", "unknown task '{{ item }}'",
      "a template cannot stand here"),
    three(.repeatedName, "needs: [3️⃣b, c, 1️⃣b2️⃣]", "", "", "'b' stands twice in 'needs'", "remove it"),
    three(
      .wrongShape, "needs: 1️⃣{b: c}2️⃣", "", "",
      "expected the name of a task or a list of names as 'needs', found a mapping"),
    three(
      .wrongShape, "needs: [1️⃣[b]2️⃣]", "", "",
      "expected the name of a task as an element of 'needs', found a list"),
    .task(
      .emptyText, "run: [x]\n    needs:1️⃣\n", "'needs' is empty: expected the name of a task",
      "write [] for none"),
    three(.dependencyCycle, "needs: 1️⃣a2️⃣", "", "", "task 'a' needs itself", "'a' needs 'a'"),
    three(
      .dependencyCycle, "needs: [1️⃣b2️⃣]", "needs: [3️⃣a]", "needs: a",
      "tasks need each other in a cycle: a -> b -> a", "'a' needs 'b'"),
    three(
      .dependencyCycle, "needs: [1️⃣c2️⃣]", "needs: [a]", "env: {A: '3️⃣{{ tasks.b.stdout }}'}",
      "tasks need each other in a cycle: a -> c -> b -> a", "'a' needs 'c'"),
    three(
      .dependencyCycle, "", "needs: [1️⃣c2️⃣, a]", "foreach: {from: 3️⃣b}",
      "tasks need each other in a cycle: b -> c -> b", "'b' needs 'c'"),
    three(
      .dependencyCycle, "run: [x, '1️⃣{{ tasks.a.value | default: 1 }}2️⃣']", "needs: a", "",
      "task 'a' needs itself", "'a' reads 'a'"),
    .init(
      .dependencyCycle,
      "env: {A: '1️⃣{{ tasks.b.value }}2️⃣'}\ntasks: {a: {kind: io, run: [x]}, b: {kind: io, run: [x]}}\n",
      "task 'b' needs itself", "'b' reads 'b'"),
    three(.unknownTask, "", "foreach: {from: 1️⃣aa2️⃣}", "", "unknown task 'aa'", "did you mean 'a'?"),
    .task(
      .badChoice, "run: [x]\n    if: 1️⃣sucess2️⃣\n",
      "expected success, failure or always as 'if', found 'sucess'",
      "did you mean 'success'?"),
    .task(
      .conditionWithoutNeeds, "run: [x]\n    if: 1️⃣failure2️⃣\n", "'if: failure' in a task that needs nothing",
      "add 'needs': it runs if one of these fails"),
  ]

  static let results: [FaultCase] = [
    three(
      .unknownTask, "stdin: '1️⃣{{ tasks.bb.value.a }}2️⃣'", "", "", "unknown task 'bb'", "did you mean 'b'?"),
    three(
      .unknownTask, "stdin: '1️⃣{{ tasks.x.y.stdout | default: 1 }}2️⃣'", "", "", "unknown task 'x.y'"),
    three(
      .unknownResultPart, "stdin: '1️⃣{{ tasks.b.stdot }}2️⃣'", "", "",
      "unknown part 'stdot' of the result of task 'b'", "did you mean 'stdout'?"),
    three(
      .unknownResultPart, "stdin: '1️⃣{{ tasks.b }}2️⃣'", "", "", "'tasks.b' is a whole result",
      "write 'tasks.b.value'"),
    three(
      .unknownResultPart, "stdin: '1️⃣{{ tasks.b.status.a }}2️⃣'", "", "",
      "'status' is text, or a list of texts, and these have no members", "only 'value' can have members"),
    .task(
      .templateSyntax, "stdin: '{{ 1️⃣tasks2️⃣ }}'\n    run: [x]\n",
      "'tasks' needs a name: write 'tasks.NAME.value'"),
  ]
}
