import TaskrunAPI

extension SampleRun {
  /// A run with every status and every reason, values and outputs of all sorts, retries, an allowed failure.
  public static let everyStatus = SampleRun(
    name: "every status",
    records: successes + failures + interruptions + unstarted)

  /// A run whose names, values, outputs and messages try to break out of a report.
  public static let hostileText = SampleRun(
    name: "hostile text",
    manifest: "\u{1B}]0;owned\u{7}tasks.yaml",
    records: hostileStrings.enumerated().map { ordinal, text in
      var record = TaskRecord(
        id: "hostile[\(ordinal)]", task: "hostile", index: ordinal, item: .string(text), kind: .io,
        place: TaskPlace(task: ordinal), status: ordinal.isMultiple(of: 2) ? .failed : .succeeded,
        reason: ordinal.isMultiple(of: 2) ? .error : nil)
      record.ran(.thread, pid: 4711, slot: 0, started: .milliseconds(ordinal), duration: .milliseconds(1))
      record.value = [.string(text), ["\(text)": .string(text)]]
      record.stdout = CapturedOutput(head: Array(text.utf8) + [0xFF, 0xC3, 0x28, 0x00, 0x0A])
      record.stderr = CapturedOutput(head: [0xE2, 0x82], tail: [0xAC] + Array(text.utf8), totalBytes: 5000)
      if record.status == .failed { record.error = ErrorDescription(type: "hostile", message: text) }
      return record
    })

  private static let hostileStrings = [
    "\u{1B}[2J\u{1B}[31mred\u{1B}]0;title\u{7}", "a\u{0}b\u{8}\u{8}c\u{7F}", "\u{9B}31mC1\u{85}next",
    "\u{202E}txt.exe\u{2066}x\u{2069}\u{200F}", "line\u{2028}line\u{2029}line", "first\r\nsecond\rthird\n\n",
    "</script><script>alert(1)</script>", "]]>&#27;<![CDATA[", "\" onmouseover=\"x", "=cmd|' /C calc'!A0",
    "| a | b |\n|---|---|", "::error::owned", "not ok 1 - # SKIP", "\u{FEFF}\u{FFFE}\u{FFFF}\u{10FFFF}",
    "表形式の幅 👩‍👩‍👧 e\u{301}", String(repeating: "wide ", count: 60), "{\"id\": \"many[0]\"}", "\\u0000 \\", "",
  ]

  private static var successes: [TaskRecord] {
    var page = TaskRecord(
      id: "fetch[0]", task: "fetch", index: 0, item: "/", kind: .io, status: .succeeded)
    page.ran(.thread, pid: 4711, slot: 0, started: .milliseconds(4), duration: .milliseconds(201))
    page.value = ["url": "https://example.org/", "status": 200, "bytes": 1256]
    var sum = TaskRecord(
      id: "squares", task: "squares", kind: .cpu, place: TaskPlace(task: 1), status: .succeeded)
    sum.ran(.process, pid: 4713, slot: 0, started: .milliseconds(5), duration: .milliseconds(1520))
    sum.value = .int(333_332_833_333_500_000_000_000)
    sum.usage = ResourceUsage(user: .milliseconds(1490), system: .milliseconds(10), maxRSSBytes: 12_345_678)
    var command = TaskRecord(
      id: "count[a,1]", task: "count", index: 0, kind: .cpu, place: TaskPlace(task: 2), status: .succeeded)
    command.exitCode = 0
    command.ran(.process, pid: 4720, slot: 1, started: .milliseconds(205), duration: .microseconds(12_345))
    command.stdout = CapturedOutput(head: Array("reading\n  120 pages/0.html\n".utf8))
    command.value = "reading\n  120 pages/0.html"
    var quiet = TaskRecord(
      id: "mkdir", task: "mkdir", kind: .io, place: TaskPlace(task: 3), status: .succeeded)
    quiet.exitCode = 0
    quiet.ran(.thread, pid: 4721, slot: 1, started: .milliseconds(6), duration: .milliseconds(2))
    return [quiet, page, command, sum]
  }

