/// What a task mostly does, and with it which pool runs it.
public enum TaskKind: String, Sendable, Hashable, CaseIterable {
  /// Mostly waits: a thread of the runner runs it.
  case io
  /// Mostly computes: a process of its own runs it.
  case cpu
}
