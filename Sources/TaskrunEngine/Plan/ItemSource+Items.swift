package import TaskrunAPI
package import TaskrunManifest

extension ItemSource {
  /// How many items there are, at most what fits in an `Int`; `nil` if only the run will tell.
  package var count: Int? {
    switch self {
    case .list(let items): return items.count
    case .results: return nil
    case .matrix(let matrix): return matrix.combinations.count
    case .range(let start, let end, let step):
      // The bounds may be any integers, so their distance may not fit.
      let distance = step > 0 ? Int128(end) - Int128(start) : Int128(start) - Int128(end)
      let stride = Int128(step.magnitude)
      return distance <= 0 ? 0 : Int(clamping: (distance + stride - 1) / stride)
    }
  }

  /// The item at a position below ``count``; `nil` if only the run will tell.
  package subscript(index: Int) -> Value? {
    switch self {
    case .list(let items): items[index]
    case .results: nil
    case .matrix(let matrix): .object(matrix.combinations[index].members)
    case .range(let start, _, let step):
      // Below `count` the sum fits; the product need not.
      Value(Int(truncatingIfNeeded: Int128(start) + Int128(index) * Int128(step)))
    }
  }
}
