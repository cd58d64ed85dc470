// The wire form of events and records: the one place that knows the names of fields and their order.
//
// The Swift types above may be renamed without a user noticing; what is written here may only grow.
// docs/events.md is the written grammar, and a test compares the two.

extension RunEvent {
  /// What stands in `schema` of every event.
  public static let wireSchema = "taskrun.events/1"

  /// The event as one line of the stream shows it: `schema`, `event` and `time_seconds` first, then the
  /// fields of what happened.
  public var wireFields: ValueObject {
    let (name, fields) =
      switch kind {
      case .runStarted(let start): ("run_started", start.wireFields)
      case .taskStarted(let start): ("task_started", start.wireFields)
      case .taskFinished(let record): ("task_finished", record.wireFields)
      case .runFinished(let end): ("run_finished", end.wireFields)
      }
    let head: ValueObject = [
      "schema": .string(Self.wireSchema), "event": .string(name), "time_seconds": .seconds(time),
    ]
    return ValueObject(head.members + fields.members)
  }
}

extension RunStart {
  /// The fields of `run_started`, without those that every event has.
  public var wireFields: ValueObject {
    [
      "run_id": .string(runID), "manifest": .string(manifest), "started_at": .string(startedAtText),
      "runner_pid": Value(runnerPID), "pools": .pools { ["size": Value(poolSizes[$0])] },
      "total": .optional(total),
    ]
  }

  /// The wall clock at the start as ISO 8601 in UTC with milliseconds: `2026-11-22T08:00:00.000Z`.
  public var startedAtText: String { Self.text(ofMilliseconds: startedAtMilliseconds) }

