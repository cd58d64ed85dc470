package import TaskrunAPI
import TaskrunManifest

/// Replaces secrets in what reports show: everything that comes out of a run goes through it, and tasks among each
/// other still get the true values.
///
/// A value. It looks at every byte once, and behind the first bytes of a secret at those that follow.
package struct SecretMask: Sendable {
  /// What stands in a secret's place.
  package static let replacement = "***"
  /// Shorter values are not masked: they would be found in every other word.
  package static let minimumBytes = SecretValue.minimumBytes

  /// The forms of all secrets by their first four bytes.
  private var needles: [UInt32: [SecretForm]] = [:]
  /// Which pairs of bytes a form begins with: nearly every place of a text is left after this look.
  private var beginnings: [Bool]

  /// Makes a mask of the forms of some values.
  /// - Returns: `nil` if there is nothing to mask, so that runs without secrets do not pay for it.
  package init?(_ values: some Sequence<String>) {
    let forms = values.flatMap { SecretForms.all(of: $0) }
    guard !forms.isEmpty else { return nil }
    beginnings = [Bool](repeating: false, count: 1 << 16)
    for form in Set(forms) {
      needles[Self.key(form.bytes.prefix(4)), default: []].append(form)
      for second in [form.bytes[1]] + (form.isWrapped ? [0x0A, 0x0D] : []) {
        beginnings[Int(form.bytes[0]) << 8 | Int(second)] = true
      }
    }
  }

  private static func key(_ bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The bytes with every secret replaced; `nil` if there is none in them. Secrets that touch or overlap become one
  /// replacement.
  /// - Parameters:
  ///   - opensInGap: whether bytes before these are missing: what may be the end of a secret is masked too.
  ///   - endsInGap: the same for bytes behind them.
  package func masked(
    _ bytes: [UInt8], opensInGap: Bool = false, endsInGap: Bool = false
  ) -> [UInt8]? {
    var ranges = ranges(in: bytes)
    if opensInGap, let end = cutEnd(in: bytes) { ranges.insert(0..<end, at: 0) }
    if endsInGap, let start = cutStart(in: bytes) { ranges.append(start..<bytes.count) }
    guard !ranges.isEmpty else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var position = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > position {
      if position == 0 || range.lowerBound > position {
        result += bytes[position..<range.lowerBound]
        result += Self.replacement.utf8
      }
      position = range.upperBound
    }
    return result + bytes[position...]
  }

  private func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count >= Self.minimumBytes else { return [] }
    var ranges: [Range<Int>] = []
    bytes.withUnsafeBufferPointer { bytes in
      for start in 0...(bytes.count - Self.minimumBytes)
      where beginnings[Int(bytes[start]) << 8 | Int(bytes[start + 1])] {
        guard let end = longestForm(at: start, in: bytes) else { continue }
        if let last = ranges.last, last.upperBound >= start {
          ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, end)
        } else {
          ranges.append(start..<end)
        }
      }
    }
    return ranges
  }

  /// Where the longest form ends that begins at a position, with at least four bytes behind it.
  private func longestForm(at start: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    let rest = bytes[start...]
    let key = Self.key(rest.prefix(4))
    let wrappedKey = Self.key(rest.lazy.filter { !SecretForm.isBreak($0) }.prefix(4))
    let keys = key == wrappedKey ? [key] : [key, wrappedKey]
    return keys.flatMap { needles[$0] ?? [] }.compactMap { $0.end(from: start, in: bytes) }.max()
  }

  /// How many of the first bytes may be the end of a secret.
  private func cutEnd(in bytes: [UInt8]) -> Int? {
    let edges = edges(of: bytes, from: bytes.indices)
    return forms.compactMap { form in
      let edge = form.isWrapped ? edges.unbroken : edges.plain
      return form.cutLengths.first { edge.bytes.starts(with: form.bytes.suffix($0)) }
        .map { edge.places[$0 - 1] + 1 }
    }.max()
  }

  /// From where on the last bytes may be the beginning of a secret.
  private func cutStart(in bytes: [UInt8]) -> Int? {
    let edges = edges(of: bytes, from: bytes.indices.reversed())
    return forms.compactMap { form in
      let edge = form.isWrapped ? edges.unbroken : edges.plain
      return form.cutLengths.first { edge.bytes.starts(with: form.bytes.prefix($0).reversed()) }
        .map { edge.places[$0 - 1] }
    }.min()
  }

  /// As many bytes as the longest form has, and where they stand, with line breaks and without.
  private func edges(
    of bytes: [UInt8], from places: some Sequence<Int>
  ) -> (plain: (bytes: [UInt8], places: [Int]), unbroken: (bytes: [UInt8], places: [Int])) {
    let longest = forms.map(\.bytes.count).max() ?? 0
    let plain = Array(places.prefix(longest))
    let unbroken = Array(places.lazy.filter { !SecretForm.isBreak(bytes[$0]) }.prefix(longest))
    return ((plain.map { bytes[$0] }, plain), (unbroken.map { bytes[$0] }, unbroken))
  }

  private var forms: some Sequence<SecretForm> { needles.values.joined() }
}

