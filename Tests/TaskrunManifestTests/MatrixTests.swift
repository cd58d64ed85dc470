import TaskrunAPI
import TaskrunManifest
import Testing

@Suite struct MatrixTests {
  private func combinations(_ matrix: String) throws -> [String: Value] {
    Dictionary(uniqueKeysWithValues: try list(matrix).map { ($0.label, .object($0.members)) })
  }

  private func list(_ matrix: String) throws -> [Matrix.Combination] {
    let source = "tasks: {t: {kind: io, run: [x], matrix: \(matrix)}}\n"
    guard case .matrix(let matrix)? = try load(source).tasks[0].items else { return [] }
    return matrix.combinations
  }

  @Test func theLastAxisChangesFastest() throws {
    let combinations = try list("{os: [a, b], size: [1, 2.5, {k: v}]}")
    #expect(
      combinations.map(\.label) == ["a,1", "a,2.5", #"a,{"k":"v"}"#, "b,1", "b,2.5", #"b,{"k":"v"}"#])
    #expect(combinations[2].members == ["os": "a", "size": ["k": "v"]])
  }

  @Test func excludeTakesOutWhatMatchesAllOfItsMembers() throws {
    let matrix = "{os: [a, b], n: [1, 2], c: [x, y], exclude: [{os: a, c: x}, {n: 2, c: y, os: b}]}"
    #expect(try list(matrix).map(\.label) == ["a,1,y", "a,2,y", "b,1,x", "b,1,y", "b,2,x"])
  }

  /// The example in the documentation of GitHub Actions, entry by entry.
  @Test func includeExtendsOrAdds() throws {
    let matrix = """
      {fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, \
      {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}
      """
    #expect(
      try combinations(matrix) == [
        "apple,cat": ["fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"],
        "apple,dog": ["fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"],
        "pear,cat": ["fruit": "pear", "animal": "cat", "color": "pink"],
        "pear,dog": ["fruit": "pear", "animal": "dog", "color": "green"],
        "banana": ["fruit": "banana"], "banana,cat": ["fruit": "banana", "animal": "cat"],
      ])
    #expect(try list(matrix).map(\.label).suffix(2) == ["banana", "banana,cat"])
  }

  @Test func includeBringsBackWhatIsExcluded() throws {
    let matrix = "{a: [1, 2], b: [1, 2], exclude: [{a: 1}], include: [{a: 1, b: 2, c: 3}]}"
    #expect(try list(matrix).map(\.label) == ["2,1", "2,2", "1,2,3"])
  }

  @Test func includeAloneIsAList() throws {
    #expect(try list("{include: [{os: a, n: 1}, {os: b}]}").map(\.label) == ["a,1", "b"])
  }

  @Test func everythingMayBeExcluded() throws {
    #expect(try list("{a: [1, 2], exclude: [{a: 1}, {a: 2}]}").isEmpty)
  }

  @Test func bracesAreData() throws {
    #expect(try list("{a: ['{{ vars.x }}']}").map(\.label) == ["{{ vars.x }}"])
  }

  @Test func templatesReadMembers() throws {
    let source = """
      tasks:
        t:
          kind: io
          matrix: {os: [a], include: [{os: b, deb: {v: 7}}]}
          run: [x, "{{ matrix.os }}{{ index }}", "{{ matrix.deb.v | default: 'none' }}", "{{ matrix | json }}"]

      """
    let with = TemplateValue.object(try load(source).tasks[0].with)
    #expect(
      try with.evaluate(in: TemplateScope(index: 0, matrix: ["os": "a"])) == [
        "argv": ["x", "a0", "none", #"{"os":"a"}"#]
      ])
    #expect(
      try with.evaluate(in: TemplateScope(index: 1, matrix: ["os": "b", "deb": ["v": 7]])) == [
        "argv": ["x", "b1", "7", #"{"os":"b","deb":{"v":7}}"#]
      ])
  }

  @Test func shellTextReadsMembersAsVariables() {
    let variables = itemEnvironment(item: nil, index: 2, matrix: ["os": "a b", "n": [1], "a-b": 1])
    #expect(variables.map { "\($0)=\($1)" } == ["index=2", "matrix_os=a b", "matrix_n=[1]"])
  }

  @Test func aTasksOwnKeyReplacesTheOtherOneOfDefaults() throws {
    let source = """
      defaults: {kind: io, run: [x], matrix: {a: [1, 2]}}
      tasks: {a: {}, b: {foreach: [1]}, c: {matrix: {b: [3]}}}

      """
    let counts = try load(source).tasks.map { $0.items?.instanceCount }
    #expect(counts == [2, 1, 1])
    let items = "defaults: {kind: io, run: [x], foreach: [1, 2, 3]}\ntasks: {a: {matrix: {a: [1, 2]}}}\n"
    #expect(try load(items).tasks[0].items?.instanceCount == 2)
  }

  @Test func combinationsCountAsInstances() {
    let axis = "[" + (0..<1000).map { "\($0)" }.joined(separator: ", ") + "]"
    let source = """
      defaults: {kind: io, run: [x]}
      tasks:
        a: {foreach: {range: [0, 1500000]}}
        b: {matrix: {x: \(axis), y: \(axis)}}

      """
    let rejected = rejection(of: source)
    #expect(
      rejected.diagnostics.map(\.message) == ["would create 2,500,000 task instances (limit 2,000,000)"])
    #expect(rejected.diagnostics.first?.span.start.line == 4)
  }

  @Test func entriesThatAreTooMuchWorkAreRefused() {
    let members = (0..<5000).map { "k\($0): 1" }.joined(separator: ", ")
    let source = "tasks: {t: {kind: io, run: [x], matrix: {x: [1, 2], include: [{\(members)}]}}}\n"
    #expect(
      rejection(of: source).diagnostics.map(\.message) == [
        "the entries of 'include' and 'exclude' are too many for this matrix"
      ])
  }
}
