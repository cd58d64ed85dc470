/// Which tasks of a manifest a run is about.
package struct Selection: Sendable, Hashable {
  /// Names and globs (`fetch*`) of tasks. With ``tags`` also empty: all tasks.
  package var names: [String]
  /// Tasks that have one of these tags are selected too.
  package var tags: [String]
  /// Names and globs of tasks that do not run, whatever selects or needs them.
  package var skipped: [String]

  /// Makes a selection; by default of everything.
  package init(names: [String] = [], tags: [String] = [], skipped: [String] = []) {
    self.names = names
    self.tags = tags
    self.skipped = skipped
  }
}

/// Names and globs, ready to be compared with many names.
struct NamePatterns {
  private var names: Set<String> = []
  private var globs: [GlobPattern] = []

  init(_ patterns: [String]) {
    for pattern in patterns {
      if GlobPattern.isGlob(pattern) { globs.append(GlobPattern(pattern)) } else { names.insert(pattern) }
    }
  }

  func matches(_ name: String) -> Bool {
    names.contains(name) || globs.contains { $0.matches(name) }
  }
}
