package import TaskrunAPI
package import TaskrunEngine
package import TaskrunManifest

/// What a command that has succeeded returns: its standard output, as the task's `outputs` says.
package struct CommandValue {
  private let stdout: CapturedOutput
  private let format: TaskDefinition.OutputFormat
  private let limitBytes: Int

  /// Takes what a command wrote.
  /// - Parameter limitBytes: how much of it could be kept.
  package init(of stdout: CapturedOutput, as format: TaskDefinition.OutputFormat, limitBytes: Int) {
    self.stdout = stdout
    self.format = format
    self.limitBytes = limitBytes
  }

  /// The value, or that there is none.
  package var result: AttemptOutcome.Result {
    switch format {
    case .text: .succeeded(.string(text))
    case .json: json
    }
  }

  private var text: String {
    var bytes = stdout.bytes
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  private var json: AttemptOutcome.Result {
    guard !stdout.isTruncated else {
      return Self.failure(
        "standard output is not read as JSON: its \(stdout.totalBytes) bytes are more than 'output_limit' (\(limitBytes))"
      )
    }
    if stdout.totalBytes == 0 { return Self.failure("standard output is not JSON: it is empty") }
    do throws(JSONError) {
      return .succeeded(try Value(json: stdout.head))
    } catch {
      let place = place(of: error.offset ?? stdout.head.count)
      return Self.failure(
        "standard output is not JSON: line \(place.line), column \(place.column): \(error.problem)")
    }
  }

  private static func failure(_ message: String) -> AttemptOutcome.Result {
    .failed(.error, ErrorDescription(type: "output", message: message))
  }

  /// The line and the column, in code points, from 1.
  private func place(of offset: Int) -> (line: Int, column: Int) {
    let before = stdout.head.prefix(offset)
    let newline = UInt8(ascii: "\n")
    let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    let isContinuation = { (byte: UInt8) in byte & 0xC0 == 0x80 }
    return (
      1 + before.count { $0 == newline }, 1 + before[start...].count { !isContinuation($0) }
    )
  }
}

extension JSONError {
  /// What is wrong, without where.
  fileprivate var problem: String {
    switch self {
    case .unexpected(_, let expected): "expected \(expected)"
    case .unexpectedEnd: "it ends in the middle of a value"
    case .tooDeep(let limit, _): "nesting deeper than \(limit)"
    case .duplicateKey(let key, _): "duplicate key '\(key)'"
    case .numberOutOfRange: "number out of range"
    case .invalidUTF8: "not valid UTF-8"
    }
  }
}
