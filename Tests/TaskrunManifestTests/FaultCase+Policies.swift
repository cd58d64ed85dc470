import TaskrunManifest

extension FaultCase {
  /// A faulty key of a task that is good otherwise.
  private static func key(
    _ code: DiagnosticCode, _ line: String, _ message: String, _ label: String? = nil
  ) -> FaultCase {
    task(code, "run: [x]\n    \(line)\n", message, label)
  }

  static let policies: [FaultCase] = [
    key(.badInteger, "retry: 1️⃣-12️⃣", "expected an integer from 0 to 1000000 as 'retry', found '-1'"),
    key(
      .badInteger, "retry: 1️⃣yes2️⃣", "expected an integer from 0 to 1000000 as 'retry', found 'yes'",
      "write a plain decimal integer, such as 10"),
    key(
      .wrongShape, "retry: 1️⃣[3]2️⃣",
      "expected an integer or a mapping such as {max: 3, delay: 1s} as 'retry', found a list"),
    key(
      .badInteger, "retry: {max: 1️⃣10000012️⃣}",
      "expected an integer from 0 to 1000000 as 'max' of 'retry', found '1000001'"),
    key(
      .missingKey, "retry: 1️⃣{delay: 1s}2️⃣", "'retry' has no 'max'",
      "add 'max': the number of further attempts"),
    key(.unknownKey, "retry: {1️⃣mx2️⃣: 3}", "unknown key 'mx' in 'retry'", "did you mean 'max'?"),
    key(
      .unknownKey, "retry: {max: 3, 1️⃣maxdelay2️⃣: 3s}", "unknown key 'maxdelay' in 'retry'",
      "did you mean 'max_delay'?"),
    key(
      .badDuration, "retry: {max: 1, delay: 1️⃣52️⃣}",
      "expected a duration such as 250ms, 5s or 1h30m as 'delay' of 'retry', found '5'",
      "a unit is required: did you mean '5s'?"),
    key(
      .badDuration, "retry: {max: 1, max_delay: 1️⃣0s2️⃣}", "expected more than 0 as 'max_delay' of 'retry'"),
    key(
      .badDecimal, "retry: {max: 1, backoff: 1️⃣0.52️⃣}",
      "expected a number from 1.0 to 1000.0 as 'backoff' of 'retry', found '0.5'"),
    key(
      .badDecimal, "retry: {max: 1, jitter: 1️⃣20%2️⃣}",
      "expected a number from 0.0 to 1.0 as 'jitter' of 'retry', found '20%'"),
    key(
      .badInteger, "retry: {max: 1, exit_codes: [2, 1️⃣02️⃣]}",
      "expected an integer from 1 to 255 as an element of 'exit_codes' of 'retry', found '0'"),
    key(
      .badChoice, "allow_failure: 1️⃣yes2️⃣",
      "expected true, false or a mapping such as {exit_codes: [2]} as 'allow_failure', found 'yes'",
      "did you mean 'true'?"),
    key(
      .missingKey, "allow_failure: 1️⃣{}2️⃣", "'allow_failure' has no 'exit_codes'",
      "add 'exit_codes', or write 'allow_failure: true'"),
    key(
      .unknownKey, "allow_failure: {1️⃣exit_code2️⃣: 3}", "unknown key 'exit_code' in 'allow_failure'",
      "did you mean 'exit_codes'?"),
    key(
      .badInteger, "allow_failure: {exit_codes: 1️⃣2562️⃣}",
      "expected an integer from 1 to 255 as 'exit_codes' of 'allow_failure', found '256'"),
    key(.badInteger, "cpus: 1️⃣02️⃣", "expected an integer from 1 to 10000 as 'cpus', found '0'"),
    key(
      .badInteger, "cpus: 1️⃣1.52️⃣", "expected an integer from 1 to 10000 as 'cpus', found '1.5'",
      "write a plain decimal integer, such as 10"),
    key(
      .badChoice, "outputs: 1️⃣jsn2️⃣", "expected text or json as 'outputs', found 'jsn'", "did you mean 'json'?"),
    .task(
      .outputsWithoutCommand, "uses: http.get\n    with: {url: x}\n    outputs: 1️⃣json2️⃣\n",
      "'outputs' has no meaning with 'uses: http.get'",
      "remove it: this task type returns a value of its own"),
    .init(
      .unknownLimit, "limits: {db: 1}\ntasks: {t: {kind: io, run: [x], limits: [1️⃣dd2️⃣]}}\n",
      "unknown limit 'dd'", "did you mean 'db'?"),
    key(.unknownLimit, "limits: 1️⃣db2️⃣", "unknown limit 'db'"),
    .init(
      .repeatedName, "limits: {db: 1}\ntasks: {t: {kind: io, run: [x], limits: [3️⃣db, 1️⃣db2️⃣]}}\n",
      "'db' stands twice in 'limits'", "remove it"),
    .init(
      .badInteger, "limits: {db: 1️⃣02️⃣}\ntasks: {t: {kind: io, run: [x], limits: db}}\n",
      "expected an integer from 1 to 1000000 as limit 'db', found '0'"),
    .init(.wrongShape, "limits: 1️⃣[db]2️⃣\n\(good)", "expected a mapping as 'limits', found a list"),
  ]

