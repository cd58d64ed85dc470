import TaskrunAPI
import TaskrunManifest

extension Flag {
  /// Every flag, in the order of `--help`.
  package static let all: [Flag] = reports + pools + failures + input + selection + plan + output + about

  private static let reports: [Flag] = [
    Flag(
      "reporter", "r", in: .reports,
      help: "write a report: table (default), json or another of 'taskrun plugins'; "
        + "repeatable, with a PATH for all but one",
      .value("NAME[:PATH]", expects: "NAME or NAME:PATH") { options, text in
        options.reporters.append(text)
        return !text.isEmpty
      }),
    Flag(
      "order", in: .reports, help: "order of rows: completed (default) or submitted",
      .choice("ORDER", ReportOrder.self) { $0.order = $1 }),
  ]

  private static let pools: [Flag] = [
    Flag(
      "io", in: .pools, help: "threads for io tasks: 64, 50%, +2, -2 or auto",
      .value("N", expects: poolSizeForms) { options, text in
        options.io = PoolSize(commandLine: text)
        return options.io != nil
      }),
    Flag(
      "cpu", in: .pools, deciding: .cpu, help: "processes for cpu tasks, in the same forms",
      .value("N", expects: poolSizeForms, storeCPU)),
    Flag(
      "jobs", "j", in: .pools, deciding: .cpu, help: "the same as --cpu",
      .value("N", expects: poolSizeForms, storeCPU)),
  ]

  private static let failures: [Flag] = [
    Flag(
      "keep-going", "k", in: .failures, deciding: .failurePolicy, help: "go on after a failure (default)",
      .toggle { $0.failurePolicy = .keepGoing }),
    Flag(
      "fail-fast", in: .failures, deciding: .failurePolicy, help: "cancel the run at the first failure",
      .toggle { $0.failurePolicy = .failFast }),
    Flag(
      "max-failures", in: .failures, deciding: .failurePolicy, help: "cancel the run at the Nth failure",
      .value("N", expects: "a number of at least 1") { options, text in
        guard let count = Int(digits: text), count > 0 else { return false }
        options.failurePolicy = .maxFailures(count)
        return true
      }),
    Flag(
      "timeout", in: .failures, help: "default limit of an attempt: 500ms, 30s, 1h30m",
      .value("D", expects: durationForms) { options, text in
        options.timeout = Duration(commandLine: text)
        return options.timeout != nil
      }),
    Flag(
      "deadline", in: .failures, help: "limit of the whole run",
      .value("D", expects: durationForms) { options, text in
        options.deadline = Duration(commandLine: text)
        return options.deadline != nil
      }),
  ]

  private static let input: [Flag] = [
    Flag(
      "var", in: .input, of: [.run, .check], help: "set {{ vars.K }} over the manifest; repeatable",
      .value("K=V", expects: "NAME=VALUE") { options, text in
        guard let split = text.firstIndex(of: "="), split != text.startIndex else { return false }
        options.variables.append((String(text[..<split]), String(text[text.index(after: split)...])))
        return true
      }),
    Flag(
      "directory", "C", in: .input, of: [.run, .check], help: "work in the folder DIR",
      .value("DIR", expects: "a folder") { options, text in
        guard !text.isEmpty else { return false }
        let base = text.hasPrefix("/") ? nil : options.directory
        options.directory = base.map { $0 + "/" + text } ?? text
        return true
      }),
  ]

  private static let selection: [Flag] = [
    Flag(
      "tag", in: .selection, help: "select the tasks with this tag too; repeatable",
      .value("T", expects: "a tag") { options, text in
        options.tags.append(text)
        return !text.isEmpty
      }),
    Flag(
      "skip", in: .selection, help: "leave out what matches, such as 'deploy*'; repeatable",
      .value("GLOB", expects: "a task or a pattern such as 'deploy*'") { options, text in
        options.skipped.append(text)
        return !text.isEmpty
      }),
    Flag(
      "resume", in: .selection, help: "continue the last run, or that run: what succeeded unchanged stays",
      .optionalValue(
        Flag.Value(name: "[RUN]", choices: [], expects: "the id of a run, or how it begins") {
          options, text in
          options.resumed = text.isEmpty ? .last : .named(text)
          return true
        }, looksLikeOne: \.looksLikeRunID)),
    Flag(
      "failed", in: .selection, help: "of the last run, or that of --resume, only what failed",
      .toggle { $0.isFailedOnly = true }),
  ]

