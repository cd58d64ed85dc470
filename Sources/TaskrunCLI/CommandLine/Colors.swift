import TaskrunAPI

/// Whether colours are used on a stream.
///
/// `--color always` and `never` decide. Otherwise the first of these does: `NO_COLOR` (not empty: no),
/// `FORCE_COLOR` (not empty: yes, unless it is `0` or `false`), `TERM=dumb` (no), whether the stream is a terminal.
/// `CI` changes nothing here: a file that is written there has to be as clean as anywhere.
package func usesColor(_ choice: ColorChoice, isTerminal: Bool, environment: [String: String]) -> Bool {
  switch choice {
  case .always: return true
  case .never: return false
  case .auto: break
  }
  if let refused = environment["NO_COLOR"], !refused.isEmpty { return false }
  if let forced = environment["FORCE_COLOR"], !forced.isEmpty { return forced != "0" && forced != "false" }
  return isTerminal && environment["TERM"] != "dumb"
}

/// Whether a line that is drawn again and again may tell how the run goes on.
///
/// Only on a terminal that can move its cursor, where somebody looks at it: not with `-q`, not with `TERM=dumb`,
/// and not where `CI` is set, even if the log has a terminal's shape. `CI=false` and `CI=0` count as not set.
/// Colours do not matter.
package func showsProgress(_ verbosity: Verbosity, isTerminal: Bool, environment: [String: String]) -> Bool {
  guard isTerminal, verbosity != .quiet, environment["TERM"] != "dumb" else { return false }
  let automation = environment["CI"] ?? ""
  return automation.isEmpty || automation == "false" || automation == "0"
}
