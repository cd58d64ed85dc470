import TaskrunYAML

/// One file's share of a manifest: the file that the user named, or one that `include` brings.
struct ManifestPart {
  /// The number of the file.
  let file: Int
  /// What stands before the names of its tasks, its dot included; empty for none.
  let prefix: String
  /// Its folder, to be put before its relative paths when files are read.
  let folder: String
  /// The same, relative to the folder of the file that the user named; `nil` for that file itself.
  let base: String?
  /// What it has.
  let top: YAMLMapping
  /// The keys that are known.
  var keys = TopLevelPairs()
  /// How many tasks stand in the parts before it.
  var firstTask = 0

  /// Its tasks, by the names that they have in it.
  var tasks: [YAMLMapping.Pair] {
    guard case .mapping(let mapping)? = keys[.tasks]?.value else { return [] }
    return mapping.pairs
  }
}

/// What stands at the top of a manifest, by its key.
struct TopLevelPairs {
  // There are a dozen keys at most; a dictionary is no faster, and to make its type takes a while.
  private var pairs: [(key: TopLevelKey, pair: YAMLMapping.Pair)] = []

  /// What stands at a key.
  subscript(key: TopLevelKey) -> YAMLMapping.Pair? { pairs.first { $0.key == key }?.pair }

  /// Adds what stands at a key. YAML has each key once.
  mutating func add(_ pair: YAMLMapping.Pair, at key: TopLevelKey) {
    pairs.append((key, pair))
  }
}
