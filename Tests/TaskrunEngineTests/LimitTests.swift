import TaskrunAPI
import TaskrunEngine
import TaskrunManifest
import Testing

/// Named limits, and tasks that take several slots.
@Suite struct LimitTests {
  private static func holding(_ task: TaskDefinition, _ limits: Int...) -> TaskDefinition {
    task.with { $0.limits = limits }
  }

  private static func wide(_ task: TaskDefinition, _ cpus: Int) -> TaskDefinition {
    task.with { $0.cpus = cpus }
  }

  @Test func aLimitIsHeldByNoMoreThanItsCountAndOthersOvertake() throws {
    var drill = Drill(
      try plan(
        Self.holding(task("db", count: 4), 0), task("free", count: 3), limits: [Limit(name: "db", count: 2)]),
      io: 4)
    #expect(drill.running == ["db[0]", "db[1]", "free[0]", "free[1]"])
    drill.finish("free[0]")
    #expect(drill.running == ["db[0]", "db[1]", "free[1]", "free[2]"])
    drill.finish("free[1]")
    drill.finish("db[1]")
    #expect(drill.running == ["db[0]", "free[2]", "db[2]"])
    drill.finishAll()
    #expect(drill.end?.summary[.succeeded] == 7)
    #expect(drill.fault == nil)
  }

  @Test func aLimitIsSharedByThePools() throws {
    var drill = Drill(
      try plan(
        Self.holding(task("i", .io, count: 2), 0), Self.holding(task("c", .cpu, count: 2), 0),
        limits: [Limit(name: "db", count: 1)]))
    var order: [String] = []
    while let instance = drill.running.first {
      #expect(drill.running.count == 1)
      order.append(instance)
      drill.finish(instance)
    }
    #expect(Set(order) == ["i[0]", "i[1]", "c[0]", "c[1]"])
    #expect(drill.fault == nil)
  }

  @Test func limitsAreTakenTogetherOrNotAtAll() throws {
    var drill = Drill(
      try plan(
        Self.holding(task("a"), 0), Self.holding(task("ab"), 0, 1), Self.holding(task("b"), 1),
        limits: [Limit(name: "a", count: 1), Limit(name: "b", count: 1)]), io: 3)
    // The one that waits for 'a' does not keep 'b' meanwhile.
    #expect(drill.running == ["a", "b"])
    drill.finish("a")
    #expect(drill.running == ["b"])
    drill.finish("b")
    #expect(drill.running == ["ab"])
    drill.finish("ab")
    #expect(drill.fault == nil)
  }

  @Test func aUnitThatTheFirstInLineCannotUseGoesToTheNext() throws {
    var drill = Drill(
      try plan(
        Self.holding(task("x"), 0), Self.holding(task("y"), 1), Self.holding(task("xy"), 0, 1),
        Self.holding(task("z"), 0), limits: [Limit(name: "a", count: 1), Limit(name: "b", count: 1)]), io: 9)
    #expect(drill.running == ["x", "y"])
    drill.finish("x")
    #expect(drill.running == ["y", "z"])
    drill.finish("y")
    drill.finish("z")
    #expect(drill.running == ["xy"])
    drill.finish("xy")
    #expect(drill.fault == nil)
  }

  @Test func aUnitIsNotKeptForAPoolThatIsFull() throws {
    var drill = Drill(
      try plan(
        Self.holding(task("first", .io), 0), task("busy", .cpu), Self.holding(task("c", .cpu), 0),
        Self.holding(task("i", .io), 0), limits: [Limit(name: "db", count: 1)]), io: 2, cpu: 2)
    #expect(drill.running == ["first", "busy"])
    var full = Drill(
      try plan(
        Self.holding(task("first", .io), 0), Self.holding(task("c", .cpu), 0),
        Self.holding(task("i", .io), 0),
        task("busy", .cpu), limits: [Limit(name: "db", count: 1)]), io: 2, cpu: 1)
    #expect(full.running == ["first", "busy"])
    full.finish("first")
    // 'c' comes first but has no slot.
    #expect(full.running == ["busy", "i"])
    full.finishAll()
    #expect(full.fault == nil)
    drill.finishAll()
    #expect(drill.fault == nil)
  }

