import CSystem
import ConcurrentFutures
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Starts many children of all sorts, and tells whether descriptors or zombies have become more.
enum LeakCheck {
  static func run() throws {
    let spawner = ProcessSpawner()
    let executor = try ProcessExecutor.ofThisProgram(maxWorkers: 2, spawner)
    // Whatever is made once is there before the first count.
    _ = spawner.run(ProcessCommand(arguments: ["/bin/true"]))
    _ = executor.answer("echo", "1")
    let before = Count()
    var good = 0
    for _ in 0..<500 {
      guard case .ended(let result) = spawner.run(ProcessCommand(arguments: ["/bin/true"])) else { continue }
      if result.ending == .exited(0) { good += 1 }
    }
    var failed = 0
    for round in 0..<200 {
      let command =
        round % 2 == 0
        ? ProcessCommand(arguments: ["/no/such/program"])
        : ProcessCommand(arguments: ["/bin/true"], directory: "/no/such/folder", input: [1, 2, 3])
      if case .notStarted = spawner.run(command) { failed += 1 }
    }
    var lost = 0
    for _ in 0..<200 {
      if case .failure(.workerLost) = executor.answer("crash", "9") { lost += 1 }
    }
    _ = executor.answer("echo", "1")
    // What is closed or reaped a moment later is no leak.
    var after = Count()
    for _ in 0..<1000 where after.descriptors > before.descriptors || after.zombies > 0 {
      usleep(10_000)
      after = Count()
    }
    let grown = after.residentBytes - before.residentBytes
    print("grown by less than 10 MiB: \(grown < 10 << 20 ? "yes" : "no, \(grown) bytes")")
    print("good \(good) failed \(failed) lost \(lost)")
    print("descriptors \(after.descriptors - before.descriptors) zombies \(after.zombies)")
    executor.endBlocking()
    print("children \(Count().children)")
  }

  private struct Count {
    var descriptors = 0
    var children = 0
    var zombies = 0
    var residentBytes = 0

    init() {
      var (microseconds, bytes): (Int64, Int64) = (0, 0)
      if csystem_process_usage(getpid(), &microseconds, &bytes) { residentBytes = Int(bytes) }
      for number in Int32(0)..<1024 where fcntl(number, F_GETFD) >= 0 { descriptors += 1 }
      var info = siginfo_t()
      // Every child that has ended and was not reaped could be waited for.
      if waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 {
        children = 1
        zombies = info.si_signo == 0 ? 0 : 1
      }
    }
  }
}

/// Runs more at once than descriptors allow.
enum CrowdedHost {
  static func run() throws {
    var limit = rlimit(rlim_cur: 90, rlim_max: 90)
    #if canImport(Glibc)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #else
      setrlimit(RLIMIT_NOFILE, &limit)
    #endif
    let spawner = ProcessSpawner(children: 40)
    let threads = try ThreadExecutor(maxWorkers: 40)
    let commands = try (0..<40).map { index in
      try threads.trySubmit {
        let outcome = spawner.run(ProcessCommand(arguments: ["/bin/sh", "-c", "ulimit -n; sleep 0.01"]))
        guard case .ended(let result) = outcome, result.ending == .exited(0) else {
          return "\(index): \(outcome)"
        }
        return String(decoding: result.stdout.head, as: UTF8.self)
      }
    }
    let executor = try ProcessExecutor.ofThisProgram(maxWorkers: 40, spawner)
    let calls = try (0..<40).map { try executor.begin("echo", "\($0)") }
    let texts = try commands.map { try $0.wait() }
    print("commands \(texts.filter { $0 == "90\n" }.count)")
    print("calls \(calls.filter { (try? $0.wait()) != nil }.count)")
    executor.endBlocking()
    threads.shutdownBlocking()
  }
}

/// Was started with SIGCHLD ignored, as some service managers do.
enum IgnoringHost {
  static func run() throws {
    signal(SIGCHLD, SIG_IGN)
    let outcome = ProcessSpawner().run(ProcessCommand(arguments: ["/bin/sh", "-c", "exit 7"]))
    guard case .ended(let result) = outcome else { return print("\(outcome)") }
    print(result.ending)
  }
}

/// Has a worker with a task that never ends, writes its pid into the file of the second argument, and waits to be
/// killed.
enum AbandoningHost {
  static func run() throws {
    let executor = try ProcessExecutor.ofThisProgram(maxWorkers: 1, ProcessSpawner())
    // So long that they go through a file.
    let parameters = Array("\"\(String(repeating: "x", count: 2 << 20))\"".utf8)
    _ = try executor.submit(WorkerRequest(type: "nurse", parameters: parameters)) { event in
      guard let file = fopen(CommandLine.arguments[2], "a") else { return }
      switch event {
      case .started(let pid): fputs("\(pid)\n", file)
      case .output(_, let text): fputs(String(decoding: text, as: UTF8.self), file)
      case .dispatched, .requeued, .finished: break
      }
      fclose(file)
    }
    while true { pause() }
  }
}

extension ProcessExecutor {
  fileprivate static func ofThisProgram(maxWorkers: Int, _ spawner: ProcessSpawner) throws -> ProcessExecutor
  {
    var configuration = Configuration(maxWorkers: maxWorkers, arguments: ["worker-fixture", "worker"])
    configuration.program = CurrentProgram.path
    return try ProcessExecutor(configuration, spawner: spawner)
  }

  fileprivate func begin(_ type: String, _ parameters: String) throws -> Future<[UInt8]> {
    let promise = Promise<[UInt8]>()
    _ = try submit(WorkerRequest(type: type, parameters: Array(parameters.utf8))) { event in
      if case .finished(let result) = event {
        promise.complete(result.flatMap { $0.result.mapError { .remote($0) } })
      }
    }
    return promise.future
  }

  fileprivate func answer(_ type: String, _ parameters: String) -> Result<[UInt8], TaskFailure> {
    do {
      return .success(try begin(type, parameters).wait())
    } catch let failure as TaskFailure {
      return .failure(failure)
    } catch {
      return .failure(.thrown(error))
    }
  }

  fileprivate func endBlocking() { shutdownBlocking() }
}
