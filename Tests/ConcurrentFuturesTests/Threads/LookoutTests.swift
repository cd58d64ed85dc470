import Testing

@testable import ConcurrentFutures

@Suite struct LookoutTests {
  /// Waits many times; what is waited for comes never, or in the waits with these numbers.
  /// - Returns: the numbers of the waits in which somebody looked.
  private func looks(in waits: Range<Int>, of lookout: Lookout, comesIn: Set<Int> = []) -> [Int] {
    waits.filter { wait in
      var hasLooked = false
      lookout.look {
        hasLooked = true
        return comesIn.contains(wait)
      }
      return hasLooked
    }
  }

  @Test("each look in vain after the second one doubles the number of waits without a look")
  func fewerLooks() {
    let lookout = Lookout(limit: .zero, isWorthwhile: true)
    #expect(looks(in: 0..<40, of: lookout) == [0, 1, 2, 5, 10, 19, 36])
  }

  @Test("the waits without a look are never more than 256")
  func longestPause() {
    let lookout = Lookout(limit: .zero, isWorthwhile: true)
    let all = looks(in: 0..<20_000, of: lookout)
    let pauses = zip(all, all.dropFirst()).map { $1 - $0 - 1 }
    #expect(pauses.prefix(10) == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256])
    #expect(pauses.dropFirst(10).count > 50)
    #expect(pauses.dropFirst(10).allSatisfy { $0 == 256 })
  }

  @Test("looks that find something bring all looks back, if nearly all of them do")
  func lookingAgain() {
    let lookout = Lookout(limit: .zero, isWorthwhile: true)
    #expect(looks(in: 0..<5, of: lookout) == [0, 1, 2])
    let rest = Set(5..<1000)
    let found = looks(in: 5..<1000, of: lookout, comesIn: rest)
    #expect(found.prefix(10) == [5, 7, 9, 11, 13, 15, 17, 19, 20, 21])
    #expect(found.suffix(900) == Array(100..<1000))

    let doubtful = Lookout(limit: .zero, isWorthwhile: true)
    #expect(looks(in: 0..<10_000, of: doubtful, comesIn: rest.filter { $0 % 2 == 0 }).count < 300)
  }

  @Test("one thread at a time looks")
  func oneAtATime() {
    let lookout = Lookout(limit: .zero, isWorthwhile: true)
    var looks = 0
    lookout.look {
      looks += 1
      lookout.look {
        looks += 100
        return true
      }
      return true
    }
    #expect(looks == 1)
  }

  @Test("with one processor nobody looks")
  func oneProcessor() {
    #expect(looks(in: 0..<100, of: Lookout(limit: .zero, isWorthwhile: false)) == [])
  }
}
