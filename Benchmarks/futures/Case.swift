/// One thing that is compared.
struct Case {
  /// What is asked of the ratio of the two medians.
  enum Bound {
    /// Ours is to be at least so many times Python's.
    case atLeast(Double)
    /// Ours is to be at most this part of Python's.
    case atMost(Double)
    /// Ours is to be at most this, whatever Python's is.
    case ours(atMost: Double)
  }

  /// What both programs call it.
  var name: String
  /// How many tasks, workers or futures.
  var count: Int
  var title: String
  var unit: String
  var must: Bound

  static let all = [
    Case(
      name: "threads-submit", count: 100_000, title: "threads: submit all, then all results", unit: "tasks/s",
      must: .atLeast(4)),
    Case(
      name: "threads-lock-step", count: 20_000, title: "threads: one after the other", unit: "tasks/s",
      must: .atLeast(4)),
    Case(
      name: "processes-submit", count: 20_000, title: "processes: submit all, then all results",
      unit: "tasks/s", must: .atLeast(6)),
    Case(
      name: "processes-map", count: 50_000, title: "processes: map, nothing tuned", unit: "tasks/s",
      must: .atLeast(12)),
    Case(
      name: "processes-lock-step", count: 2_000, title: "processes: one after the other", unit: "tasks/s",
      must: .atLeast(3)),
    Case(
      name: "start", count: 8, title: "processes: 8 workers, until all have answered", unit: "ms",
      must: .atMost(0.5)),
    Case(
      name: "memory", count: 200_000, title: "threads: memory of a pending future", unit: "bytes",
      must: .ours(atMost: 400)),
    Case(
      name: "processes-echo", count: 20, title: "processes: 8 MiB there and back", unit: "MiB/s",
      must: .atLeast(2)),
  ]
}

extension Case.Bound {
  /// Whether it holds.
  func isMet(ours: Double, theirs: Double) -> Bool {
    switch self {
    case .atLeast(let factor): ours >= factor * theirs
    case .atMost(let factor): ours <= factor * theirs
    case .ours(let limit): ours <= limit
    }
  }

  var text: String {
    switch self {
    case .atLeast(let factor): ">= \(decimal(factor, digits: 0))x"
    case .atMost(let factor): "<= \(decimal(factor, digits: 1))x"
    case .ours(let limit): "<= \(decimal(limit, digits: 0))"
    }
  }
}

/// A number with so many digits after the point.
func decimal(_ number: Double, digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let units = Int((number * scale).rounded())
  guard digits > 0 else { return "\(units)" }
  let fraction = "\(units % Int(scale))"
  return "\(units / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
}
