import TaskrunAPI

/// `math.primes`: counts the prime numbers below a limit.
struct PrimesTask: FunctionTaskType {
  let name = "math.primes"
  let summary = "counts the prime numbers below a limit with a sieve"
  let parameters = [
    Parameter("below", .integer(0...1_000_000_000_000), isRequired: true, "the limit; itself not counted")
  ]

  func run(_ parameters: ValueObject, in context: TaskContext) throws -> Value {
    var sieve = SegmentedSieve(below: parameters["below"]?.intValue ?? 0)
    while sieve.hasMore {
      guard !context.cancellation.isCancelled else { throw TaskError.cancelled }
      sieve.countNextSegment()
    }
    return Value(sieve.count)
  }
}

/// Eratosthenes' sieve over odd numbers, one segment at a time, so that memory grows with the square root of
/// the limit: 10^12 takes less than 2 MB.
struct SegmentedSieve {
  /// The primes found so far.
  private(set) var count: Int

  private let limit: Int
  /// The odd primes whose squares are below the limit, each with its next odd multiple to strike out.
  private var strikers: [(prime: Int, next: Int)]
  /// The odd number that the first cell of the next segment stands for.
  private var segmentStart = 3
  private var isComposite: [Bool]

  /// Odd numbers in one segment: they fit into a core's first cache, and take less than 10 ms in an unoptimised
  /// build.
  private static let cells = 1 << 15

  init(below limit: Int) {
    self.limit = limit
    count = limit > 2 ? 1 : 0
    isComposite = Array(repeating: false, count: Self.cells)
    strikers = Self.smallPrimes(squaredBelow: limit).map { (prime: $0, next: $0 * $0) }
  }

  /// Whether there are numbers left to look at.
  var hasMore: Bool { segmentStart < limit }

  /// Sieves one segment and adds its primes to ``count``.
  mutating func countNextSegment() {
    let start = segmentStart
    let used = min(Self.cells, (limit - start + 1) / 2)
    let end = start + 2 * used
    for cell in 0..<used { isComposite[cell] = false }
    for index in strikers.indices {
      let (prime, first) = strikers[index]
      // Sorted: no later prime has its square in this segment either.
      guard prime * prime < end else { break }
      var multiple = first
      while multiple < end {
        isComposite[(multiple - start) / 2] = true
        multiple += 2 * prime
      }
      strikers[index].next = multiple
    }
    var found = 0
    for cell in 0..<used where !isComposite[cell] { found += 1 }
    count += found
    segmentStart = end
  }

  private static func smallPrimes(squaredBelow limit: Int) -> [Int] {
    var bound = 0
    while bound * bound < limit { bound += 1 }
    guard bound > 3 else { return [] }
    var isComposite = Array(repeating: false, count: bound)
    var primes: [Int] = []
    for number in stride(from: 3, to: bound, by: 2) where !isComposite[number] {
      primes.append(number)
      for multiple in stride(from: number * number, to: bound, by: 2 * number) {
        isComposite[multiple] = true
      }
    }
    return primes
  }
}
