package import TaskrunAPI
package import TaskrunManifest

// The command line, as a pure function: arguments in, an `Invocation` or a `UsageError` out. Nothing here reads
// a file, asks the terminal or ends the process; that is the caller's.
//
// The parser is our own although swift-argument-parser exists. A program that only parses its flags with it
// starts in 4.4 ms where one without starts in 2.0 ms, and starting fast is a promise; its exit codes differ
// from ours; and `FILE [TASK...]` beside subcommands is not a shape it knows. What it would give is here too:
// one declaration per flag (`Flag.all`), from which parsing and `--help` both derive.

/// What a command line asks for.
package enum Invocation: Sendable {
  /// Run a manifest.
  case run(RunOptions)
  /// Show all diagnostics of a manifest; start nothing.
  case check(CheckOptions)
  /// Show what task types and reporters exist, or the one with that name.
  case plugins(name: String?)
  /// Print ``Subcommand/helpText`` of a topic.
  case help(topic: Subcommand)
  /// Print the version.
  case version
}

/// What `taskrun [FILE [TASK...]]` was told.
package struct RunOptions: Sendable {
  /// The files that are looked for, in this order, when the command line names none.
  package static let manifestNames = ["taskrun.yaml", "tasks.yaml"]

  /// The manifest as the user named it; `-` is standard input; `nil` is the first of ``manifestNames`` that
  /// exists.
  package var manifest: String?
  /// Names and patterns (`fetch*`) of the tasks to run, as written; empty for all.
  package var tasks: [String] = []
  /// `--tag`: what has one of these tags is selected too.
  package var tags: [String] = []
  /// `--skip`: names and patterns of the tasks that are left out.
  package var skipped: [String] = []
  /// `--resume`: the run to continue, if any.
  package var resumed: ResumedRun?
  /// `--failed`: of the run to continue, which is the last one if none is named, only what failed.
  package var isFailedOnly = false
  /// What of the plan is shown instead of running it.
  package var planView: PlanView?
  /// What followed `--`.
  package var arguments: [String] = []
  /// The texts of `-r` as written, in order and not checked, but none empty; no texts mean the default.
  package var reporters: [String] = []
  /// `--io`.
  package var io: PoolSize?
  /// `--cpu` or `-j`.
  package var cpu: PoolSize?
  /// The order of rows and records.
  package var order = ReportOrder.completed
  /// What happens after a failure.
  package var failurePolicy = FailurePolicy.keepGoing
  /// The limit of each attempt of a task that sets none. More than zero.
  package var timeout: Duration?
  /// The limit of the whole run. More than zero.
  package var deadline: Duration?
  /// `--var NAME=VALUE` in order; no name is empty, and a later one wins.
  package var variables: [(name: String, value: String)] = []
  /// `-C`: the folder to work in, never empty; each further one is relative to the one before.
  package var directory: String?
  /// `--color`.
  package var color = ColorChoice.auto
  /// `-q` and `-v`.
  package var verbosity = Verbosity.normal
  /// How diagnostics are written to standard error.
  package var diagnostics = DiagnosticFormat.text

  /// What `taskrun` alone means.
  package init() {}
}

/// What `taskrun check [FILE]` was told. The members mean what they mean in ``RunOptions``.
package struct CheckOptions: Sendable {
  /// See ``RunOptions/manifest``.
  package var manifest: String?
  /// See ``RunOptions/variables``.
  package var variables: [(name: String, value: String)]
  /// See ``RunOptions/directory``.
  package var directory: String?
  /// See ``RunOptions/color``.
  package var color: ColorChoice
  /// See ``RunOptions/verbosity``.
  package var verbosity: Verbosity
  /// See ``RunOptions/diagnostics``.
  package var diagnostics: DiagnosticFormat

  /// The part of a run's options that a check has too.
  init(_ options: RunOptions) {
    manifest = options.manifest
    variables = options.variables
    directory = options.directory
    color = options.color
    verbosity = options.verbosity
    diagnostics = options.diagnostics
  }
}

/// What a failure means for the rest of the run.
package enum FailurePolicy: Sendable, Hashable {
  /// Independent work goes on.
  case keepGoing
  /// The first failure cancels what runs, and nothing new starts.
  case failFast
  /// The same, after so many failures; at least 1.
  case maxFailures(Int)
}

/// Which earlier run is continued.
package enum ResumedRun: Sendable, Hashable {
  /// The last one of the manifest.
  case last
  /// The one whose id is, or begins with, this text; never empty.
  case named(String)
}

/// What of a plan is shown.
package enum PlanView: Sendable, Hashable {
  /// What would run, in order.
  case dryRun
  /// The tasks.
  case list
  /// Who needs whom.
  case graph(GraphFormat)
}

/// A language for graphs.
package enum GraphFormat: String, Sendable, CaseIterable {
  /// Of Graphviz.
  case dot
  /// What Markdown pages show.
  case mermaid
}

/// When colours are used.
package enum ColorChoice: String, Sendable, CaseIterable {
  /// As the terminal and the environment say: ``usesColor(_:isTerminal:environment:)``.
  case auto
  /// In any case.
  case always
  /// In no case.
  case never
}

/// How much is said: `-q` and `-v`.
package typealias Verbosity = ReportOptions.Verbosity

/// How diagnostics are written to standard error.
package enum DiagnosticFormat: String, Sendable, CaseIterable {
  /// For people, with the line and a caret.
  case text
  /// For programs.
  case json
}