  static let matrices: [FaultCase] = [
    .task(
      .twoItemSources, "run: [x, '{{ item }}{{ matrix.a }}']\n    3️⃣foreach: [1]\n    1️⃣matrix2️⃣: {a: [1]}\n",
      "task 't' has both 'foreach' and 'matrix'", "keep one of them"),
    key(.badMatrix, "1️⃣matrix2️⃣: {}", "'matrix' has no axis", "add one, such as 'size: [1, 2]'"),
    key(.badMatrix, "matrix: {a: 1️⃣[]2️⃣}", "axis 'a' has no values", "add one"),
    key(.wrongShape, "matrix: {a: 1️⃣12️⃣}", "expected a list of values as axis 'a', found text '1'"),
    key(.wrongShape, "matrix: 1️⃣[a]2️⃣", "expected a mapping as 'matrix', found a list"),
    key(
      .wrongShape, "matrix: {a: [1], include: 1️⃣{b: 1}2️⃣}",
      "expected a list of mappings as 'include', found a mapping"),
    key(
      .wrongShape, "matrix: {a: [1], include: [1️⃣b2️⃣]}",
      "expected a mapping as an element of 'include', found text 'b'"),
    key(.badMatrix, "matrix: {a: [1], exclude: [1️⃣{}2️⃣]}", "an element of 'exclude' is empty", "remove it"),
    key(
      .badMatrix, "matrix: {os: [linux, mac], exclude: [{os: 1️⃣linus2️⃣}]}",
      "'exclude' matches nothing: axis 'os' has no value 'linus'", "did you mean 'linux'?"),
    key(
      .badMatrix, "matrix: {n: [1, 2], exclude: [{n: 1️⃣'1'2️⃣}]}",
      "'exclude' matches nothing: axis 'n' has no value '1'", "the axis has an integer, this is a string"),
    key(
      .unknownKey, "matrix: {size: [1], exclude: [{1️⃣sizes2️⃣: 1}]}", "unknown axis 'sizes' in 'exclude'",
      "did you mean 'size'?"),
    key(
      .repeatedCombination, "matrix: {a: [3️⃣1, 2, 1️⃣'1'2️⃣]}", "'1' stands twice in axis 'a'", "remove it"),
    key(
      .repeatedCombination, "1️⃣matrix2️⃣: {a: ['x', 'x,y'], b: ['y,z', z]}",
      "two combinations of 'matrix' are called 'x,y,z'", "what their values make up must differ"),
    key(
      .repeatedCombination, "1️⃣matrix2️⃣: {a: [x], include: [{b: 2}, {a: y, c: 1}, {a: y, d: 1}]}",
      "two combinations of 'matrix' are called 'y,1'", "what their values make up must differ"),
    .task(
      .missingMember, "matrix: {os: [a, b]}\n    run: [x, '1️⃣{{ matrix.so }}2️⃣']\n",
      "'matrix.so' does not exist in combination 'a'", "did you mean 'os'?"),
    .task(
      .missingMember,
      "matrix: {os: [a, b], include: [{os: a, deb: 1}]}\n    run: [x, '1️⃣{{ matrix.deb }}2️⃣']\n",
      "'matrix.deb' does not exist in combination 'b'"),
    key(
      .matrixWithoutMatrix, "stdin: '1️⃣{{ matrix.os }}2️⃣'", "'matrix' in task 't', which has no 'matrix'",
      "there is one only with 'matrix'"),
    .task(
      .matrixWithoutMatrix, "run: [x, '1️⃣{{ matrix.os }}2️⃣']\n    foreach: [1]\n",
      "'matrix' in task 't', which has no 'matrix'", "read 'item' instead"),
    .task(
      .itemWithoutForeach, "run: [x, '1️⃣{{ item }}2️⃣']\n    matrix: {a: [1]}\n",
      "'item' in task 't', which has no 'foreach'", "read 'matrix.KEY' instead"),
    key(
      .templateInConstant, "matrix: {\"1️⃣{{2️⃣ vars.a }}\": [1]}", "templates are not allowed in keys",
      "this must be constant"),
    .task(
      .tooManyInstances, "run: [x]\n    1️⃣matrix2️⃣: {\(manyAxes)}\n",
      "would create 1,000,000,000,000 task instances (limit 2,000,000)"),
    .task(
      .templateInShell, "matrix: {os: [a]}\n    run: echo 1️⃣{{ matrix.os }}2️⃣\n",
      "templates are not allowed in shell text", "write \"$matrix_os\" instead"),
  ]

  /// Twelve axes of ten values.
  private static let manyAxes = (0..<12).map { "a\($0): [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" }.joined(
    separator: ", ")
}
