import TaskrunManifest

extension FaultCase {
  static let keys: [FaultCase] = [
    .task(
      .unknownKey, "run: [x]\n    1️⃣need2️⃣: [a]\n", "unknown key 'need' in task 't'", "did you mean 'needs'?"),
    .task(.unknownKey, "run: [x]\n    1️⃣zzzzz2️⃣: 1\n", "unknown key 'zzzzz' in task 't'"),
    .init(.unknownKey, "1️⃣task2️⃣: 1\n\(good)", "unknown key 'task' in the manifest", "did you mean 'tasks'?"),
    .init(
      .unknownKey, "defaults: {1️⃣timout2️⃣: 1s}\n\(good)", "unknown key 'timout' in 'defaults'",
      "did you mean 'timeout'?"),
    .init(.unknownKey, "pools: {1️⃣cpus2️⃣: 1}\n\(good)", "unknown key 'cpus' in 'pools'", "did you mean 'cpu'?"),
    .task(
      .unknownKey, "run: [x]\n    foreach: {1️⃣rnage2️⃣: [0, 1]}\n", "unknown key 'rnage' in 'foreach'",
      "did you mean 'range'?"),
    .init(.notSupportedYet, "1️⃣plugins2️⃣: {}\n\(good)", "key 'plugins' is not supported yet"),
    .init(.badTaskName, "tasks: {1️⃣a/b2️⃣: {kind: io, run: [x]}}\n", "'a/b' cannot be the name of a task"),
    .init(.badTaskName, "tasks: {1️⃣.a2️⃣: {kind: io, run: [x]}}\n", "'.a' cannot be the name of a task"),
    .init(
      .badTaskName, "tasks: {1️⃣\(String(repeating: "n", count: 101))2️⃣: {kind: io, run: [x]}}\n",
      "task name '\(String(repeating: "n", count: 60))…' is longer than 100 characters"),
    .init(
      .templateInConstant, "tasks: {\"1️⃣{{2️⃣ vars.a }}\": {kind: io, run: [x]}}\n",
      "templates are not allowed in keys", "this must be constant"),
    .task(.badVariableName, "run: [x]\n    env: {1️⃣A=B2️⃣: c}\n", "'A=B' cannot be the name of a variable"),
    .task(.badVariableName, "run: [x]\n    env: {1️⃣''2️⃣: c}\n", "'' cannot be the name of a variable"),
    .init(.badVariableName, "env: {1️⃣1A2️⃣: c}\n\(good)", "'1A' cannot be the name of a variable"),
  ]

