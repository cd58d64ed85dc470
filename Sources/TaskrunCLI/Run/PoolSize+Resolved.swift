import TaskrunManifest

extension PoolSize {
  /// The number of slots, given the pool's default. At least 1, at most 10,000.
  func resolved(default standard: Int) -> Int {
    let size =
      switch self {
      case .auto: standard
      case .exactly(let count): count
      case .percent(let percent): Int((Double(standard) * Double(percent) / 100).rounded())
      case .offset(let more): standard + more
      }
    return min(10_000, max(1, size))
  }
}
