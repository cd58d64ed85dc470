/// What a manifest may have at most. The file format has no limits of its own, so these are what keeps a hostile
/// file from costing more than its reading.
package enum YAMLLimits {
  /// Bytes of the file.
  package static let sizeBytes = 64 << 20
  /// Lists and mappings inside one another, aliases expanded.
  package static let depth = 64
  /// Nodes that aliases stand for, all together.
  package static let aliasNodes = 100_000
  /// Characters of a key.
  package static let keyLength = 1024
  /// Faults that are kept; further ones are counted.
  package static let faults = 1000
}
