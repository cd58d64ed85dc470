import TaskrunAPI
import TaskrunManifest
import Testing

/// `retry`, `allow_failure`, `limits`, `cpus` and `outputs`.
@Suite struct PolicyTests {
  private func task(_ keys: String, limits: String = "{}") throws -> TaskDefinition {
    try load("limits: \(limits)\ntasks: {t: {kind: io, run: [x], \(keys)}}\n").tasks[0]
  }

  @Test func aTaskWithoutThemHasOneAttemptOneSlotAndText() throws {
    let task = try task("")
    #expect(task.retry == nil && task.allowedFailure == nil && task.limits.isEmpty)
    #expect(task.cpus == 1 && task.outputs == .text)
  }

  @Test func retryIsANumberOrAMapping() throws {
    #expect(try task("retry: 3").retry == RetryPolicy(maximum: 3))
    #expect(try task("retry: 0").retry == nil)
    #expect(try task("retry: {max: 0, delay: 1s}").retry == nil)
    #expect(try task("retry: {max: 1}").retry == RetryPolicy(maximum: 1))
    let keys = "max: 5, delay: 500ms, backoff: 1.5, max_delay: 10s, jitter: 0.2, exit_codes: [2, 75], x-y: 1"
    var policy = RetryPolicy(maximum: 5)
    policy.delay = .milliseconds(500)
    policy.backoff = 1.5
    policy.maximumDelay = .seconds(10)
    policy.jitter = 0.2
    policy.exitCodes = [2, 75]
    #expect(try task("retry: {\(keys)}").retry == policy)
  }

  @Test("the bounds of decimal numbers belong to them", arguments: ["1", "1000", "'2'", "2.0", "1e2"])
  func backoff(text: String) throws {
    let expected = Double(text.replacing("'", with: ""))
    #expect(try task("retry: {max: 1, backoff: \(text)}").retry?.backoff == expected)
  }

  @Test(
    "failures are allowed altogether or by exit code",
    arguments: [
      ("true", .any), ("false", nil), ("{exit_codes: [2, 3]}", .exitCodes([2, 3])),
      ("{exit_codes: 255}", .exitCodes([255])),
    ] as [(String, TaskDefinition.AllowedFailure?)])
  func allowedFailure(text: String, expected: TaskDefinition.AllowedFailure?) throws {
    #expect(try task("allow_failure: \(text)").allowedFailure == expected)
  }

  @Test func aTasksOwnValueSwitchesOffThatOfDefaults() throws {
    let source = """
      limits: {db: 1}
      defaults: {kind: io, run: [x], retry: 3, allow_failure: true, limits: db, cpus: 4, outputs: json, if: always}
      tasks:
        a: {}
        b: {retry: 0, allow_failure: false, limits: [], cpus: 1, outputs: text, if: success}
        c: {uses: http.get, with: {url: x}}
        d: {uses: any.command}

      """
    let tasks = try load(source).tasks
    #expect(tasks.map { $0.retry?.maximum } == [3, nil, 3, 3])
    #expect(tasks.map(\.allowedFailure) == [.any, nil, .any, .any])
    #expect(tasks.map(\.limits) == [[0], [], [0], [0]] && tasks.map(\.cpus) == [4, 1, 4, 4])
    #expect(tasks.map(\.condition) == [.always, .success, .always, .always])
    // A function has a value of its own, whatever `defaults` say about commands.
    #expect(tasks.map(\.outputs) == [.json, .text, .text, .json])
  }

  @Test func limitsStandInTheOrderOfTheFile() throws {
    let manifest = try load("limits: {db: 2, 'the web': 1}\n" + FaultCase.good)
    #expect(manifest.limits == [Limit(name: "db", count: 2), Limit(name: "the web", count: 1)])
    #expect(try task("limits: ['the web', db]", limits: "{db: 2, 'the web': 1}").limits == [1, 0])
    #expect(try task("limits: db", limits: "{db: 1000000}").limits == [0])
  }

  @Test(arguments: [1, 10_000]) func cpusAreANumber(of slots: Int) throws {
    #expect(try task("cpus: \(slots)").cpus == slots)
  }

  @Test(arguments: TaskDefinition.OutputFormat.allCases)
  func outputsHaveAFormat(_ format: TaskDefinition.OutputFormat) throws {
    #expect(try task("outputs: \(format.rawValue)").outputs == format)
  }
}
