import TaskrunCLI
import Testing

/// Testing has a type of that name too.
private typealias ExitStatus = TaskrunCLI.ExitStatus

@Suite struct CommandLineExitStatusTests {
  @Test(
    arguments: [
      (.success, 0), (.tasksFailed, 1), (.usage, 2), (.manifest, 3), (.nothingSelected, 4),
      (.journalDamaged, 65),
      (.internalError, 70), (.systemRefused, 71), (.reportNotCreated, 73), (.reportNotWritten, 74),
      (.pluginNotStarted, 76), (.deadlineReached, 124), (.signal(2), 130), (.signal(15), 143),
      (.signal(1), 129),
    ] as [(TaskrunCLI.ExitStatus, Int32)])
  func everyEndingHasTheCodeThatUsersRelyOn(_ status: TaskrunCLI.ExitStatus, _ code: Int32) {
    #expect(status.code == code)
  }

  private static let order: [ExitStatus] = [
    .signal(15), .internalError, .systemRefused, .reportNotWritten, .deadlineReached, .tasksFailed, .success,
  ]

  @Test(arguments: order.indices)
  func theStrongerOfTwoEndingsCounts(_ position: Int) {
    for weaker in Self.order[position...] {
      #expect(ExitStatus.strongest(of: [Self.order[position], weaker]) == Self.order[position])
      #expect(ExitStatus.strongest(of: [weaker, Self.order[position]]) == Self.order[position])
    }
  }

  @Test func theFirstSignalCounts() {
    #expect(ExitStatus.strongest(of: [.tasksFailed, .signal(2), .signal(15)]) == .signal(2))
  }

  @Test func nothingIsSuccess() {
    #expect(ExitStatus.strongest(of: []) == .success)
  }
}
