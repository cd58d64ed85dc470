// The way back from the wire form (RunEvent+Encoding.swift) to events: for whoever reads a recorded stream.
//
// Fields that are not known are passed over, and so are events; a field that is not there reads as `null`, for an older
// stream has fewer of them.

extension RunEvent {
  /// Reads an event from the fields of its line.
  ///
  /// What is not on the wire gets a neutral value: the place of a record in the order of declaration, the number of failures that were allowed.
  /// - Returns: `nil` for an event of a name that this version does not know.
  /// - Throws: ``EventDecodingError``.
  public init?(wireFields fields: ValueObject) throws(EventDecodingError) {
    var reader = WireReader(fields)
    let schema = try reader.text("schema")
    guard schema == Self.wireSchema else { throw .unknownSchema(schema, known: Self.wireSchema) }
    let name = try reader.text("event")
    time = try reader.duration("time_seconds")
    switch name {
    case "run_started": kind = .runStarted(try RunStart(from: &reader))
    case "task_started": kind = .taskStarted(try TaskStart(from: &reader))
    case "task_finished": kind = .taskFinished(try TaskRecord(from: &reader))
    case "run_finished": kind = .runFinished(try RunEnd(from: &reader))
    default: return nil
    }
  }
}

/// Why the fields of a line are not those of an event.
public enum EventDecodingError: Error, Sendable, Hashable {
  /// The stream has a grammar that this version does not know.
  case unknownSchema(String, known: String)
  /// A field that every event of the kind has is not there, or is `null`.
  case missing(field: String)
  /// A field has a value of another type, or one that its type does not know.
  case unfit(field: String, expected: String, found: String)
}

extension EventDecodingError: CustomStringConvertible {
  /// The error in words.
  public var description: String {
    switch self {
    case .unknownSchema(let schema, let known): "schema '\(schema)' is not known; expected '\(known)'"
    case .missing(let field): "field '\(field)' is missing"
    case .unfit(let field, let expected, let found): "field '\(field)' is \(found); expected \(expected)"
    }
  }
}

extension RunStart {
  fileprivate init(from reader: inout WireReader) throws(EventDecodingError) {
    runID = try reader.text("run_id")
    manifest = try reader.text("manifest")
    let startedAt = try reader.text("started_at")
    guard let milliseconds = Self.milliseconds(ofText: startedAt) else {
      throw .unfit(
        field: "started_at", expected: "a time such as 2026-11-22T08:00:00.000Z", found: "'\(startedAt)'")
    }
    startedAtMilliseconds = milliseconds
    runnerPID = try reader.integer("runner_pid")
    var sizes = try reader.pools()
    poolSizes = PerKind(io: try sizes.io.integer("size"), cpu: try sizes.cpu.integer("size"))
    total = try reader.optionalInteger("total")
  }
}

extension TaskStart {
  fileprivate init(from reader: inout WireReader) throws(EventDecodingError) {
    id = try reader.text("id")
    task = try reader.text("task")
    kind = try reader.word("kind")
    attempt = try reader.integer("attempt")
    slot = try reader.integer("slot")
  }
}

extension RunEnd {
  fileprivate init(from reader: inout WireReader) throws(EventDecodingError) {
    duration = try reader.duration("duration_seconds")
    var uses = try reader.pools()
    pools = PerKind(io: try PoolUse(from: &uses.io), cpu: try PoolUse(from: &uses.cpu))
    guard var fields = try reader.object("summary") else { throw .missing(field: "summary") }
    var counts: [TaskStatus: Int] = [:]
    for status in TaskStatus.allCases { counts[status] = try fields.integer(status.rawValue) }
    summary = RunSummary(counts: counts)
    exitCode = try reader.integer("exit_code")
  }
}

extension PoolUse {
  fileprivate init(from reader: inout WireReader) throws(EventDecodingError) {
    executor = try reader.word("executor")
    size = try reader.integer("size")
    peak = try reader.integer("peak")
  }
}

extension TaskRecord {
  fileprivate init(from reader: inout WireReader) throws(EventDecodingError) {
    let id = try reader.text("id")
    let task = try reader.text("task")
    let index = try reader.optionalInteger("index")
    let item = reader.value("item")
    self.init(
      id: id, task: task, index: index, item: item, kind: try reader.word("kind"),
      status: try reader.word("status"), reason: try reader.optionalWord("reason"))
    isAllowedFailure = try reader.optionalFlag("allowed_failure") ?? false
    completed = try reader.integer("completed")
    queued = try reader.duration("queued_seconds")
    started = try reader.optionalDuration("started_seconds")
    duration = try reader.optionalDuration("duration_seconds")
    executor = try reader.optionalWord("executor")
    pid = try reader.optionalInteger("pid")
    slot = try reader.optionalInteger("slot")
    for var attempt in try reader.objects("attempts") { attempts.append(try AttemptRecord(from: &attempt)) }
    exitCode = try reader.optionalInteger("exit_code")
    signal = try reader.optionalInteger("signal")
    value = reader.value("value").flatMap { $0 == .null ? nil : $0 }
    (stdout, stderr) = try reader.outputs()
    isMasked = try reader.optionalFlag("masked") ?? false
    if var fields = try reader.object("usage") {
      usage = ResourceUsage(
        user: try fields.duration("user_seconds"), system: try fields.duration("system_seconds"),
        maxRSSBytes: try fields.optionalInteger("max_rss_bytes"))
    }
    if var fields = try reader.object("error") {
      error = ErrorDescription(
        type: try fields.text("type"), message: try fields.text("message"),
        detail: try fields.optionalText("detail"))
    }
    fingerprint = try reader.optionalText("fingerprint")
  }
}

extension AttemptRecord {
  fileprivate init(from reader: inout WireReader) throws(EventDecodingError) {
    attempt = try reader.integer("attempt")
    status = try reader.word("status")
    reason = try reader.optionalWord("reason")
    exitCode = try reader.optionalInteger("exit_code")
    signal = try reader.optionalInteger("signal")
    started = try reader.optionalDuration("started_seconds")
    duration = try reader.optionalDuration("duration_seconds")
    pid = try reader.optionalInteger("pid")
  }
}

extension WireReader {
  fileprivate mutating func pools() throws(EventDecodingError) -> PerKind<WireReader> {
    guard var fields = try object("pools") else { throw .missing(field: "pools") }
    guard let io = try fields.object(TaskKind.io.rawValue) else { throw .missing(field: "pools.io") }
    guard let cpu = try fields.object(TaskKind.cpu.rawValue) else { throw .missing(field: "pools.cpu") }
    return PerKind(io: io, cpu: cpu)
  }

  fileprivate mutating func outputs() throws(EventDecodingError) -> (CapturedOutput, CapturedOutput) {
    let stdout = (text: try text("stdout"), bytes: try optionalBase64("stdout_base64"))
    let stderr = (text: try text("stderr"), bytes: try optionalBase64("stderr_base64"))
    let (stdoutBytes, stderrBytes) = (try integer("stdout_bytes"), try integer("stderr_bytes"))
    let isTruncated = try optionalFlag("truncated") ?? false
    return (
      CapturedOutput(
        wireText: stdout.text, bytes: stdout.bytes, totalBytes: stdoutBytes, mayBeTruncated: isTruncated),
      CapturedOutput(
        wireText: stderr.text, bytes: stderr.bytes, totalBytes: stderrBytes, mayBeTruncated: isTruncated)
    )
  }
}
