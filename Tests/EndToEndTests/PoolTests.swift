import Foundation
import Testing

/// Pool sizes: who says them, and that no more runs at once.
@Suite struct PoolTests {
  /// How many processors a program may use here, as the system says it.
  private static let cores = ProcessInfo.processInfo.activeProcessorCount

  /// `pools` of the manifest, flags, and the sizes that must come of them; `nil` where a cgroup may say less.
  static let sizes: [(pools: String, flags: [String], io: Int?, cpu: Int?)] = [
    ("{ io: 5, cpu: 3 }", [], 5, 3),
    ("{ io: 5, cpu: 3 }", ["--io", "7", "--cpu", "1"], 7, 1),
    ("{ io: 5, cpu: 3 }", ["-j", "4"], 5, 4),
    ("{ io: 5, cpu: 3 }", ["-j4"], 5, 4),
    ("{ io: 5 }", ["--jobs=2"], 5, 2),
    ("{ io: 1, cpu: 1 }", ["--io", "+0", "--cpu", "auto"], min(32, cores + 4), cores),
    ("{ io: 1, cpu: 1 }", ["--io", "50%", "--cpu", "+2"], (min(32, cores + 4) + 1) / 2, cores + 2),
    ("{ io: 1, cpu: 1 }", ["--cpu", "-100"], 1, 1),
    ("{ io: 200% }", [], 2 * min(32, cores + 4), cores),
  ]

  @Test(arguments: sizes)
  func theSizeIsTheOneThatWasSaid(
    size: (pools: String, flags: [String], io: Int?, cpu: Int?)
  ) async throws {
    var run = try CommandRun(
      "pools: \(size.pools)\ntasks: { a: { kind: io, run: [echo, x] } }\n", "-r", "json")
    run.arguments += size.flags
    let report = try await run.result().report()
    #expect(report.pools["io"]?.size == size.io)
    #expect(report.pools["cpu"]?.size == size.cpu)
    #expect(report.pools["io"]?.executor == "thread" && report.pools["cpu"]?.executor == "process")
    #expect(report.pools["io"]?.peak == 1)
  }

  @Test(arguments: ["io", "cpu"])
  func noMoreRunsAtOnceThanThereAreSlots(kind: String) async throws {
    // Each instance makes a file while it runs and says how many there are. The first two wait for each other, so
    // that on no machine they run one after the other.
    let result = try await CommandRun(
      """
      pools: { io: 2, cpu: 2 }
      tasks:
        a:
          kind: \(kind)
          foreach: { range: [0, 6] }
          run: |
            mkdir -p running counted
            wait_for_other() {
              case $index in
                0 | 1) until [ -e "$1/$((1 - index))" ]; do sleep 0.01; done ;;
                *) sleep 0.1 ;;
              esac
            }
            touch "running/$index"
            wait_for_other running
            ls running | wc -l
            touch "counted/$index"
            wait_for_other counted
            rm "running/$index"

      """, "-r", "json"
    ).result()
    let report = try result.report()
    #expect(report.pools[kind]?.peak == 2)
    let counts = report.tasks.compactMap { Int($0.stdout.trimmingCharacters(in: .whitespacesAndNewlines)) }
    #expect(counts.count == 6 && counts.allSatisfy { $0 <= 2 } && counts.contains(2))
    #expect(Set(report.tasks.compactMap(\.slot)) == [0, 1])
  }

  @Test func thePoolsDoNotWaitForEachOther() async throws {
    // Each waits for the other: in one common pool of one slot this would never end.
    let result = try await CommandRun(
      """
      pools: { io: 1, cpu: 1 }
      tasks:
        a: { kind: io, run: "touch a; until [ -e b ]; do sleep 0.01; done" }
        b: { kind: cpu, run: "touch b; until [ -e a ]; do sleep 0.01; done" }

      """, "-r", "json"
    ).result()
    #expect(result.status == .exited(0))
    #expect(try result.report().pools.mapValues(\.peak) == ["io": 1, "cpu": 1])
  }

  @Test func affinityLimitsTheCores() async throws {
    var run = try CommandRun("tasks: { a: { kind: io, run: [echo, x] } }\n", "-r", "json")
    run.prelude = "taskset -pc 0 $$ > /dev/null"
    let report = try await run.result().report()
    #expect(report.pools["cpu"]?.size == 1 && report.pools["io"]?.size == 5)
  }
}
