import TaskrunAPI

/// The statuses that mean success.
struct StatusSet: Hashable {
  private var ranges: [ClosedRange<Int>]

  /// Reads `200`, `"200-299"`, `"200-299, 404"` or a list of such.
  init(_ value: Value) throws(HTTPError) {
    ranges = []
    for element in value.arrayValue ?? [value] {
      guard let text = Self.text(of: element) else { throw .badStatus(element.plainText) }
      for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let range = Self.range(piece) else { throw .badStatus(text) }
        ranges.append(range)
      }
    }
    guard !ranges.isEmpty else { throw .badStatus("[]") }
  }

  func contains(_ status: Int) -> Bool {
    ranges.contains { $0.contains(status) }
  }

  private static func text(of value: Value) -> String? {
    switch value {
    case .int, .string: value.plainText
    case .null, .bool, .double, .array, .object: nil
    }
  }

  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { piece in
      Int(String(piece.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
    }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
      first <= last, first >= 100, last <= 599
    else { return nil }
    return first...last
  }
}
