/// One line of a manifest, cut to what a person can read, with the place that a diagnostic points at.
struct SourceLine {
  /// The line as a terminal shows it.
  let text: String
  /// How many columns stand before the carets.
  let caretStart: Int
  /// How many carets there are, at least 1.
  let caretCount: Int

  /// How much of a line is shown, in bytes before and behind the place it is shown for.
  private static let reachBefore = 60
  private static let reachBehind = 80

  /// Reads the line around a span. A span of several lines is cut to its first.
  init(_ span: SourceSpan, in source: [UInt8]) {
    let place = min(span.start.offset, source.count)
    let (start, isCutBefore) = Self.start(of: place, in: source)
    let (end, isCutBehind) = Self.end(of: place, in: source)
    let stop = min(max(span.end.offset, place), end)
    var display = DisplayText()
    if isCutBefore { display.append("…") }
    display.append(String(decoding: source[start..<place], as: UTF8.self))
    let caretStart = display.width
    display.append(String(decoding: source[place..<stop], as: UTF8.self))
    let caretEnd = display.width
    display.append(String(decoding: source[stop..<end], as: UTF8.self))
    if isCutBehind { display.append("…") }
    var text = display.text
    while text.last == " " { text.removeLast() }
    self.text = text
    self.caretStart = caretStart
    caretCount = max(1, caretEnd - caretStart)
  }

  private static func start(of place: Int, in source: [UInt8]) -> (Int, isCut: Bool) {
    // A line is cut only if it is long: up to 100 bytes its beginning is worth more than what is saved.
    var start = place
    while start > 0, place - start <= 100 {
      if isBreak(source[start - 1]) { return (start, false) }
      start -= 1
    }
    if start == 0 { return (source.starts(with: [0xEF, 0xBB, 0xBF]) ? min(3, place) : 0, false) }
    start = place - reachBefore
    while start < place, isContinuation(source[start]) { start += 1 }
    return (start, true)
  }

  private static func end(of place: Int, in source: [UInt8]) -> (Int, isCut: Bool) {
    var end = place
    while end < source.count, end - place <= reachBehind {
      if isBreak(source[end]) { return (end, false) }
      end += 1
    }
    if end == source.count { return (end, false) }
    while end > place, isContinuation(source[end]) { end -= 1 }
    return (end, true)
  }

  private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
