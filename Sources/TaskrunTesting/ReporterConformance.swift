// The rules that any report format must keep, bundled or not, as a list of what is broken. It knows no test
// framework, so a plugin's tests use it with any: `#expect(ReporterConformance(MyFormat()).violations() ==
// [])`.

public import TaskrunAPI

/// Feeds fixed runs into a report format and checks what every format has to do.
public struct ReporterConformance: Sendable {
  private let format: any ReportFormat
  private let finalIDs: (@Sendable (String) throws -> [String])?

  /// Makes a check.
  /// - Parameters:
  ///   - format: what is checked.
  ///   - finalIDs: reads a whole report back and returns the ids of all final records in it; with it the
  ///     check is that each id stands there exactly once, without it that each occurs at all.
  public init(_ format: any ReportFormat, finalIDs: (@Sendable (String) throws -> [String])? = nil) {
    self.format = format
    self.finalIDs = finalIDs
  }

  /// One broken rule.
  public struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// Which rule.
    public var rule: Rule
    /// Where it was broken: the run, the options, what came out.
    public var detail: String

    /// The rule in words, then the place.
    public var description: String { "\(rule.rawValue): \(detail)" }
  }

  /// What is checked, in words.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    case name = "the name is one word in lower case"
    case summary = "the summary is one line that begins in lower case and has no full stop"
    case acceptsEveryRun = "a run is reported without an error while the output takes everything"
    case validText = "a report is valid UTF-8"
    case noControl = "without colours no escape, bell, backspace or NUL goes out"
    case everyRecord = "every finished instance stands in the report, exactly once"
    case writesSomething = "every run makes a report, also one in which nothing ran"
    case passesErrorOn = "an error of the output is passed on, unchanged and at once"
    case deterministic = "the same events make the same report"
    case independent = "two reporters of one format do not disturb each other"
  }

  /// Runs all checks; feeds some 20,000 events.
  /// - Returns: what is broken, in the order of the rules; empty if all is well.
  public func violations() -> [Violation] {
    var found = wording()
    let runs = [SampleRun.empty, .everyStatus, .hostileText, .many(10_000)]
    for run in runs { found += violations(of: run) }
    found += errorViolations(.everyStatus) + interleavingViolations(.everyStatus, .hostileText)
    return found
  }

  private func wording() -> [Violation] {
    var found: [Violation] = []
    let isWord =
      !format.name.isEmpty && format.name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
    if !isWord { found.append(.init(rule: .name, detail: "'\(format.name)'")) }
    let summary = format.summary
    let isLine =
      !summary.contains(where: \.isNewline) && summary.last != "." && summary.first?.isUppercase == false
    if !isLine { found.append(.init(rule: .summary, detail: "'\(summary)'")) }
    return found
  }

  private func violations(of run: SampleRun) -> [Violation] {
    var found: [Violation] = []
    for options in Self.allOptions where run.events.count < 1000 || options == ReportOptions() {
      let place = "\(run.name), \(options)"
      let output = RecordingOutput()
      do {
        try report(run, options, to: output)
      } catch {
        found.append(.init(rule: .acceptsEveryRun, detail: "\(place): \(error)"))
        continue
      }
      let bytes = output.bytes
      if bytes.isEmpty { found.append(.init(rule: .writesSomething, detail: place)) }
      if String(validating: bytes, as: UTF8.self) == nil {
        found.append(.init(rule: .validText, detail: place))
      }
      if !options.usesColor, [0x00, 0x07, 0x08, 0x1B].contains(where: bytes.contains) {
        found.append(.init(rule: .noControl, detail: place))
      }
      if options.verbosity != .quiet {
        found += missingRecords(run, in: String(decoding: bytes, as: UTF8.self), place)
      }
      // What differs from time to time does so in a short run too.
      if run.events.count > 1000 { continue }
      let again = RecordingOutput()
      try? report(run, options, to: again)
      if again.bytes != bytes { found.append(.init(rule: .deterministic, detail: place)) }
    }
    return found
  }

  private static var allOptions: [ReportOptions] {
    let verbosities: [ReportOptions.Verbosity] = [.normal, .quiet, .verbose]
    let widths: [Int?] = [nil, 0, 1, 80]
    return verbosities.flatMap { verbosity in
      widths.flatMap { width in
        [false, true].map { ReportOptions(usesColor: $0, width: width, verbosity: verbosity) }
      }
    }
  }

  private func missingRecords(_ run: SampleRun, in text: String, _ place: String) -> [Violation] {
    let expected = run.records.map(\.id).sorted()
    guard let finalIDs else {
      // Looking for one after the other would take the square of their number.
      guard expected.count < 1000 else { return [] }
      let missing = expected.filter { !text.contains($0) }
      return missing.map { Violation(rule: .everyRecord, detail: "\(place): no '\($0)'") }
    }
    do {
      let found = try finalIDs(text).sorted()
      if found == expected { return [] }
      let missing = Set(expected).subtracting(found).sorted().prefix(3)
      return [
        Violation(
          rule: .everyRecord,
          detail: "\(place): \(found.count) of \(expected.count), missing \(Array(missing))")
      ]
    } catch {
      return [Violation(rule: .everyRecord, detail: "\(place): \(error)")]
    }
  }

  /// The output refuses its first write, then its second, and so on: each time that very error comes out,
  /// out of the call in which it happened.
  private func errorViolations(_ run: SampleRun) -> [Violation] {
    let whole = RecordingOutput()
    try? report(run, ReportOptions(), to: whole)
    return stride(from: 1, through: whole.writes, by: 1).compactMap { failing in
      let output = RecordingOutput(failingWrite: failing)
      var reporter = format.makeReporter(ReportOptions())
      for event in run.events {
        do {
          try reporter.report(event, to: output)
          if output.writes >= failing {
            return Violation(rule: .passesErrorOn, detail: "write \(failing): the error was swallowed")
          }
        } catch let error as OutputRefused where error.write == failing {
          return nil
        } catch {
          return Violation(rule: .passesErrorOn, detail: "write \(failing): became '\(error)'")
        }
      }
      return Violation(rule: .deterministic, detail: "write \(failing) did not come the second time")
    }
  }

  private func interleavingViolations(_ first: SampleRun, _ second: SampleRun) -> [Violation] {
    let alone = RecordingOutput()
    try? report(first, ReportOptions(), to: alone)
    let (shared, other) = (RecordingOutput(), RecordingOutput())
    var reporter = format.makeReporter(ReportOptions())
    var disturber = format.makeReporter(ReportOptions())
    for (position, event) in first.events.enumerated() {
      try? reporter.report(event, to: shared)
      if position < second.events.count { try? disturber.report(second.events[position], to: other) }
    }
    return shared.bytes == alone.bytes ? [] : [Violation(rule: .independent, detail: first.name)]
  }

  private func report(_ run: SampleRun, _ options: ReportOptions, to output: RecordingOutput) throws {
    var reporter = format.makeReporter(options)
    for event in run.events { try reporter.report(event, to: output) }
  }
}
