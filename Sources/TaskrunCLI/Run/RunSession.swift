import CSystem
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

/// One run: the executor, the scheduling loop, signals, and what is cleaned up after it.
struct RunSession {
  private let plan: Plan
  private let context: RunContext
  private let options: RunOptions
  private let plugins: [Plugin]
  private let environment: ProcessEnvironment
  private let wantedPoolSizes: [TaskKind: Int]
  private let mailbox: RunMailbox
  private let startedAtMilliseconds: Int

  init(
    plan: Plan, prepared: PreparedManifest, options: RunOptions, plugins: [Plugin],
    environment: ProcessEnvironment, variables: [String: String], start: ContinuousClock.Instant
  ) {
    self.plan = plan
    self.options = options
    self.plugins = plugins
    self.environment = environment
    mailbox = RunMailbox(start: start)
    startedAtMilliseconds = Int(csystem_wall_clock())
    wantedPoolSizes = Self.poolSizes(prepared.manifest, options)
    context = RunContext(
      runID: Self.makeRunID(startedAtMilliseconds), manifest: prepared.manifest.path,
      directory: prepared.directory, vars: prepared.manifest.vars, environment: variables,
      arguments: options.arguments)
  }

  /// What the reporters call when they lag behind no longer.
  var reportsCaughtUp: @Sendable () -> Void {
    { [mailbox] in mailbox.send(.reportsCaughtUp) }
  }

  func run(signals: SignalWatcher, reporters: ReporterSet) -> ExitStatus {
    let catalog = TaskCatalog(plugins.flatMap(\.taskTypes))
    let table = ChildTable()
    let startsProcesses = plan.entries.contains { catalog.makesProcess($0.definition) }
    // Before the first process: a fork takes all open descriptors with it for a moment, and the end of a command's
    // pipe must not be among them. Without a guardian a run is as good as any other runner's, so it is not worth
    // failing for.
    let mark = RunMark(runID: context.runID)
    let strangers = startsProcesses ? Orphans.adopt() : []
    let guardian = startsProcesses ? table.flatMap { try? Guardian($0, mark: mark.entry) } : nil
    let spawner = ProcessSpawner(
      environment: environment, children: wantedPoolSizes.values.reduce(0, +), table: table)
    let poolSizes = fitting(catalog, spawner.budget)
    do {
      try signals.start { number, before in handle(number, before: before, reporters: reporters, table: table)
      }
    } catch {
      Console.error.write("error: \(error)\n")
      reporters.abandon()
      guardian?.dismiss()
      return .systemRefused
    }
    let executor = LocalExecutor(
      .init(
        poolSizes: poolSizes, workerArguments: ["taskrun", Taskrun.workerSubcommand],
        environment: context.environment),
      catalog: catalog, spawner: spawner, mailbox: mailbox, mark: mark)
    var end: RunEnd?
    RunLoop(scheduler(poolSizes), executor: executor, inbox: mailbox).run(
      isHeld: { reporters.isLagging },
      emit: { event in
        reporters.send(event)
        if case .runFinished(let last) = event.kind { end = last }
      })
    executor.shutDown()
    if startsProcesses {
      Orphans.sweep(mark: mark.entry, sparing: strangers.union(guardian.map { [Int32($0.pid)] } ?? []))
    }
    guardian?.dismiss()
    let failures = reporters.finish()
    return status(end, signal: signals.first, hasFailedReports: !failures.isEmpty)
  }

  /// The pool sizes that the limit on open files allows. Commands wait for descriptors; a function, which may be in
  /// the middle of a download when there are no more, cannot.
  private func fitting(_ catalog: TaskCatalog, _ budget: DescriptorBudget) -> [TaskKind: Int] {
    var sizes = wantedPoolSizes
    let most = max(1, budget.total / DescriptorBudget.perFunction)
    guard let wanted = sizes[.io], wanted > most, plan.total > most,
      plan.entries.contains(where: { catalog.runsOnThread($0.definition) })
    else { return sizes }
    sizes[.io] = most
    Console.error.write(
      "warning: \(most) threads instead of \(wanted), for so many open files are allowed (ulimit -n)\n")
    return sizes
  }

  private func scheduler(_ poolSizes: [TaskKind: Int]) -> Scheduler {
    let maximumFailures: Int? =
      switch options.failurePolicy {
      case .keepGoing: nil
      case .failFast: 1
      case .maxFailures(let count): count
      }
    return Scheduler(
      plan, context: context, poolSizes: poolSizes,
      policy: RunPolicy(
        maximumFailures: maximumFailures, deadline: options.deadline, timeout: options.timeout),
      startedAtMilliseconds: startedAtMilliseconds, runnerPID: CurrentProgram.pid)
  }

  private func status(_ end: RunEnd?, signal: Int32?, hasFailedReports: Bool) -> ExitStatus {
    var statuses: [ExitStatus] = []
    if hasFailedReports { statuses.append(.reportNotWritten) }
    if let signal { statuses.append(.signal(signal)) }
    switch end?.exitCode {
    case 0: break
    case 124: statuses.append(.deadlineReached)
    case nil: statuses.append(.internalError)
    default: statuses.append(.tasksFailed)
    }
    return ExitStatus.strongest(of: statuses)
  }

  // MARK: Signals

  /// The first signal stops the run, the second kills what runs, the third ends taskrun where it stands.
  private func handle(_ number: Int32, before: Int, reporters: ReporterSet, table: ChildTable?) {
    switch before {
    case 0:
      if options.verbosity != .quiet {
        let again = number == SIGINT ? "press Ctrl-C again" : "send it again"
        // The progress line may be there; what it was is drawn again below.
        let eraser = Console.isTerminal(STDERR_FILENO) ? ProgressLine.eraser : ""
        Console.error.write(eraser + "taskrun: stopping; \(again) to kill\n")
      }
      mailbox.send(.interrupted(signal: Int(number)))
    case 1:
      mailbox.send(.interrupted(signal: Int(number)))
    default:
      table?.killAll()
      reporters.abandon()
      signal(number, SIG_DFL)
      kill(getpid(), number)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, number)
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
  }

  // MARK: Facts about the run

  private static func poolSizes(_ manifest: Manifest, _ options: RunOptions) -> [TaskKind: Int] {
    let cores = ProcessorCount.available
    let io = options.io ?? manifest.pools[.io] ?? .auto
    let cpu = options.cpu ?? manifest.pools[.cpu] ?? .auto
    return [.io: io.resolved(default: min(32, cores + 4)), .cpu: cpu.resolved(default: cores)]
  }

  /// Sorts by time, and differs between runs of one millisecond.
  private static func makeRunID(_ milliseconds: Int) -> String {
    let random = String(UInt32.random(in: .min ... .max), radix: 36)
    return String(milliseconds, radix: 36) + "_" + random
  }
}
