import ConcurrentFutures

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Worker.Service {
  /// What the fixture offers. Parameters are a JSON number or text, whatever the service needs.
  static let samples: [Worker.Service] = [
    Worker.Service(name: "echo") { request, _ in request.parameters },
    Worker.Service(name: "pid") { _, _ in Array("\(getpid())".utf8) },
    Worker.Service(name: "about") { request, _ in
      let variables = request.environment.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      let text = "\(request.task) \(request.attempt) \(request.directory) \(variables) \(request.input)"
      return Array("\"\(text)\"".utf8)
    },
    Worker.Service(name: "crash") { request, _ in
      // The runtime's crash reporter, if it is on, survives a crash that is only sent.
      signal(number(request), SIG_DFL)
      kill(getpid(), number(request))
      while true { pause() }
    },
    Worker.Service(name: "exit") { request, _ in exit(number(request)) },
    Worker.Service(name: "fail") { request, _ in
      throw RemoteError(typeName: "sample", message: text(request), trace: "here", pid: getpid())
    },
    Worker.Service(name: "throw") { _, _ in throw Mishap.happened },
    Worker.Service(name: "big") { request, _ in
      Array("\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: Int(number(request))) + Array("\"".utf8)
    },
    // Its parameters are the bytes of the value, as a JSON string without escapes.
    Worker.Service(name: "raw") { request, _ in Array(request.parameters.dropFirst().dropLast()) },
    Worker.Service(name: "failWith") { request, _ in
      let content = Array(request.parameters.dropFirst().dropLast())
      throw RemoteError(typeName: "sample", message: "no", pid: getpid(), content: content)
    },
    Worker.Service(name: "pretty") { _, _ in Array("{\n  \"a\": 1\n}".utf8) },
    Worker.Service(name: "print") { request, output in
      print("printed \(text(request))")
      let line = "logged \(text(request))\n"
      _ = write(2, line, line.utf8.count)
      output.write(false, "written \(text(request))")
      return Array("null".utf8)
    },
    // Works until it is asked to stop.
    Worker.Service(name: "obey") { _, output in
      while !output.cancellation.wait(for: .seconds(60)) {}
      throw CancellationError()
    },
    // Works until it is killed, whatever it is told.
    Worker.Service(name: "ignore") { _, _ in
      while true { pause() }
    },
    // The same, and starts a child that stays in the worker's group.
    Worker.Service(name: "nurse") { _, output in
      var child: pid_t = 0
      _ = withCStrings(["/bin/sleep", "1000"]) { posix_spawn(&child, "/bin/sleep", nil, nil, $0, nil) }
      output.write(false, "\(child)\n")
      while true { pause() }
    },
    Worker.Service(name: "child") { _, _ in
      let outcome = ProcessSpawner().run(
        ProcessCommand(arguments: ["/bin/sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!; kill -KILL $$"]))
      guard case .ended(let result) = outcome else { return Array("null".utf8) }
      return result.stdout.head.filter { $0 != UInt8(ascii: "\n") }
    },
    Worker.Service(name: "nest") { _, _ in
      do {
        _ = try ProcessExecutor(.init(maxWorkers: 1, arguments: ["true"]))
        return Array("null".utf8)
      } catch {
        return Array("\"\(error)\"".utf8)
      }
    },
  ]

  private static func text(_ request: WorkerRequest) -> String {
    String(decoding: request.parameters, as: UTF8.self)
  }

  private static func number(_ request: WorkerRequest) -> Int32 { Int32(text(request)) ?? 0 }
}

enum Mishap: Error {
  case happened
}

/// Calls a closure with texts as a list for C, which ends with a null pointer.
private func withCStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = texts.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return body(copies)
}
