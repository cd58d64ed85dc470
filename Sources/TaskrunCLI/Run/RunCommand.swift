import ConcurrentFutures
import TaskrunAPI
import TaskrunEngine
import TaskrunExecution
import TaskrunManifest

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `taskrun FILE`: everything from the manifest to the exit status.
///
/// What can fail because of input fails before anything starts: the manifest, the selection, the reports.
struct RunCommand {
  private let options: RunOptions
  private let plugins: [Plugin]

  init(_ options: RunOptions, _ plugins: [Plugin]) {
    self.options = options
    self.plugins = plugins
  }

  func run() -> ExitStatus {
    let start = ContinuousClock.now
    do throws(ExitStatus) {
      let environment = ProcessEnvironment.current
      let variables = environment.dictionary
      let reports = try resolveReports()
      let prepared = try PreparedManifest(CheckOptions(options), plugins)
      let plan = try plan(prepared.manifest)
      try checkTargets(of: reports, prepared.manifest.path)
      let signals = SignalWatcher()
      let session = RunSession(
        plan: plan, prepared: prepared, options: options, plugins: plugins, environment: environment,
        variables: variables, start: start)
      let reporters = try openReports(reports, variables, onCaughtUp: session.reportsCaughtUp)
      return session.run(signals: signals, reporters: reporters)
    } catch {
      return error
    }
  }

  private func plan(_ manifest: Manifest) throws(ExitStatus) -> Plan {
    do throws(PlanError) {
      return try Plan(manifest, selection: options.tasks)
    } catch {
      Console.error.write("error: \(error)\n")
      throw .nothingSelected
    }
  }

  private func resolveReports() throws(ExitStatus) -> [ResolvedReport] {
    let texts = options.reporters.isEmpty ? ["table"] : options.reporters
    do throws(ReportUsageError) {
      var requests: [ReportRequest] = []
      for text in texts { requests.append(try ReportRequest(parsing: text)) }
      return try ResolvedReport.resolve(requests, formats: plugins.flatMap(\.reportFormats))
    } catch {
      Console.error.write("error: \(error)\ntry 'taskrun --help'\n")
      throw .usage
    }
  }

  /// A report that took the manifest's place would be the last thing anybody did with it.
  private func checkTargets(of reports: [ResolvedReport], _ manifest: String) throws(ExitStatus) {
    var own = stat()
    guard manifest != "-", stat(manifest, &own) == 0 else { return }
    for report in reports {
      var other = stat()
      guard case .path(let path) = report.target, stat(path, &other) == 0, other.st_ino == own.st_ino,
        other.st_dev == own.st_dev
      else { continue }
      Console.error.write("error: report '\(report.format.name)' would replace the manifest '\(manifest)'\n")
      throw .usage
    }
  }

  private func openReports(
    _ reports: [ResolvedReport], _ variables: [String: String], onCaughtUp: @escaping @Sendable () -> Void
  ) throws(ExitStatus) -> ReporterSet {
    let usesColor = usesColor(
      options.color, isTerminal: Console.isTerminal(STDOUT_FILENO), environment: variables)
    do {
      return try ReporterSet(
        opening: reports,
        options: ReportOptions(
          usesColor: usesColor, width: Console.width(of: STDOUT_FILENO), verbosity: options.verbosity),
        order: options.order, progress: progressLine(variables), onCaughtUp: onCaughtUp
      ) { failure in
        Console.error.write("error: \(failure)\n")
      }
    } catch let error as ReportOpenError {
      Console.error.write("error: \(error)\n")
      throw .reportNotCreated
    } catch {
      Console.error.write("error: \(error)\n")
      throw .systemRefused
    }
  }

  private func progressLine(_ variables: [String: String]) -> ProgressLine? {
    let isTerminal = Console.isTerminal(STDERR_FILENO)
    guard showsProgress(options.verbosity, isTerminal: isTerminal, environment: variables) else { return nil }
    return ProgressLine { Console.width(of: STDERR_FILENO) ?? 80 }
  }
}