  private static var failures: [TaskRecord] {
    var exit = TaskRecord(
      id: "report", task: "report", kind: .io, place: TaskPlace(task: 4), status: .failed, reason: .exit)
    exit.exitCode = 3
    exit.ran(.thread, pid: 4730, slot: 0, started: .milliseconds(1600), duration: .milliseconds(80))
    exit.ran(.thread, pid: 4731, slot: 0, started: .milliseconds(1700), duration: .milliseconds(90))
    exit.stderr = CapturedOutput(head: Array((1...14).map { "step \($0): gone\n" }.joined().utf8))
    var signal = TaskRecord(
      id: "crash", task: "crash", kind: .cpu, place: TaskPlace(task: 5), status: .failed, reason: .signal)
    signal.signal = 11
    signal.ran(.process, pid: 4732, slot: 1, started: .milliseconds(1600), duration: .milliseconds(250))
    signal.stdout = CapturedOutput(
      head: Array("step 1\n".utf8), tail: Array("step 9".utf8), totalBytes: 70_000)
    signal.isMasked = true
    var error = TaskRecord(
      id: "fetch[1]", task: "fetch", index: 1, item: "/docs", kind: .io, place: TaskPlace(task: 6),
      status: .failed,
      reason: .error)
    error.ran(.thread, pid: 4711, slot: 0, started: .milliseconds(1900), duration: .milliseconds(33))
    error.error = ErrorDescription(
      type: "http_status", message: "https://example.org/docs answered 404 where 200-299 was expected")
    error.isAllowedFailure = true
    var missing = TaskRecord(
      id: "lint", task: "lint", kind: .io, place: TaskPlace(task: 7), status: .failed, reason: .notStarted,
      queued: .seconds(2))
    missing.error = ErrorDescription(
      type: "not_found", message: "no such program: 'eslnt' (not in PATH)", detail: "PATH was /usr/bin:/bin")
    var lost = TaskRecord(
      id: "model", task: "model", kind: .cpu, place: TaskPlace(task: 8), status: .failed, reason: .workerLost)
    lost.ran(.process, pid: 4713, slot: 0, started: .seconds(2), duration: .milliseconds(700))
    lost.error = ErrorDescription(type: "worker_lost", message: "worker 4713 ended with signal 9")
    return [exit, signal, error, missing, lost]
  }

  private static var interruptions: [TaskRecord] {
    let endings: [(String, TaskStatus, TaskReason)] = [
      ("slow[0]", .timedOut, .timeout), ("slow[1]", .timedOut, .deadline), ("slow[2]", .cancelled, .failFast),
      ("slow[3]", .cancelled, .interrupted),
    ]
    return endings.enumerated().map { index, ending in
      var record = TaskRecord(
        id: ending.0, task: "slow", index: index, item: .null, kind: .cpu, place: TaskPlace(task: 9 + index),
        status: ending.1, reason: ending.2)
      record.signal = 15
      record.ran(
        .process, pid: 4740 + index, slot: index, started: .seconds(3), duration: .milliseconds(5000 + index))
      record.stderr = CapturedOutput(head: Array("waiting for \u{1B}[1mgodot\u{1B}[0m\r\n".utf8))
      return record
    }
  }

  private static var unstarted: [TaskRecord] {
    let endings: [(String, TaskReason, String)] = [
      ("publish", .dependency, "needs 'report', which failed"), ("cleanup", .condition, "if: failure"),
      ("download-everything-there-is", .resumed, ""),
    ]
    return endings.enumerated().map { index, ending in
      var record = TaskRecord(
        id: ending.0, task: ending.0, kind: .io, place: TaskPlace(task: 13 + index), status: .skipped,
        reason: ending.1,
        queued: .seconds(9))
      if !ending.2.isEmpty { record.error = ErrorDescription(type: ending.1.rawValue, message: ending.2) }
      return record
    }
  }
}