extension SecretForm {
  /// How much may be left of it where it is cut in two, the most first.
  fileprivate var cutLengths: some Sequence<Int> {
    (SecretMask.minimumBytes..<max(SecretMask.minimumBytes, bytes.count)).reversed()
  }
}

extension SecretMask {
  /// The text with every secret replaced; `nil` if there is none in it.
  package func masked(_ text: String) -> String? {
    masked(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The value with every secret in its texts, keys and numbers replaced; `nil` if there is none in it.
  package func masked(_ value: Value) -> Value? {
    switch value {
    case .null, .bool: return nil
    case .string(let text): return masked(text).map { .string($0) }
    case .int, .double: return masked(value.jsonText).map { .string($0) }
    case .array(let elements):
      let parts = elements.map { masked($0) }
      guard parts.contains(where: { $0 != nil }) else { return nil }
      return .array(zip(elements, parts).map { $1 ?? $0 })
    case .object(let object):
      let parts = object.members.map { (key: masked($0.key), value: masked($0.value)) }
      guard parts.contains(where: { $0.key != nil || $0.value != nil }) else { return nil }
      return .object(
        ValueObject(
          zip(object.members, parts).map { .init(key: $1.key ?? $0.key, value: $1.value ?? $0.value) }))
    }
  }

  /// What was kept of a stream with every secret replaced, also one that the gap cuts in two; `nil` if there is none
  /// in it.
  package func masked(_ output: CapturedOutput) -> CapturedOutput? {
    guard output.isTruncated else {
      return masked(output.head + output.tail).map { output.replacing(head: $0, tail: []) }
    }
    let head = masked(output.head, endsInGap: true)
    let tail = masked(output.tail, opensInGap: true)
    if head == nil, tail == nil { return nil }
    return output.replacing(head: head ?? output.head, tail: tail ?? output.tail)
  }

  /// The event as reports may show it. A record in which something was replaced says so.
  package func masked(_ event: RunEvent) -> RunEvent {
    guard case .taskFinished(let record) = event.kind else { return event }
    return RunEvent(time: event.time, kind: .taskFinished(masked(record)))
  }

  /// The value of most commands is their output, and where that has a gap, the value has it too.
  private func maskedValue(of record: TaskRecord, _ stdout: CapturedOutput) -> Value? {
    guard record.stdout.isTruncated, case .string(let text)? = record.value else {
      return record.value.flatMap { masked($0) }
    }
    let original = record.stdout.text
    let hasLastNewline = original != text
    guard !hasLastNewline || original == text + "\n" else { return masked(text).map { .string($0) } }
    guard stdout != record.stdout else { return nil }
    return .string(hasLastNewline ? String(stdout.text.dropLast()) : stdout.text)
  }

  private func masked(_ record: TaskRecord) -> TaskRecord {
    var result = record
    if let stdout = masked(record.stdout) { result.stdout = stdout }
    if let stderr = masked(record.stderr) { result.stderr = stderr }
    if let value = maskedValue(of: record, result.stdout) { result.value = value }
    if let item = record.item.flatMap({ masked($0) }) { result.item = item }
    if let message = record.error.flatMap({ masked($0.message) }) { result.error?.message = message }
    if let detail = record.error?.detail.flatMap({ masked($0) }) { result.error?.detail = detail }
    result.isMasked = result != record
    return result
  }
}