  /// A moment, in milliseconds since 1970-01-01T00:00:00Z, in the form of ``startedAtText``.
  public static func text(ofMilliseconds milliseconds: Int) -> String {
    let day = (Double(milliseconds) / 86_400_000).rounded(.down)
    let rest = milliseconds - Int(day) * 86_400_000
    let (year, month, dayOfMonth) = civilDate(daysSince1970: Int(day))
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60)
    let (second, fraction) = (rest / 1000 % 60, rest % 1000)
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(dayOfMonth, 2) + "T"
      + padded(hour, 2) + ":" + padded(minute, 2) + ":" + padded(second, 2) + "."
      + padded(fraction, 3) + "Z"
  }

  /// The Gregorian date of a day, by counting years that begin in March, so that the leap day is the last
  /// one.
  private static func civilDate(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let sinceMarch0 = daysSince1970 + 719_468
    let era = (sinceMarch0 >= 0 ? sinceMarch0 : sinceMarch0 - 146_096) / 146_097
    let dayOfEra = sinceMarch0 - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  /// The milliseconds since 1970 that ``startedAtText`` shows; `nil` for a text of another form.
  static func milliseconds(ofText text: String) -> Int? {
    let digits = Array(text.utf8)
    let form = Array("0000-00-00T00:00:00.000Z".utf8)
    guard digits.count == form.count else { return nil }
    var fields = [0]
    for (digit, shape) in zip(digits, form) {
      if shape == UInt8(ascii: "0") {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int(digit - UInt8(ascii: "0"))
      } else {
        guard digit == shape else { return nil }
        fields.append(0)
      }
    }
    let seconds = (fields[3] * 60 + fields[4]) * 60 + fields[5]
    return daysSince1970(fields[0], fields[1], fields[2]) * 86_400_000 + seconds * 1000 + fields[6]
  }

  /// The way back from ``civilDate(daysSince1970:)``.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let yearFromMarch = month <= 2 ? year - 1 : year
    let era = (yearFromMarch >= 0 ? yearFromMarch : yearFromMarch - 399) / 400
    let yearOfEra = yearFromMarch - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

extension TaskStart {
  /// The fields of `task_started`, without those that every event has.
  public var wireFields: ValueObject {
    [
      "id": .string(id), "task": .string(task), "kind": .string(kind.rawValue), "attempt": Value(attempt),
      "slot": Value(slot),
    ]
  }
}

extension RunEnd {
  /// The fields of `run_finished`, without those that every event has; the last ones of a report.
  public var wireFields: ValueObject {
    [
      "duration_seconds": .seconds(duration),
      "pools": .pools { kind in
        let pool = pools[kind]
        return [
          "executor": .string(pool.executor.rawValue), "size": Value(pool.size), "peak": Value(pool.peak),
        ]
      },
      "summary": .object(summary.wireFields), "exit_code": Value(exitCode),
    ]
  }
}

extension RunSummary {
  /// The total, then the count of every status, also where it is 0.
  public var wireFields: ValueObject {
    var fields: ValueObject = ["total": Value(total)]
    for status in TaskStatus.allCases { fields[status.rawValue] = Value(self[status]) }
    return fields
  }
}

extension TaskRecord {
  /// The fields of `task_finished` without those that every event has: an element of a report's `tasks`.
  ///
  /// Every record has the same keys, `null` where there is nothing to say, with three exceptions: `index` and
  /// `item` belong to instances of `foreach` and `matrix`, `stdout_base64` and `stderr_base64` stand where the
  /// text alone would lose bytes, and `masked` where secrets were replaced.
  public var wireFields: ValueObject {
    var members: [ValueObject.Member] = []
    func add(_ key: String, _ value: Value) { members.append(.init(key: key, value: value)) }
    add("id", .string(id))
    add("task", .string(task))
    if index != nil || item != nil {
      add("index", .optional(index))
      add("item", item ?? .null)
    }
    add("kind", .string(kind.rawValue))
    add("status", .string(status.rawValue))
    add("reason", .optional(reason?.rawValue))
    add("allowed_failure", .bool(isAllowedFailure))
    add("completed", Value(completed))
    add("queued_seconds", .seconds(queued))
    add("started_seconds", .seconds(started))
    add("duration_seconds", .seconds(duration))
    add("executor", .optional(executor?.rawValue))
    add("pid", .optional(pid))
    add("slot", .optional(slot))
    add("attempts", .array(attempts.map { .object($0.wireFields) }))
    add("exit_code", .optional(exitCode))
    add("signal", .optional(signal))
    add("value", value ?? .null)
    members.append(contentsOf: stdout.wireText(named: "stdout"))
    members.append(contentsOf: stderr.wireText(named: "stderr"))
    add("stdout_bytes", Value(stdout.totalBytes))
    add("stderr_bytes", Value(stderr.totalBytes))
    add("truncated", .bool(stdout.isTruncated || stderr.isTruncated))
    if isMasked { add("masked", true) }
    add("usage", usage.map { .object($0.wireFields(during: duration)) } ?? .null)
    add("error", error.map { .object($0.wireFields) } ?? .null)
    add("fingerprint", .optional(fingerprint))
    return ValueObject(members)
  }
}

extension ErrorDescription {
  fileprivate var wireFields: ValueObject {
    let sentence: ValueObject = ["type": .string(type), "message": .string(message)]
    guard let detail else { return sentence }
    return ValueObject(sentence.members + [.init(key: "detail", value: .string(detail))])
  }
}

extension AttemptRecord {
  /// An element of a record's `attempts`.
  public var wireFields: ValueObject {
    [
      "attempt": Value(attempt), "status": .string(status.rawValue), "reason": .optional(reason?.rawValue),
      "exit_code": .optional(exitCode), "signal": .optional(signal), "started_seconds": .seconds(started),
      "duration_seconds": .seconds(duration), "pid": .optional(pid),
    ]
  }
}

extension ResourceUsage {
  /// `cpu_ratio` is processor time by elapsed time: 1 for one busy core. To thousandths; `null` where no
  /// time has passed.
  fileprivate func wireFields(during duration: Duration?) -> ValueObject {
    var ratio = Value.null
    if let elapsed = duration?.inSeconds, elapsed > 0 {
      ratio = .double(((user + system).inSeconds / elapsed * 1000).rounded() / 1000)
    }
    return [
      "user_seconds": .seconds(user), "system_seconds": .seconds(system),
      "max_rss_bytes": .optional(maxRSSBytes), "cpu_ratio": ratio,
    ]
  }
}

extension CapturedOutput {
  /// The text, and beside it the kept bytes (head and tail, without the line that tells of a gap) where the
  /// text does not say them exactly.
  fileprivate func wireText(named name: String) -> [ValueObject.Member] {
    let bytes = bytes
    if let text = String(validating: bytes, as: UTF8.self) { return [.init(key: name, value: .string(text))] }
    return [
      .init(key: name, value: .string(String(decoding: bytes, as: UTF8.self))),
      .init(key: name + "_base64", value: .string(Self.base64(head + tail))),
    ]
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
      for position in 0..<4 {
        text.append(
          position <= group.count ? alphabet[bits >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Value {
  fileprivate static func seconds(_ duration: Duration?) -> Value {
    duration.map { .double($0.inSeconds) } ?? .null
  }

  fileprivate static func optional(_ number: Int?) -> Value { number.map { Value($0) } ?? .null }

  fileprivate static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }

  /// One member for each pool, always in the same order.
  fileprivate static func pools(_ fields: (TaskKind) -> Value) -> Value {
    .object(ValueObject(TaskKind.allCases.map { ValueObject.Member(key: $0.rawValue, value: fields($0)) }))
  }
}
