/// The keys of a task, and of `defaults`.
enum TaskKey: String, CaseIterable {
  case description
  case tags
  case kind
  case run
  case uses
  case with
  case foreach
  case env
  case dir
  case stdin
  case timeout
  case grace
  case outputLimit = "output_limit"
  case needs
  case matrix
  case envFile = "env_file"
  case retry
  case allowFailure = "allow_failure"
  case condition = "if"
  case limits
  case cpus
  case outputs

  static let names = allCases.map(\.rawValue)
}

/// The keys of a manifest.
enum TopLevelKey: String, CaseIterable {
  case pools
  case defaults
  case env
  case vars
  case tasks
  case limits
  case plugins
  case envFile = "env_file"
  case include
  case secrets

  /// Whether the key does something already.
  var isSupported: Bool {
    switch self {
    case .pools, .defaults, .env, .vars, .tasks, .limits, .envFile, .include, .secrets: true
    case .plugins: false
    }
  }

  static let names = allCases.map(\.rawValue)
}
