import TaskrunManifest

extension FaultCase {
  static let templates: [FaultCase] = [
    shell("1️⃣{{ item }}2️⃣", "write \"$item\" instead"),
    shell("1️⃣{{item}}2️⃣", "write \"$item\" instead"),
    shell("1️⃣{{ item.name }}2️⃣", "write \"$item_name\" instead"),
    shell("1️⃣{{ index }}2️⃣", "write \"$index\" instead"),
    shell("1️⃣{{ env.HOME }}2️⃣", "write \"$HOME\" instead"),
    shell("1️⃣{{ vars.site }}2️⃣", "write \"$site\" instead, and under 'env' add  site: '{{ vars.site }}'"),
    shell(
      "1️⃣{{ item | basename }}2️⃣", "write \"$item\" instead, and under 'env' add  item: '{{ item | basename }}'"
    ),
    shell("1️⃣{{ args.0 }}2️⃣", "write \"$value\" instead, and under 'env' add  value: '{{ args.0 }}'"),
    shell(
      "1️⃣{{ tasks.a.stdout }}2️⃣",
      "write \"$stdout\" instead, and under 'env' add  stdout: '{{ tasks.a.stdout }}'"),
    shell("docker ps --format '{{.Names}}' '1️⃣{{ item }}2️⃣'", "write \"$item\" instead"),
    .task(
      .templateInShell, "foreach: [1]\n    run: |\n      true\n      echo é 1️⃣{{ item }}2️⃣\n",
      "templates are not allowed in shell text", "write \"$item\" instead"),
    .task(
      .templateInProgram, "foreach: [1]\n    run: [\"./1️⃣{{2️⃣ item }}\", a]\n",
      "templates are not allowed in a program's name", "this must be constant"),
    .init(
      .templateInConstant, "vars: {a: \"x 1️⃣{{2️⃣ vars.b }}\"}\n\(good)", "templates are not allowed in 'vars'",
      "this must be constant"),
    .init(
      .templateInConstant, "vars: {a: {\"1️⃣{{2️⃣ vars.b }}\": 1}}\n\(good)", "templates are not allowed in keys",
      "this must be constant"),
    .task(
      .templateInConstant, "uses: any.value\n    with: {value: {\"1️⃣{{2️⃣ vars.b }}\": 1}}\n",
      "templates are not allowed in keys", "this must be constant"),
    .task(.templateSyntax, "run: [x, \"a 1️⃣{{2️⃣ item\"]\n", "template is never closed", "'}}' is missing"),
    .task(.templateSyntax, "run: [x, '{{ 1️⃣.2️⃣Names }}']\n", "expected a name or a quoted text in a template"),
    .task(.templateSyntax, "run: [x, '{{ env.A 1️⃣e2️⃣nv.B }}']\n", "expected '|' or '}}' in a template"),
    .task(.templateSyntax, "run: [x, '{{ env.1️⃣ }}']\n", "expected a name behind '.' in a template"),
    .task(.templateSyntax, "run: [x, '{{ env.A | 1️⃣}}']\n", "expected a filter behind '|' in a template"),
    .task(.templateSyntax, "run: [x, '{{ 1️⃣\"abc }}2️⃣']\n", "expected a closing quote in a template"),
    .task(.templateSyntax, "run: [x, '{{ 1️⃣vars2️⃣ }}']\n", "'vars' needs a name: write 'vars.NAME'"),
    .task(.templateSyntax, "run: [x, '{{ 1️⃣index.a2️⃣ }}']\n", "'index' is a number and has no members"),
    .task(.templateSyntax, "run: [x, '{{ 1️⃣env.A.b2️⃣ }}']\n", "'env' has texts, and these have no members"),
    .task(
      .templateSyntax, "run: [x, '{{ 1️⃣args.first }}']\n", "expected a number behind 'args.' in a template"),
    .task(
      .unknownTemplateName, "run: [x, '{{ 1️⃣itme2️⃣ }}']\n", "unknown name 'itme' in a template",
      "did you mean 'item'?"),
    .init(
      .unknownTemplateName, "vars: {site: a}\ntasks: {t: {kind: io, run: [x, '{{ 1️⃣site2️⃣ }}']}}\n",
      "unknown name 'site' in a template", "did you mean 'vars.site'?"),
    .init(
      .undefinedVariable, "vars: {site: a}\ntasks: {t: {kind: io, run: [x, '1️⃣{{ vars.stie }}2️⃣']}}\n",
      "undefined variable 'stie'", "did you mean 'site'?"),
    .init(
      .undefinedVariable, "vars: {site: a}\ntasks: {t: {kind: io, run: [x, '1️⃣{{ vars.site.b }}2️⃣']}}\n",
      "'vars.site.b' does not exist: 'vars.site' is a string"),
    .task(.undefinedVariable, "run: [x, '1️⃣{{ vars.a }}2️⃣']\n", "undefined variable 'a'"),
    .task(
      .unknownFilter, "run: [x, '{{ env.A | 1️⃣uper2️⃣ }}']\n", "unknown filter 'uper'", "did you mean 'upper'?"),
    .task(
      .unknownFilter, "run: [x, '{{ env.A | 1️⃣default2️⃣ }}']\n", "filter 'default' needs a value",
      #"write default: "x""#),
    .task(.unknownFilter, "run: [x, '{{ env.A | 1️⃣lower2️⃣: \"x\" }}']\n", "filter 'lower' takes no value"),
    .init(
      .templateFails, "vars: {a: [1]}\ntasks: {t: {kind: io, run: [x, 1️⃣'{{ vars.a | basename }}'2️⃣]}}\n",
      "'{{ vars.a | basename }}': 'basename' needs text, found a list"),
  ]

  private static func shell(_ text: String, _ label: String) -> FaultCase {
    .task(
      .templateInShell, "foreach: [{name: a}]\n    run: \"echo \(text)\"\n",
      "templates are not allowed in shell text", label)
  }
}