  private static let plan: [Flag] = [
    Flag(
      "dry-run", "n", in: .plan, deciding: .planView, help: "show what would run, in order",
      .toggle { $0.planView = .dryRun }),
    Flag(
      "list", "l", in: .plan, deciding: .planView, help: "list the tasks",
      .toggle { $0.planView = .list }),
    Flag(
      "graph", in: .plan, deciding: .planView, help: "draw who needs whom: dot or mermaid",
      .choice("FORMAT", GraphFormat.self) { $0.planView = .graph($1) }),
  ]

  private static let output: [Flag] = [
    Flag(
      "quiet", "q", in: .output, of: [.run, .check], deciding: .verbosity,
      help: "show failures and the last line only",
      .toggle { $0.verbosity = .quiet }),
    Flag(
      "verbose", "v", in: .output, of: [.run, .check], deciding: .verbosity,
      help: "show all that tasks write",
      .toggle { $0.verbosity = .verbose }),
    Flag(
      "color", in: .output, of: [.run, .check], help: "use colors: auto (default), always or never",
      .choice("WHEN", ColorChoice.self) { $0.color = $1 }),
    Flag(
      "diagnostics", in: .output, of: [.run, .check],
      help: "form of diagnostics: text (default) or json",
      .choice("FORMAT", DiagnosticFormat.self) { $0.diagnostics = $1 }),
  ]

  private static let about: [Flag] = [
    Flag("help", "h", in: .about, of: Subcommand.allCases, help: "show this text", .help),
    Flag("version", "V", in: .about, help: "show the version", .version),
  ]

  private static let durationForms = "more than zero with a unit, such as '500ms', '30s' or '1h30m'"
  private static let poolSizeForms = "a number of at least 1, or a form of '50%', '+2', '-2' or 'auto'"

  @Sendable
  private static func storeCPU(_ options: inout RunOptions, _ text: String) -> Bool {
    options.cpu = PoolSize(commandLine: text)
    return options.cpu != nil
  }
}

extension PoolSize {
  /// Reads `8`, `50%`, `+2`, `-2` or `auto`.
  fileprivate init?(commandLine text: String) {
    if text == "auto" {
      self = .auto
    } else if text.hasSuffix("%"), let percent = Int(digits: text.dropLast()), percent > 0 {
      self = .percent(percent)
    } else if text.hasPrefix("+"), let more = Int(digits: text.dropFirst()) {
      self = .offset(more)
    } else if text.hasPrefix("-"), let fewer = Int(digits: text.dropFirst()) {
      self = .offset(-fewer)
    } else if let count = Int(digits: text), count > 0 {
      self = .exactly(count)
    } else {
      return nil
    }
  }
}

extension Duration {
  /// Reads a duration of more than zero: as a limit, zero would end everything before it begins.
  fileprivate init?(commandLine text: String) {
    self.init(taskrun: text)
    guard self > .zero else { return nil }
  }
}

extension String {
  /// Whether this begins as the ids of runs do, `20261122T0...`, and hardly any file or task.
  fileprivate var looksLikeRunID: Bool {
    let start = utf8.prefix(10)
    return start.count == 10
      && zip(start, "00000000T0".utf8).allSatisfy { byte, shape in
        shape == byte || shape == UInt8(ascii: "0") && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
  }
}

extension Int {
  /// Reads decimal digits and nothing else: `Int.init` would take a sign too.
  fileprivate init?(digits text: some StringProtocol) {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    self.init(text)
  }
}
