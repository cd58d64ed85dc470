import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// Templates are filled when an instance starts; one that cannot be filled costs that instance and no other.
@Suite struct TemplateTests {
  @Test func anInstanceWhoseTemplateCannotBeFilledIsNotStarted() throws {
    let manifest = try load(
      """
      tasks:
        a: {kind: io, foreach: [[1], 2, [3]], uses: do.it, with: {value: "{{ item | join: ',' }}"}}
        b: {kind: cpu, uses: do.it}
      """)
    var drill = Drill(try Plan(manifest), io: 1, cpu: 1)
    #expect(drill.running == ["a[0]", "b"])
    drill.finish("a[0]")
    // a[1] did not hold its slot.
    #expect(drill.running == ["b", "a[2]"])
    drill.finish("a[2]")
    drill.finish("b")
    #expect(drill.verdicts == ["a[0] succeeded", "a[1] failed not_started", "a[2] succeeded", "b succeeded"])
    #expect(
      drill.records[1].error
        == ErrorDescription(
          type: "template", message: "'{{ item | join: ',' }}': 'join' needs a list, found an integer"))
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }

  @Test func suchAnInstanceIsAFailureForFailFast() throws {
    let manifest = try load(
      """
      tasks:
        a: {kind: io, foreach: [1, [2], [3]], uses: do.it, with: {value: "{{ item | join: ',' }}"}}
      """)
    let drill = Drill(try Plan(manifest), policy: RunPolicy(maximumFailures: 1))
    #expect(
      drill.verdicts == ["a[0] failed not_started", "a[1] cancelled fail_fast", "a[2] cancelled fail_fast"])
    #expect(drill.end?.exitCode == 1)
    #expect(drill.fault == nil)
  }

  @Test func manyOfThemMakeNoLongStep() throws {
    let manifest = try load(
      """
      tasks:
        a: {kind: io, foreach: {range: [0, 20000]}, uses: do.it, with: {value: "{{ env.NO_SUCH }}"}}
      """)
    var scheduler = Scheduler(try Plan(manifest), context: .sample(), poolSizes: PerKind(io: 4, cpu: 4))
    var largest = 0
    var failed = 0
    while !scheduler.isFinished {
      let actions = scheduler.advance(to: .zero)
      largest = max(largest, actions.count)
      failed += actions.compactMap(\.finished).filter { $0.verdict.hasSuffix(" failed not_started") }.count
    }
    #expect(failed == 20_000)
    #expect(largest <= 300)
  }

  @Test func anAttemptHasEverythingFilledIn() throws {
    let manifest = try load(
      """
      vars: {site: example.org}
      tasks:
        a:
          kind: io
          foreach: [{n: 7, name: x}]
          uses: do.it
          with: {value: {list: ["{{ item.n }}", "{{ index }}-{{ vars.site }}"]}}
          env: {WHO: "{{ item.name }}", HOME_WAS: "{{ env.HOME }}"}
          dir: "sub/{{ item.name }}"
          stdin: "{{ item | json }}"
          output_limit: 4KiB
      """)
    let drill = Drill(
      try Plan(manifest), context: .sample(vars: manifest.vars, environment: ["HOME": "/home/u"]))
    let attempt = try #require(drill.attempts[AttemptID(0)])
    #expect(attempt.parameters == ["value": ["list": [7, "0-example.org"]]])
    #expect(attempt.directory == "/base/sub/x")
    #expect(attempt.input == #"{"n":7,"name":"x"}"#)
    #expect(attempt.outputLimitBytes == 4096)
    #expect(
      attempt.environment.map { "\($0.name)=\($0.value)" } == [
        "WHO=x", "HOME_WAS=/home/u", "TASKRUN_TASK=a[0]", "TASKRUN_RUN_ID=run-1", "TASKRUN_ATTEMPT=1",
        "TASKRUN_KIND=io", "TASKRUN_SLOT=0",
      ])
  }

  @Test func anAbsoluteFolderIsTakenAsItIs() throws {
    let manifest = try load("tasks: {a: {kind: io, uses: do.it, dir: /srv}, b: {kind: io, uses: do.it}}")
    let drill = Drill(try Plan(manifest))
    #expect(drill.attempts[AttemptID(0)]?.directory == "/srv")
    #expect(drill.attempts[AttemptID(1)]?.directory == "/base")
    #expect(drill.attempts[AttemptID(1)]?.input == nil)
    #expect(drill.attempts[AttemptID(1)]?.outputLimitBytes == 1 << 20)
  }

  @Test func shellTextGetsItsDataAsVariables() throws {
    let manifest = try load(
      """
      tasks:
        text: {kind: io, foreach: [{k: "a b", "1": no}], run: 'echo "$item_k"'}
        list: {kind: io, foreach: [x], run: [echo, "{{ item }}"]}
      """)
    let drill = Drill(try Plan(manifest))
    let text = try #require(drill.attempts[AttemptID(0)]).environment.map { "\($0.name)=\($0.value)" }
    #expect(text.prefix(3) == [#"item={"k":"a b","1":"no"}"#, "index=0", "item_k=a b"])
    let list = try #require(drill.attempts[AttemptID(1)]).environment.map(\.name)
    #expect(list == ["TASKRUN_TASK", "TASKRUN_RUN_ID", "TASKRUN_ATTEMPT", "TASKRUN_KIND", "TASKRUN_SLOT"])
  }

  @Test func cpuTasksGetOneThreadUnlessTheUserSaysOtherwise() throws {
    let manifest = try load("tasks: {a: {kind: cpu, uses: do.it, env: {GOMAXPROCS: '3'}}}")
    let drill = Drill(try Plan(manifest), context: .sample(environment: ["OMP_NUM_THREADS": "4"]))
    let variables = try #require(drill.attempts[AttemptID(0)]).environment
    #expect(!variables.contains { $0.name == "OMP_NUM_THREADS" })
    #expect(variables.contains { $0 == ("MKL_NUM_THREADS", "1") })
    // Later ones win.
    #expect(variables.last { $0.name == "GOMAXPROCS" }?.value == "3")
  }
}
