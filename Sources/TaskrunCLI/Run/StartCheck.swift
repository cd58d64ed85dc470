import TaskrunEngine
import TaskrunManifest

/// What of a plan cannot be run with this environment and these arguments, though the manifest is right.
struct StartCheck {
  private let plan: Plan
  private let secrets: [SecretValue]
  private let environment: [String: String]
  private let arguments: [String]

  /// Makes the check of a plan.
  /// - Parameters:
  ///   - manifest: what the plan is of.
  ///   - environment: the runner's.
  ///   - arguments: what followed `--`.
  init(_ plan: Plan, of manifest: Manifest, environment: [String: String], arguments: [String]) {
    self.plan = plan
    self.environment = environment
    self.arguments = arguments
    secrets = manifest.secretValues(environment: environment, arguments: arguments)
  }

  /// Tells on standard error all that is wrong.
  /// - Throws: the status to end with, if there is anything.
  func run() throws(ExitStatus) {
    let faults = faults
    guard !faults.isEmpty else { return }
    Console.error.write(faults.map { "error: \($0.description.sanitised)\n" }.joined())
    throw .manifest
  }

  /// All faults in the order of the manifest. Tasks without any instance have none.
  var faults: [StartFault] {
    var faults: [StartFault] = []
    for entry in plan.entries where entry.count != 0 {
      let task = entry.definition
      for read in task.unsetReads(environment: environment, arguments: arguments) {
        faults.append(.unset(task: task.name, read))
      }
      for secret in task.visibleSecrets(secrets) { faults.append(.visible(task: task.name, secret)) }
      guard case .matrix? = task.items else { continue }
      for secret in secrets where SecretMask([secret.value])?.isNeeded(for: task.items) == true {
        faults.append(.inLabel(task: task.name, secret: secret.name))
      }
    }
    return faults
  }
}

/// Why a task of a plan cannot be run.
enum StartFault: Hashable {
  /// It reads what is not there.
  case unset(task: String, UnsetRead)
  /// Everybody on the machine could read a secret.
  case visible(task: String, VisibleSecret)
  /// The ids of its instances show a secret, and reports, journals and the environment have ids as they are.
  case inLabel(task: String, secret: String)
}

extension StartFault: CustomStringConvertible {
  var description: String {
    switch self {
    case .unset(let task, let read): "task '\(task)' reads \(read)"
    case .visible(let task, let secret): "task '\(task)': \(secret)"
    case .inLabel(let task, let secret):
      "task '\(task)': a value of 'matrix' holds secret '\(secret)', which would be visible in the ids of "
        + "instances; use 'env' instead"
    }
  }
}

extension SecretMask {
  /// Whether there is something to mask in the ids of instances.
  fileprivate func isNeeded(for items: ItemSource?) -> Bool {
    guard case .matrix(let matrix)? = items else { return false }
    return matrix.combinations.contains { masked($0.label) != nil }
  }
}
