import TaskrunAPI

/// Makes the combinations of a matrix: all of its axes, without what `exclude` takes out, with what `include` adds.
///
/// The rules are those of GitHub Actions. An entry of `include` extends each combination of the axes with which
/// its own axis values agree; if there is none, it is a combination of its own. It does not extend what another
/// entry has added.
struct MatrixBuilder {
  struct Axis {
    var name: String
    var values: [Value]
  }

  private let axes: [Axis]
  private let places: [String: (axis: Int, values: [Value: Int])]
  /// The cells of the axes, the last axis changing fastest; `nil` where one is taken out.
  private var cells: [Matrix.Combination?]
  private var additions: [Matrix.Combination] = []
  /// How much work the entries have been: there can be many, and each may match everything.
  private var comparisons = 0

  /// How many comparisons there may be, 10 for each combination that there can be: about a second.
  static let maximumComparisons = 10 * ManifestLoader.maximumInstances
  /// Whether it was too much work, and what there is now is not complete.
  var isOverworked: Bool { comparisons > Self.maximumComparisons }

  /// How many combinations axes have.
  static func cellCount(of axes: [Axis]) -> Int128 {
    guard !axes.isEmpty else { return 0 }
    var count: Int128 = 1
    for axis in axes {
      // Enough to be too many, and nowhere near an overflow.
      count = min(count, 1 << 60) * Int128(axis.values.count)
    }
    return count
  }

  init(_ axes: [Axis]) {
    self.axes = axes
    places = Dictionary(
      axes.enumerated().map { index, axis in
        let values = axis.values.enumerated().map { ($0.element, $0.offset) }
        return (axis.name, (index, Dictionary(values, uniquingKeysWith: { first, _ in first })))
      }, uniquingKeysWith: { first, _ in first })
    var rows: [[Value]] = axes.isEmpty ? [] : [[]]
    for axis in axes { rows = rows.flatMap { row in axis.values.map { row + [$0] } } }
    cells = rows.map { row in
      let members = zip(axes, row).map { ValueObject.Member(key: $0.name, value: $1) }
      return Matrix.Combination(members: ValueObject(members), label: Self.label(row))
    }
  }

  /// What stands in brackets in an instance's id.
  private static func label(_ values: [Value]) -> String {
    values.map(\.plainText).joined(separator: ",")
  }

  /// Whether an axis has a value; `nil` if there is no such axis.
  func has(_ value: Value, in axis: String) -> Bool? {
    places[axis].map { $0.values[value] != nil }
  }

  /// Takes out what agrees with all members.
  mutating func exclude(_ members: ValueObject) {
    for cell in agreeingCells(members) { cells[cell] = nil }
  }

  /// Extends what agrees with the members, or adds them as a combination.
  mutating func include(_ members: ValueObject) {
    var isNew = true
    for cell in agreeingCells(members) {
      guard let count = cells[cell]?.members.members.count else { continue }
      isNew = false
      comparisons += members.members.count * (count + members.members.count)
      if isOverworked { return }
      for member in members.members { cells[cell]?.members[member.key] = member.value }
    }
    if isNew {
      additions.append(.init(members: members, label: Self.label(members.members.map(\.value))))
    }
  }

  /// The cells whose values are those of the members, as far as these name axes.
  private mutating func agreeingCells(_ members: ValueObject) -> [Int] {
    var wanted: [Int: Int] = [:]
    for member in members.members {
      guard let place = places[member.key] else { continue }
      guard let value = place.values[member.value] else { return [] }
      wanted[place.axis] = value
    }
    guard !axes.isEmpty else { return [] }
    var agreeing = [0]
    for (index, axis) in axes.enumerated() {
      let choices = wanted[index].map { $0..<$0 + 1 } ?? axis.values.indices
      agreeing = agreeing.flatMap { cell in choices.map { cell * axis.values.count + $0 } }
    }
    comparisons += agreeing.count
    return agreeing
  }

  /// What there is at last: the cells in order, then the additions.
  var matrix: Matrix { Matrix(combinations: cells.compactMap { $0 } + additions) }
}
