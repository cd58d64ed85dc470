extension ProcessExecutor {
  /// The environment variables in which libraries that make threads of their own look how many.
  package static let threadCountVariables = [
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS", "GOMAXPROCS",
  ]
}

extension ProcessExecutor.Configuration {
  /// The environment that workers start with.
  var workerEnvironment: ProcessEnvironment {
    var environment = environment
    // Otherwise each of n workers would start a thread for each of n processors.
    for name in ProcessExecutor.threadCountVariables where environment[name] == nil {
      environment[name] = "\(threadsPerWorker)"
    }
    return environment
  }

  /// The workers' folder for temporary files.
  var temporaryFolder: String { environment.temporaryFolder }

  /// Whether workers are watched while they run a task.
  var hasLimits: Bool { memoryLimitBytes != nil || cpuTimeLimit != nil }

  /// - Throws: ``ConfigurationError/outOfRange(setting:value:accepted:)``, for the first setting that no executor can
  ///   work with.
  func check() throws(ConfigurationError) {
    try check(maxWorkers, in: 1...ProcessExecutor.maximumWorkers, "maxWorkers")
    try check(minWorkers, in: 0...maxWorkers, "minWorkers")
    for (number, setting) in [
      (queueLimit, "queueLimit"), (threadsPerWorker, "threadsPerWorker"),
      (maxTasksPerWorker ?? 1, "maxTasksPerWorker"), (maxWorkerMemoryBytes ?? 1, "maxWorkerMemoryBytes"),
      (memoryLimitBytes ?? 1, "memoryLimitBytes"),
    ] {
      try ConfigurationError.check(number, in: 1..., accepted: "1 or more", setting: setting)
    }
    for (duration, setting) in [
      (maxWorkerAge ?? .zero, "maxWorkerAge"), (idleTimeout ?? .zero, "idleTimeout"),
      (leaveTimeout, "leaveTimeout"),
    ] {
      try ConfigurationError.check(
        duration, in: Duration.zero..., accepted: "0 seconds or more", setting: setting)
    }
    for (duration, setting) in [
      (cpuTimeLimit ?? .seconds(1), "cpuTimeLimit"), (handshakeTimeout, "handshakeTimeout"),
      (stallTimeout, "stallTimeout"),
    ] {
      try ConfigurationError.check(
        duration, in: .nanoseconds(1)..., accepted: "more than 0 seconds", setting: setting)
    }
  }

  private func check(_ number: Int, in range: ClosedRange<Int>, _ setting: String) throws(ConfigurationError)
  {
    try ConfigurationError.check(
      number, in: range, accepted: "\(range.lowerBound)...\(range.upperBound)", setting: setting)
  }
}
