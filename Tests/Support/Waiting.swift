import Foundation

/// Looks until something is so that nobody announces, such as what a process does that is not our child. The limit of
/// two minutes tells "never" from "late" on a machine that has much else to do; it measures nothing.
/// - Returns: whether it came to be so.
/// - Throws: what the condition throws.
package func eventually(_ condition: () throws -> Bool) async rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(120)
  while try !condition() {
    guard ContinuousClock.now < deadline else { return false }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return true
}

/// Whether a process is there and no zombie.
package func isAlive(_ pid: Int) -> Bool {
  guard kill(pid_t(pid), 0) == 0 else { return false }
  guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
    let end = stat.lastIndex(of: ")")
  else { return true }
  return stat[end...].dropFirst(2).first != "Z"
}