  @Test func aLimitIsFreeAgainAfterAFailureAndBetweenAttempts() throws {
    let flaky = Self.holding(task("flaky"), 0).with {
      $0.retry = RetryPolicy(maximum: 1)
      $0.retry?.delay = .seconds(5)
    }
    var drill = Drill(
      try plan(flaky, Self.holding(task("next"), 0), limits: [Limit(name: "db", count: 1)]), io: 1)
    drill.fail("flaky")
    #expect(drill.running == ["next"])
    drill.step(to: .seconds(5))
    #expect(drill.running == ["next"])
    drill.finish("next")
    #expect(drill.running == ["flaky"])
    drill.finish("flaky")
    #expect(drill.fault == nil)
  }

  // MARK: Width

  @Test func aWideTaskIsNotOvertakenByWhatComesAfterIt() throws {
    var drill = Drill(
      try plan(task("a", .cpu, count: 3), Self.wide(task("wide", .cpu), 3), task("b", .cpu, count: 5)), cpu: 3
    )
    #expect(drill.running == ["a[0]", "a[1]", "a[2]"])
    drill.finish("a[1]")
    drill.finish("a[0]")
    // Two slots are free, and kept.
    #expect(drill.running == ["a[2]"])
    drill.finish("a[2]")
    #expect(drill.running == ["wide"])
    drill.finish("wide")
    #expect(drill.running == ["b[0]", "b[1]", "b[2]"])
    drill.finishAll()
    #expect(drill.fault == nil)
    #expect(drill.end?.pools.cpu.peak == 3)
  }

  @Test func narrowAndWideTasksShareAPool() throws {
    var drill = Drill(
      try plan(Self.wide(task("wide", .cpu, count: 2), 2), task("narrow", .cpu, count: 2)), cpu: 3)
    #expect(drill.running == ["wide[0]"])
    drill.finish("wide[0]")
    #expect(drill.running == ["wide[1]", "narrow[0]"])
    drill.finish("wide[1]")
    #expect(drill.running == ["narrow[0]", "narrow[1]"])
    drill.finishAll()
    #expect(drill.fault == nil)
  }

  @Test func theOtherPoolIsNotHeldUpByAWideTask() throws {
    var drill = Drill(
      try plan(task("a", .cpu), Self.wide(task("wide", .cpu), 2), task("i", .io)), io: 1, cpu: 2)
    #expect(drill.running == ["i", "a"])
    drill.finish("i")
    drill.finish("a")
    #expect(drill.running == ["wide"])
    drill.finishAll()
    #expect(drill.fault == nil)
  }

  @Test func aWideTaskWithoutItsLimitKeepsNoSlots() throws {
    var drill = Drill(
      try plan(
        Self.holding(task("i"), 0), Self.holding(Self.wide(task("wide", .cpu), 2), 0),
        task("a", .cpu, count: 2),
        limits: [Limit(name: "db", count: 1)]), io: 1, cpu: 2)
    #expect(drill.running == ["i", "a[0]", "a[1]"])
    drill.finish("i")
    drill.finish("a[0]")
    #expect(drill.running == ["a[1]"])
    drill.finish("a[1]")
    #expect(drill.running == ["wide"])
    drill.finish("wide")
    #expect(drill.fault == nil)
  }

  @Test func aWideTaskSaysHowManyThreadsItMayHaveAndItsFirstSlot() throws {
    var drill = Drill(
      try plan(Self.wide(task("wide", .cpu), 3), Self.wide(task("io"), 2), task("last", .cpu)), io: 2, cpu: 3)
    let wide = try #require(drill.attempts[AttemptID(1)])
    let attempts = drill.attempts.values.sorted { $0.id.number < $1.id.number }
    let environment = try #require(attempts.first { $0.instance == "wide" }).environment
    #expect(environment.first { $0.name == "OMP_NUM_THREADS" }?.value == "3")
    #expect(environment.first { $0.name == "GOMAXPROCS" }?.value == "3")
    #expect(wide.slot == 0)
    #expect(!attempts.contains { $0.instance == "last" })
    drill.finish("wide")
    #expect(drill.running.contains("last"))
    drill.finishAll()
    #expect(drill.fault == nil)
  }
}