  static let values: [FaultCase] = [
    .init(.badPoolSize, "pools: {io: 1️⃣02️⃣}\n\(good)", "expected \(poolSize), found '0'"),
    .init(.badPoolSize, "pools: {io: 1️⃣0102️⃣}\n\(good)", "expected \(poolSize), found '010'"),
    .init(.badPoolSize, "pools: {io: 1️⃣many2️⃣}\n\(good)", "expected \(poolSize), found 'many'"),
    .init(
      .badPoolSize, "pools: {io: 1️⃣999999999999999999992️⃣}\n\(good)",
      "expected \(poolSize), found '99999999999999999999'"),
    .task(
      .badDuration, "run: [x]\n    timeout: 1️⃣902️⃣\n", "expected \(duration) as 'timeout', found '90'",
      "a unit is required: did you mean '90s'?"),
    .task(
      .badDuration, "run: [x]\n    grace: 1️⃣1h302️⃣\n", "expected \(duration) as 'grace', found '1h30'",
      "a unit is required: did you mean '1h30m'?"),
    .task(
      .badDuration, "run: [x]\n    grace: 1️⃣1.52️⃣\n", "expected \(duration) as 'grace', found '1.5'",
      "a unit is required: did you mean '1.5s'?"),
    .task(.badDuration, "run: [x]\n    grace: 1️⃣5ms32️⃣\n", "expected \(duration) as 'grace', found '5ms3'"),
    .task(.badDuration, "run: [x]\n    timeout: 1️⃣.inf2️⃣\n", "expected \(duration) as 'timeout', found '.inf'"),
    .task(.badDuration, "run: [x]\n    timeout: 1️⃣-1s2️⃣\n", "expected \(duration) as 'timeout', found '-1s'"),
    .task(.badDuration, "run: [x]\n    timeout: 1️⃣0s2️⃣\n", "expected more than 0 as 'timeout'"),
    .task(
      .badDuration, "run: [x]\n    grace: 1️⃣\"{{ vars.a }}\"2️⃣\n",
      "expected \(duration) as 'grace', found '{{ vars.a }}'",
      "a template cannot stand here"),
    .task(
      .badSize, "run: [x]\n    output_limit: 1️⃣1mib2️⃣\n", "expected \(size) as 'output_limit', found '1mib'",
      "did you mean the unit 'MiB'?"),
    .task(.badSize, "run: [x]\n    output_limit: 1️⃣-12️⃣\n", "expected \(size) as 'output_limit', found '-1'"),
    .task(
      .badSize, "run: [x]\n    output_limit: 1️⃣9999999999GiB2️⃣\n",
      "expected \(size) as 'output_limit', found '9999999999GiB'",
      "did you mean the unit 'GiB'?"),
    .init(
      .badNumber, "vars: {a: 1️⃣1e9992️⃣}\n\(good)", "number '1e999' is too large", "quote it to keep it as text"),
    .init(
      .badNumber, "vars: {a: 1️⃣\(String(repeating: "9", count: 50))2️⃣}\n\(good)",
      "number '\(String(repeating: "9", count: 50))' is too large", "quote it to keep it as text"),
    .task(.containsNUL, #"run: [x, 1️⃣"a\0b"2️⃣]"#, "a NUL byte cannot be passed to a program", "remove it"),
    .task(
      .containsNUL, "run: [x]\n    env: {A: 1️⃣\"\\0\"2️⃣}", "a NUL byte cannot be passed to a program",
      "remove it"),
    .task(.containsNUL, #"run: 1️⃣"echo \0"2️⃣"#, "a NUL byte cannot be passed to a program"),
    .init(
      .badKind, "tasks: {t: {kind: 1️⃣IO2️⃣, run: [x]}}\n", "expected io or cpu as 'kind', found 'IO'",
      "did you mean 'io'?"),
    .init(
      .badKind, "defaults: {kind: 1️⃣gpu2️⃣}\ntasks: {t: {run: [x]}, u: {run: [x]}}\n",
      "expected io or cpu as 'kind', found 'gpu'", "did you mean 'cpu'?"),
    .init(
      .missingKind, "tasks: {1️⃣t2️⃣: {run: [x]}}\n", "task 't' has no 'kind'",
      "add 'kind: io' (it mostly waits) or 'kind: cpu' (it mostly computes)"),
  ]

  static let actions: [FaultCase] = [
    .init(
      .noAction, "tasks: {1️⃣t2️⃣: {kind: io}}\n", "task 't' has neither 'run' nor 'uses'", "add one of them"),
    .task(
      .twoActions, "3️⃣run: [x]\n    1️⃣uses2️⃣: http.get\n", "task 't' has both 'run' and 'uses'",
      "keep one of them"),
    .task(.unknownTaskType, "uses: 1️⃣http.gt2️⃣\n", "unknown task type 'http.gt'", "did you mean 'http.get'?"),
    .task(.unknownTaskType, "uses: 1️⃣frobnicate2️⃣\n", "unknown task type 'frobnicate'"),
    .task(
      .kindNotAllowed, "uses: 1️⃣math.primes2️⃣\n    with: {below: 5}\n",
      "task type 'math.primes' cannot run as 'kind: io'", "it needs 'kind: cpu'"),
    .task(
      .withoutUses, "run: [x]\n    1️⃣with2️⃣: {a: 1}\n", "'with' has no meaning beside 'run'",
      "remove it, or write 'uses' instead of 'run'"),
    .task(
      .usesRun, "uses: 1️⃣run2️⃣\n    with: {shell: 'echo {{item}}'}\n    foreach: [1]\n",
      "'run' is a key of its own", "write 'run: [program, argument]' or 'run: shell text' in place of 'uses'"),
    .task(
      .unknownParameter, "uses: http.get\n    with: {url: a, 1️⃣sav2️⃣: b}\n",
      "unknown parameter 'sav' of 'http.get'", "did you mean 'save'?"),
    .task(
      .missingParameter, "uses: http.get\n    1️⃣with2️⃣: {save: b}\n",
      "parameter 'url' of 'http.get' is missing", "add 'url'"),
    .task(.missingParameter, "uses: 1️⃣http.get2️⃣\n", "parameter 'url' of 'http.get' is missing", "add 'with'"),
    .task(
      .badParameter, "uses: http.get\n    with: {url: a, follow_redirects: 1️⃣yes2️⃣}\n",
      "parameter 'follow_redirects': expected true or false, found a string 'yes'", "did you mean 'true'?"),
    .task(
      .badParameter, "uses: http.get\n    with: {url: a, follow_redirects: 1️⃣Off2️⃣}\n",
      "parameter 'follow_redirects': expected true or false, found a string 'Off'", "did you mean 'false'?"),
    .task(
      .badParameter, "uses: http.get\n    with: {url: a, expect_status: [200, 1️⃣992️⃣]}\n",
      "parameter 'expect_status[1]': expected an integer from 100 to 599, found an integer '99'"),
    .task(
      .badParameter, "uses: http.get\n    with: {url: a, pause: 1️⃣52️⃣}\n",
      "parameter 'pause': expected \(duration), found an integer '5'",
      "a unit is required: did you mean '5s'?"),
    .task(
      .badParameter, "uses: http.get\n    with: {url: a, pause: 1️⃣2m102️⃣}\n",
      "parameter 'pause': expected \(duration), found a string '2m10'",
      "a unit is required: did you mean '2m10s'?"),
    .task(
      .badParameter, "uses: http.get\n    with: {url: a, method: 1️⃣get2️⃣}\n",
      "parameter 'method': expected one of GET, HEAD, found a string 'get'", "did you mean 'GET'?"),
    .task(.emptyCommand, "run: 1️⃣[]2️⃣\n", "'run' is an empty list", "name a program"),
    .task(.emptyCommand, "run: [1️⃣\"\"2️⃣, a]\n", "the program's name is empty", "name a program"),
    .task(.emptyCommand, "run: 1️⃣\"  \"2️⃣\n", "'run' is empty", "write a command"),
  ]

  static let items: [FaultCase] = [
    .task(
      .badRange, "run: [x]\n    foreach: {range: 1️⃣[1]2️⃣}\n",
      "expected two or three integers as 'range', found 1"),
    .task(
      .badRange, "run: [x]\n    foreach: {range: 1️⃣52️⃣}\n",
      "expected two or three integers as 'range', found text '5'"),
    .task(.badRange, "run: [x]\n    foreach: {range: [0, 5, 1️⃣02️⃣]}\n", "the step of a range cannot be 0"),
    .task(
      .badInteger, "run: [x]\n    foreach: {range: [0, 1️⃣0102️⃣]}\n",
      "expected an integer as a bound, found '010'", "did you mean '10'?"),
    .task(
      .badInteger, "run: [x]\n    foreach: {range: [0, 1️⃣0x102️⃣]}\n",
      "expected an integer as a bound, found '0x10'", "write a plain decimal integer, such as 10"),
    .task(
      .badInteger, "run: [x]\n    foreach: {range: [0, 1️⃣1_0002️⃣]}\n",
      "expected an integer as a bound, found '1_000'", "did you mean '1000'?"),
    .task(
      .badInteger, "run: [x]\n    foreach: {range: [0, 1️⃣1e32️⃣]}\n",
      "expected an integer as a bound, found '1e3'", "write a plain decimal integer, such as 10"),
    .task(
      .badInteger, "run: [x]\n    foreach: {range: [0, 1️⃣999999999999999999992️⃣]}\n",
      "expected an integer as a bound, found '99999999999999999999'"),
    .task(
      .tooManyInstances, "run: [x]\n    foreach: 1️⃣{range: [0, 1000000000]}2️⃣\n",
      "would create 1,000,000,000 task instances (limit 2,000,000)"),
    .task(
      .tooManyInstances,
      "run: [x]\n    foreach: 1️⃣{range: [-9223372036854775808, 9223372036854775807]}2️⃣\n",
      "would create 18,446,744,073,709,551,615 task instances (limit 2,000,000)"),
    .init(
      .tooManyInstances,
      "defaults: {kind: io, run: [x]}\ntasks:\n  a: {foreach: {range: [0, 1500000]}}\n  b: {foreach: 1️⃣{range: [500000, 0, -1]}2️⃣}\n  1️⃣c2️⃣: {}\n"
        .replacing("1️⃣{range", with: "{range").replacing("1]}2️⃣", with: "1]}"),
      "would create 2,000,001 task instances (limit 2,000,000)", "with these the limit is passed"),
    .task(
      .itemWithoutForeach, "run: [x, \"a 1️⃣{{ item }}2️⃣\"]\n", "'item' in task 't', which has no 'foreach'",
      "there is one only with 'foreach'"),
    .task(
      .itemWithoutForeach, "run: [x]\n    env: {A: '1️⃣{{ index }}2️⃣'}\n",
      "'index' in task 't', which has no 'foreach'", "there is one only with 'foreach'"),
    .task(
      .missingMember, "foreach: [{name: a}, 3️⃣{nam: b}]\n    run: [x, \"1️⃣{{ item.name }}2️⃣\"]\n",
      "'item.name' does not exist in item 1, which is a mapping", "did you mean 'nam'?"),
    .task(
      .missingMember, "foreach: {range: [0, 3]}\n    run: [x, \"1️⃣{{ item.a }}2️⃣\"]\n",
      "'item.a' does not exist: the items of a range are integers"),
  ]

  private static let poolSize =
    "the size of a pool (a number from 1, a part such as 50%, a difference such as +2, or auto)"
  private static let duration = "a duration such as 250ms, 5s or 1h30m"
  private static let size = "a size such as 65536, 64KiB or 1MiB"
}
