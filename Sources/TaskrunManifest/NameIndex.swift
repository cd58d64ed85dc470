/// Names in order, and where each of them stands.
struct NameIndex {
  /// The names in order.
  let all: [String]
  private let positions: Positions

  init(_ names: [String] = []) {
    all = names
    positions = Positions()
  }

  /// What stands before the names of the file that is being read.
  var prefix = ""

  /// The position of a name: of the one in this file, or else of the one with all its prefixes.
  subscript(name: String) -> Int? {
    let positions = positions.table(of: all)
    if !prefix.isEmpty, let position = positions[prefix + name] { return position }
    return positions[name]
  }
}

/// Where each name stands, found out when somebody asks: a manifest without `needs` never does.
///
/// A class, so that copies of an index share the table.
private final class Positions {
  private var table: [String: Int]?

  func table(of names: [String]) -> [String: Int] {
    if let table { return table }
    var table: [String: Int] = [:]
    table.reserveCapacity(names.count)
    for (position, name) in names.enumerated() { table[name] = position }
    self.table = table
    return table
  }
}
