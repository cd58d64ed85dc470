// taskrun as a program: what the command line asks for is put together here from the other targets, and what
// came of it becomes an exit status. No task, no format and no rule about manifests lives in this target.

import ConcurrentFutures
public import TaskrunAPI
import TaskrunExecution

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The program, with the plugins it is made of.
public enum Taskrun {
  /// The version that `--version` and reports name.
  package static let version = "0.1.0"

  /// The hidden subcommand by which taskrun starts itself as a worker.
  package static let workerSubcommand = "worker"

  /// Runs taskrun with these plugins and ends the process.
  ///
  /// A program with plugins of its own is this call:
  ///
  ///     import TaskrunCLI
  ///     Taskrun.main(plugins: [runPlugin, tableReporterPlugin, myPlugin])
  ///
  /// - Parameter plugins: no two may bring task types or report formats of one name.
  public static func main(plugins: [Plugin]) -> Never {
    guard !CommandLine.arguments.isEmpty else {
      // The Swift runtime reads them there. Without them another command would be carried out.
      Console.error.write("taskrun: cannot read its arguments: is /proc mounted?\n")
      end(with: .systemRefused)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.first == workerSubcommand {
      let environment = ProcessEnvironment.current.dictionary
      let catalog = TaskCatalog(plugins.flatMap(\.taskTypes))
      Worker.serve(catalog.workerServices(environment: environment))
    }
    end(with: perform(arguments, plugins))
  }

  private static func perform(_ arguments: [String], _ plugins: [Plugin]) -> ExitStatus {
    prepareProcess()
    let invocation: Invocation
    do throws(UsageError) {
      invocation = try Invocation(arguments: arguments)
    } catch {
      Console.error.write(error.message)
      return .usage
    }
    switch invocation {
    case .help(let topic): return Console.output(topic.helpText)
    case .version: return Console.output("taskrun \(version)\n")
    case .plugins(let name): return PluginList(plugins).show(name)
    case .check(let options): return CheckCommand(options, plugins).run()
    case .run(let options): return RunCommand(options, plugins).run()
    }
  }

  /// What must hold before anything else: descriptors 0 to 2 are open, so that no pipe of ours takes their
  /// place, and no inherited setting hides the ends of children or ends us because a report cannot be written.
  private static func prepareProcess() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 {
      // Standard output is opened for reading, so that a report to it fails as it would have without us.
      _ = open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)
    // We may have been started by a worker. We are none ourselves, and neither is what we start.
    Worker.disclaim()
  }

  /// Ends the process. A run that a signal ended dies by that signal, so that a shell's loop around it ends too.
  private static func end(with status: ExitStatus) -> Never {
    if case .signal(let number) = status {
      signal(number, SIG_DFL)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, number)
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
      raise(number)
    }
    // Not `exit`: there is nothing to flush, and threads that were given up may still be running.
    _exit(status.code)
  }
}
