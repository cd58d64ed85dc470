import CSystem
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Starts processes: the one place where this package makes a child.
///
/// Every child leads a session of its own, has no descriptor but 0, 1 and 2, all signals at their defaults and
/// unblocked, and the descriptor limit that this process was started with. (Of the real-time signals those are put to
/// their defaults that are ignored or handled when the spawner is made.) May be used from any thread.
public final class ProcessSpawner: Sendable {
  /// What children inherit unless a call says otherwise.
  public let environment: ProcessEnvironment
  package let budget: DescriptorBudget
  /// Where running groups are listed for the guardian; `nil` without one.
  package let table: ChildTable?
  private let reaped = Atomic(0)
  /// Whether there have been children for which the table had no room: from then on nobody knows whose a child is.
  private let hasUnlisted = Atomic(false)
  private let signals = csystem_changed_signals()

  /// Makes a spawner. A process that ignores SIGCHLD does so no longer: how its children end would be lost.
  /// - Parameters:
  ///   - environment: what children inherit.
  ///   - children: how many should be able to run at once; the soft descriptor limit is raised for them.
  ///   - table: where running groups are listed for a guardian.
  package init(environment: ProcessEnvironment, children: Int, table: ChildTable?) {
    self.environment = environment
    budget = DescriptorBudget(children: children)
    self.table = table
    csystem_keep_ended_children()
  }

  /// Makes a spawner for a program of its own.
  public convenience init(environment: ProcessEnvironment = .current, children: Int = 64) {
    self.init(environment: environment, children: children, table: nil)
  }

  /// What to start. `input`, `output` and `error` are borrowed and must be at least 3.
  struct Request {
    /// The file to start, where that is not what `arguments[0]` names.
    var program: String?
    var arguments: [String]
    var environment: ProcessEnvironment
    var directory: String?
    var input: Int32
    var output: Int32
    var error: Int32
  }

  /// A child that runs. Whoever holds it calls ``reap(_:)`` once.
  struct Child: Sendable {
    let pid: pid_t
    /// Readable once the child has ended.
    let exitDescriptor: Int32
    fileprivate let slot: Int?
  }

  /// Starts a child. Waits for nothing but the start itself.
  func spawn(_ request: Request) throws(SpawnFailure) -> Child {
    guard let program = request.program ?? request.arguments.first, !program.isEmpty else {
      throw .notFound(program: "", searched: nil)
    }
    for argument in request.arguments where argument.utf8.contains(0) {
      throw .containsNUL(what: argument == program ? "the program's name" : "an argument")
    }
    let slot = table?.acquire()
    if slot == nil { hasUnlisted.store(true, ordering: .relaxed) }
    var child = start(request, program: program, slot: slot)
    // Who has just written the program closes it, but a child that another thread is starting right then has it open
    // for writing, too, until it executes its own program.
    var pauseMicroseconds: UInt32 = 500
    while child.step == CSYSTEM_STEP_EXEC.rawValue, child.error == ETXTBSY, pauseMicroseconds < 100_000 {
      usleep(pauseMicroseconds)
      pauseMicroseconds *= 2
      child = start(request, program: program, slot: slot)
    }
    guard child.step == CSYSTEM_STEP_NONE.rawValue else {
      if let slot { table?.release(slot) }
      throw failure(of: child, request, program: program)
    }
    return Child(pid: child.pid, exitDescriptor: child.exit_descriptor, slot: slot)
  }

  private func start(_ request: Request, program: String, slot: Int?) -> csystem_child {
    let paths = candidates(for: program, path: request.environment["PATH"])
    var child = csystem_child()
    withCStringArray(paths.map { Array($0.utf8CString) }) { paths in
      withCStringArray(request.arguments.map { Array($0.utf8CString) }) { arguments in
        withCStringArray(request.environment.cStrings) { environment in
          withOptionalCString(request.directory) { directory in
            var raw = csystem_spawn_request()
            raw.paths = UnsafeRawPointer(paths).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
            raw.arguments = arguments
            raw.environment = environment
            raw.directory = directory
            raw.input = request.input
            raw.output = request.output
            raw.error = request.error
            raw.soft_descriptor_limit = budget.inheritedSoftLimit
            raw.signals = signals
            raw.record = slot.flatMap { table?.entry($0) }
            _ = csystem_spawn(&raw, &child)
          }
        }
      }
    }
    return child
  }

