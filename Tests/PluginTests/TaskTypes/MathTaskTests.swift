import TaskrunAPI
import TaskrunTesting
import TestSupport
import Testing

@testable import MathTask

@Suite(.onOwnThread) struct MathTaskTests {
  @Test(arguments: [0, 1, 2, 3, 10, 65_535, 65_536, 65_537, 200_000])
  func sumOfSquaresAgreesWithTheFormula(n: Int) throws {
    let big = Int128(n)
    let expected = n == 0 ? 0 : (big - 1) * big * (2 * big - 1) / 6
    #expect(try SumOfSquaresTask().run(["n": Value(n)], in: .test()) == .int(expected))
  }

  @Test(
    arguments: [
      (0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 3), (9, 4), (10, 4), (25, 9), (26, 9), (100, 25),
      (65_537, 6542), (65_538, 6543), (65_539, 6543), (131_075, 12_251), (1_000_000, 78_498),
    ])
  func primesAreCountedExactly(below: Int, count: Int) throws {
    #expect(try PrimesTask().run(["below": Value(below)], in: .test()) == Value(count))
  }

  @Test func primesAgreeWithTrialDivisionForEverySmallLimit() throws {
    var count = 0
    for limit in 0..<400 {
      let last = limit - 1
      if last >= 2, (2..<last).allSatisfy({ last % $0 != 0 }) { count += 1 }
      #expect(try PrimesTask().run(["below": Value(limit)], in: .test()) == Value(count), "below \(limit)")
    }
  }

  @Test func conform() {
    var sum = TaskTypeConformance(of: SumOfSquaresTask())
    sum.accepted = [["n": 0], ["n": 100_000]]
    sum.refused = [[:], ["n": -1], ["n": 1.5], ["n": "ten"], ["n": true], ["m": 1]]
    sum.endless = ["n": 1_000_000_000_000]
    #expect(sum.violations() == [])

    var primes = TaskTypeConformance(of: PrimesTask())
    primes.accepted = [["below": 0], ["below": 100_000]]
    primes.refused = [[:], ["below": -1], ["below": "x"]]
    primes.endless = ["below": 1_000_000_000_000]
    #expect(primes.violations() == [])

    #expect(mathPlugin.taskTypes.map(\.name) == ["math.sum_of_squares", "math.primes"])
  }
}
