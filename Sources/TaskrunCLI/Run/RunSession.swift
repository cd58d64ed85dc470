import CSystem
import ConcurrentFutures
import Synchronization
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
  /// How long a run does without the threads that hear signals, write the journal and the reports. Nobody notices.
  private static let moment = Duration.milliseconds(10)

  private let plan: Plan
  private let secrets: [SecretValue]
  private let mask: SecretMask?
  private let previous: PreviousResults?
  private let journalHeader: JournalHeader?
  private let context: RunContext
  private let options: RunOptions
  private let plugins: [Plugin]
  private let environment: ProcessEnvironment
  private let wantedPoolSizes: PerKind<Int>
  private let mailbox: RunMailbox
  private let startedAtMilliseconds: Int

  init(
    plan: Plan, poolSizes wantedPoolSizes: PerKind<Int>, selection: Selection, prepared: PreparedManifest,
    options: RunOptions, plugins: [Plugin],
    environment: ProcessEnvironment, variables: [String: String], start: ContinuousClock.Instant,
    previous: PreviousResults?, continues: String?
  ) {
    self.plan = plan
    self.previous = previous
    journalHeader = prepared.absolutePath.map {
      JournalHeader(manifestPath: $0, selection: selection, continues: continues)
    }
    self.options = options
    self.plugins = plugins
    self.environment = environment
    mailbox = RunMailbox(start: start)
    startedAtMilliseconds = Int(csystem_wall_clock())
    self.wantedPoolSizes = wantedPoolSizes
    context = RunContext(
      runID: Self.makeRunID(startedAtMilliseconds), manifest: prepared.manifest.path,
      directory: prepared.directory, vars: prepared.manifest.vars, environment: variables,
      arguments: options.arguments, threadCountVariables: ProcessExecutor.threadCountVariables)
    secrets = prepared.manifest.secretValues(environment: variables, arguments: options.arguments)
    mask = Self.mask(secrets)
  }

  /// What the reporters and the journal call when they lag behind no longer.
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
      environment: environment, children: wantedPoolSizes.io + wantedPoolSizes.cpu, table: table)
    let poolSizes = fitting(catalog, spawner.budget)
    // Before anything that may take long, and never in a run that is over in a moment: threads cost more than it does.
    let hearSignals: @Sendable () -> Void = {
      signals.start { number, before in handle(number, before: before, reporters: reporters, table: table) }
    }
    let journal = RunJournal.start(
      journalHeader, run: context.runID, environment: context.environment,
      isQuiet: options.verbosity == .quiet,
      onCaughtUp: reportsCaughtUp)
    mailbox.callLater(at: Self.moment) {
      hearSignals()
      journal?.startThread()
      reporters.start()
    }
    let executor = LocalExecutor(
      .init(
        poolSizes: poolSizes, workerArguments: ["taskrun", Taskrun.workerSubcommand],
        environment: context.environment, secrets: secrets, hasOneInstance: plan.total == 1),
      catalog: catalog, spawner: spawner, mailbox: mailbox, mark: mark)
    let end = Mutex<RunEnd?>(nil)
    RunLoop(scheduler(poolSizes), executor: executor, inbox: mailbox).run(
      isHeld: { reporters.isLagging || journal?.isLagging == true },
      emit: { event in
        // Here and nowhere later: whatever listens gets to know no secret.
        let event = mask?.masked(event) ?? event
        journal?.send(event)
        reporters.send(event)
        if case .runFinished(let last) = event.kind { end.withLock { $0 = last } }
      })
    if executor.hasWorkers { hearSignals() }
    executor.shutDown()
    if startsProcesses, Orphans.exist {
      hearSignals()
      Orphans.sweep(mark: mark.entry, sparing: strangers.union(guardian.map { [Int32($0.pid)] } ?? []))
    }
    guardian?.dismiss()
    if reporters.mayWait || journal?.mayWait == true { hearSignals() }
    let hasFailedReports = !reporters.finish().isEmpty
    let isJournalCutShort = journal?.finish()?.isCutShort == true
    // It had the time of the reports to end.
    guardian?.reap()
    return status(
      end.withLock { $0 }, signal: signals.first, hasFailedReports: hasFailedReports || isJournalCutShort)
  }

  /// The pool sizes that the limit on open files allows. Commands wait for descriptors; a function, which may be in
  /// the middle of a download when there are no more, cannot.
  private func fitting(_ catalog: TaskCatalog, _ budget: DescriptorBudget) -> PerKind<Int> {
    var sizes = wantedPoolSizes
    let most = max(1, budget.total / DescriptorBudget.perFunction)
    guard sizes.io > most, plan.total ?? .max > most,
      plan.entries.contains(where: { catalog.runsOnThread($0.definition) })
    else { return sizes }
    sizes.io = most
    Console.error.write(
      "warning: \(most) threads instead of \(wantedPoolSizes.io), for so many open files are allowed (ulimit -n)\n"
    )
    return sizes
  }

  private func scheduler(_ poolSizes: PerKind<Int>) -> Scheduler {
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
      startedAtMilliseconds: startedAtMilliseconds, runnerPID: CurrentProgram.pid,
      seed: UInt64.random(in: .min ... .max), previous: previous)
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

  private static func mask(_ secrets: [SecretValue]) -> SecretMask? {
    let values = secrets.map(\.value)
    if values.contains(where: { (1..<SecretMask.minimumBytes).contains($0.utf8.count) }) {
      Console.error.write(
        "warning: a secret shorter than \(SecretMask.minimumBytes) bytes is not masked in reports\n")
    }
    return SecretMask(values)
  }

  /// The sizes that the user wants. Reads the system's files unless both are plain numbers, so ask once.
  static func poolSizes(_ manifest: Manifest, _ options: RunOptions) -> PerKind<Int> {
    let io = options.io ?? manifest.pools.io
    let cpu = options.cpu ?? manifest.pools.cpu
    if case .exactly = io, case .exactly = cpu {
      return PerKind(io: io.resolved(default: 1), cpu: cpu.resolved(default: 1))
    }
    let cores = ProcessorCount.available
    return PerKind(io: io.resolved(default: min(32, cores + 4)), cpu: cpu.resolved(default: cores))
  }

  /// `20261122T080000123_7f3a2k`: sorts by time, and differs between runs of one millisecond. Part of the name of a
  /// variable, so without other characters.
  private static func makeRunID(_ milliseconds: Int) -> String {
    let kept = RunStart.text(ofMilliseconds: milliseconds).utf8.filter { byte in
      byte == UInt8(ascii: "T") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    let time = String(decoding: kept, as: UTF8.self)
    return time + "_" + String(UInt32.random(in: .min ... .max), radix: 36)
  }
}