  /// As `execvp` looks a program up, in the child's own `PATH`.
  private func candidates(for program: String, path: String?) -> [String] {
    if program.utf8.contains(UInt8(ascii: "/")) { return [program] }
    return (path ?? Self.defaultPath).pieces(separatedBy: ":").map {
      $0.isEmpty ? "./\(program)" : "\($0)/\(program)"
    }
  }

  private static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

  /// The longest single argument or variable that the system takes, with its NUL; `nil` where only the sum counts.
  private static let longestText: Int? = {
    #if os(Linux)
      return 32 * Int(sysconf(Int32(_SC_PAGESIZE)))
    #else
      return nil
    #endif
  }()

  private func failure(of child: csystem_child, _ request: Request, program: String) -> SpawnFailure {
    if child.step == CSYSTEM_STEP_CHDIR.rawValue {
      return .directory(path: request.directory ?? ".", code: child.error)
    }
    guard child.step == CSYSTEM_STEP_EXEC.rawValue else { return .system(code: child.error) }
    switch child.error {
    case ENOENT, ENOTDIR:
      let path = request.environment["PATH"]
      for candidate in candidates(for: program, path: path) {
        if let interpreter = interpreter(of: candidate, in: request.directory) {
          return .missingInterpreter(program: program, interpreter: interpreter)
        }
      }
      let isSearched = !program.utf8.contains(UInt8(ascii: "/"))
      return .notFound(program: program, searched: isSearched ? path ?? Self.defaultPath : nil)
    case EACCES, EISDIR: return .notExecutable(program: program)
    case ENOEXEC: return .noInterpreterLine(program: program)
    case E2BIG:
      let sizes = request.arguments.map { $0.utf8.count + 1 } + request.environment.cStrings.map(\.count)
      if let limit = Self.longestText, let longest = sizes.max(), longest > limit {
        return .argumentTooLong(bytes: longest, limitBytes: limit)
      }
      return .argumentsTooLong(bytes: sizes.reduce(0, +))
    default: return .system(code: child.error)
    }
  }

  /// What the `#!` line of an existing script names. `nil` if there is no such file or no such line.
  ///
  /// The kernel says "no such file" for a script whose interpreter is missing, as if the script were.
  private func interpreter(of program: String, in directory: String?) -> String? {
    let path = program.hasPrefix("/") ? program : (directory ?? ".") + "/" + program
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var start = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &start, start.count)
    guard count > 2, start[0] == UInt8(ascii: "#"), start[1] == UInt8(ascii: "!") else { return nil }
    let line = start[2..<count].prefix { $0 != UInt8(ascii: "\n") }
    let word = line.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
    return String(decoding: word, as: UTF8.self).replacingCarriageReturns
  }

  /// Sends a signal to the child's whole group. Only while the child has not been reaped.
  func signalGroup(_ child: Child, _ number: Int32) {
    kill(-child.pid, number)
  }

  /// Takes the ended child's status and usage, and forgets it. Blocks until the child has ended.
  func reap(_ child: Child) -> csystem_end {
    let end = csystem_reap(child.pid)
    close(child.exitDescriptor)
    if let slot = child.slot { table?.release(slot) }
    // Descendants that outlived their parents pile up as zombies in a runner that adopts them.
    if let table, reaped.add(1, ordering: .relaxed).newValue % 512 == 0,
      !hasUnlisted.load(ordering: .relaxed)
    {
      Orphans.reap(except: table)
    }
    return end
  }
}

extension String {
  fileprivate var replacingCarriageReturns: String {
    String(decoding: utf8.flatMap { $0 == 0x0D ? Array("\\r".utf8) : [$0] }, as: UTF8.self)
  }
}

private func withOptionalCString(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Void) {
  guard let text else { return body(nil) }
  text.withCString { body($0) }
}
