import TaskrunAPI

/// `math.sum_of_squares`: adds `i * i` for every `i` below `n`.
struct SumOfSquaresTask: FunctionTaskType {
  let name = "math.sum_of_squares"
  let summary = "adds i * i for every i below n, one after the other"
  let parameters = [
    Parameter("n", .integer(0...1_000_000_000_000), isRequired: true, "how many numbers, counted from 0")
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    let n = UInt64(parameters["n"]?.intValue ?? 0)
    var total = WideSum()
    var start: UInt64 = 0
    while start < n {
      guard !context.cancellation.isCancelled else { throw TaskError.cancelled }
      let end = min(n, start + Self.stride)
      total.addSquares(from: start, to: end)
      start = end
    }
    return .int(total.value)
  }

  /// Numbers between two looks at the cancellation: well under 10 ms even in an unoptimised build.
  private static let stride: UInt64 = 1 << 16
}

/// A sum of up to 127 bits, in two halves.
///
/// The carry is kept by hand. A sum in one variable is a polynomial of the loop's counter, and the optimiser
/// replaces such a loop by the polynomial: the work would be gone. A carry is none.
private struct WideSum {
  private var high: UInt64 = 0
  private var low: UInt64 = 0

  mutating func addSquares(from start: UInt64, to end: UInt64) {
    var number = start
    while number < end {
      let square = number.multipliedFullWidth(by: number)
      let sum = low.addingReportingOverflow(square.low)
      low = sum.partialValue
      high &+= square.high &+ (sum.overflow ? 1 : 0)
      number &+= 1
    }
  }

  /// Below 2^127 for every `n` that the parameter allows: n^3 / 3 is less than 2^119.
  var value: Int128 { Int128(high) << 64 | Int128(low) }
}
