package import TaskrunAPI

extension ManifestRejected {
  /// All diagnostics as one JSON value: `{"diagnostics": [...], "omitted": 0}`.
  ///
  /// `line` and `column` (code points) count from 1, `offset` and `length` are bytes.
  package var json: Value {
    .object([
      "diagnostics": .array(diagnostics.map { $0.json(files) }),
      "omitted": Value(omitted),
    ])
  }
}

extension Diagnostic {
  fileprivate func json(_ files: [SourceFile]) -> Value {
    var object: ValueObject = [
      "code": .string(code.rawValue), "severity": "error", "message": .string(message),
    ]
    for (key, value) in span.json(files) { object[key] = value }
    object["help"] = label.map { .string($0) } ?? .null
    object["notes"] = .array(notes.map { .string($0) })
    object["related"] = .array(
      secondary.map { label in
        var members: ValueObject = ["message": .string(label.text)]
        for (key, value) in label.span.json(files) { members[key] = value }
        return .object(members)
      })
    return .object(object)
  }
}

extension SourceSpan {
  fileprivate func json(_ files: [SourceFile]) -> [(String, Value)] {
    [
      ("file", .string(files[file].path)),
      ("line", Value(start.line)), ("column", Value(start.column)), ("offset", Value(start.offset)),
      ("length", Value(lengthBytes)),
    ]
  }
}
