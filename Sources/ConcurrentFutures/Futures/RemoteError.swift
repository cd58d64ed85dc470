/// An error from a worker process. It always arrives, whatever its type: a fixed set of texts and no more.
public struct RemoteError: Error, Sendable, Hashable {
  /// The name of the error's type, as the worker's language spells it: `ValueError`, `IOError`.
  public var typeName: String
  /// What it says; may be empty.
  public var message: String
  /// Where it came from, in the worker's words; empty if the worker does not tell.
  public var trace: String
  /// The worker's process.
  public var pid: Int32
  /// The error itself as JSON, if its task has promised that it can be read; see ``WorkerTask/codableErrors``.
  public var content: [UInt8]?

  /// Makes an error.
  public init(typeName: String, message: String, trace: String = "", pid: Int32, content: [UInt8]? = nil) {
    self.typeName = typeName
    self.message = message
    self.trace = trace
    self.pid = pid
    self.content = content
  }
}

extension RemoteError: CustomStringConvertible {
  /// Type and message on one line; the trace is left to who asks for it.
  public var description: String {
    message.isEmpty ? typeName : "\(typeName): \(message)"
  }
}

/// How a worker process ended that should not have.
public struct WorkerDeath: Sendable, Hashable {
  /// The ways a process can end.
  public enum Ending: Sendable, Hashable {
    /// It exited with this code.
    case exited(code: Int32)
    /// A signal ended it.
    case signalled(number: Int32, coreDumped: Bool)
    /// Another part of this program has taken its status, with `waitpid(-1)` or by ignoring SIGCHLD.
    case unknown
  }

  /// How it ended.
  public var ending: Ending
  /// The process it was.
  public var pid: Int32
  /// The end of what it wrote to its standard error; empty if it wrote nothing.
  public var lastStderr: String

  /// Makes a description of a death.
  public init(_ ending: Ending, pid: Int32, lastStderr: String = "") {
    self.ending = ending
    self.pid = pid
    self.lastStderr = lastStderr
  }
}

extension WorkerDeath: CustomStringConvertible {
  /// The death in words, without what the worker wrote.
  public var description: String {
    switch ending {
    case .exited(let code): "worker \(pid) exited with status \(code)"
    case .signalled(let number, let coreDumped):
      "worker \(pid) was killed by \(Self.signalName(number))" + (coreDumped ? " (core dumped)" : "")
    case .unknown: "worker \(pid) ended, and another part of this program has taken its status"
    }
  }

  /// Only the signals that end workers; the others differ between systems and stay numbers.
  package static func signalName(_ number: Int32) -> String {
    let names: [Int32: String] = [
      1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 8: "SIGFPE",
      9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    ]
    return names[number].map { "signal \(number) (\($0))" } ?? "signal \(number)"
  }
}
