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
      let earlier = try earlierRun(prepared, variables)
      let selection = try selection(prepared.manifest, earlier)
      let poolSizes = RunSession.poolSizes(prepared.manifest, options)
      let plan = try plan(prepared.manifest, selection, poolSizes)
      if let view = options.planView { return show(view, plan, poolSizes, prepared, variables, earlier) }
      try StartCheck(plan, of: prepared.manifest, environment: variables, arguments: options.arguments).run()
      try checkTargets(of: reports, prepared.manifest.path)
      let session = RunSession(
        plan: plan, poolSizes: poolSizes, selection: earlier?.wholeSelection ?? selection,
        prepared: prepared, options: options, plugins: plugins, environment: environment,
        variables: variables, start: start,
        previous: earlier?.previousResults(for: prepared.manifest), continues: earlier?.start.runID)
      let reporters = try openReports(reports, variables, onCaughtUp: session.reportsCaughtUp)
      // Not earlier: a report may be a FIFO that waits for its reader, and nothing has been started that would have to be
      // ended with care.
      return session.run(signals: SignalWatcher(), reporters: reporters)
    } catch {
      return error
    }
  }

  /// The run that is continued; `nil` to begin anew.
  private func earlierRun(
    _ prepared: PreparedManifest, _ variables: [String: String]
  ) throws(ExitStatus) -> EarlierRun? {
    guard options.resumed != nil || options.isFailedOnly else { return nil }
    do throws(ResumeError) {
      return try EarlierRun(options.resumed ?? .last, of: prepared.absolutePath, environment: variables)
    } catch {
      throw refusal(error)
    }
  }

  private func selection(_ manifest: Manifest, _ earlier: EarlierRun?) throws(ExitStatus) -> Selection {
    let selection = Selection(names: options.tasks, tags: options.tags, skipped: options.skipped)
    guard let earlier else { return selection }
    do throws(ResumeError) {
      let wanted = try earlier.selection(selection, of: manifest, isFailedOnly: options.isFailedOnly)
      if options.verbosity != .quiet {
        Console.error.write("taskrun: \(earlier.summary(for: manifest, selecting: wanted).sanitised)\n")
      }
      return wanted
    } catch {
      throw refusal(error)
    }
  }

  private func refusal(_ error: ResumeError) -> ExitStatus {
    Console.error.write("error: \(error.description.sanitised)\n")
    return error.exitStatus
  }

  private func show(
    _ view: PlanView, _ plan: Plan, _ poolSizes: PerKind<Int>, _ prepared: PreparedManifest,
    _ variables: [String: String], _ earlier: EarlierRun?
  ) -> ExitStatus {
    let width = Console.width(of: STDOUT_FILENO)
    let secrets = prepared.manifest.secretValues(environment: variables, arguments: options.arguments)
    let mask = SecretMask(secrets.map(\.value))
    switch view {
    case .list: return Console.output(TaskList(plan, mask: mask).text(width: width))
    case .graph(let format):
      return Console.output(TaskGraph(plan, title: prepared.manifest.path).text(format))
    case .dryRun:
      let context = RunContext(
        runID: "", manifest: prepared.manifest.path, directory: prepared.directory,
        vars: prepared.manifest.vars, environment: variables, arguments: options.arguments,
        threadCountVariables: [])
      let dryRun = DryRun(
        plan, context: context, secrets: Set(prepared.manifest.secrets), mask: mask, poolSizes: poolSizes
      ) { id in earlier?.state(of: id) == .done }
      return Console.output(dryRun.text(width: width))
    }
  }

  private func plan(
    _ manifest: Manifest, _ selection: Selection, _ poolSizes: PerKind<Int>
  ) throws(ExitStatus) -> Plan {
    do throws(PlanError) {
      let plan = try Plan(manifest, selection: selection)
      try plan.check(poolSizes: poolSizes)
      return plan
    } catch {
      Console.error.write("error: \(error)\n")
      throw ExitStatus(error)
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
    do throws(ReportUsageError) {
      try ResolvedReport.checkPlaces(of: reports)
    } catch {
      Console.error.write("error: \(error)\n")
      throw .usage
    }
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
    do throws(ReportOpenError) {
      return try ReporterSet(
        opening: reports,
        options: ReportOptions(
          usesColor: usesColor, width: Console.width(of: STDOUT_FILENO), verbosity: options.verbosity),
        order: options.order, progress: progressLine(variables), onCaughtUp: onCaughtUp
      ) { failure in
        Console.error.write("error: \(failure)\n")
      }
    } catch {
      Console.error.write("error: \(error)\n")
      throw .reportNotCreated
    }
  }

  private func progressLine(_ variables: [String: String]) -> ProgressLine? {
    let isTerminal = Console.isTerminal(STDERR_FILENO)
    guard showsProgress(options.verbosity, isTerminal: isTerminal, environment: variables) else { return nil }
    return ProgressLine { Console.width(of: STDERR_FILENO) ?? 80 }
  }
}

extension ExitStatus {
  /// What it means for the caller that there is no plan.
  init(_ error: PlanError) {
    switch error {
    case .nothingSelected, .unknownTag, .everythingSkipped: self = .nothingSelected
    case .readsSkipped: self = .usage
    case .tooWide: self = .manifest
    }
  }
}
