import TaskrunEngine
import Testing

/// An interrupt that nobody heeds is followed by a request to terminate.
@Suite struct InsistingTests {
  @Test(arguments: [1, 2]) func whatDoesNotHeedAnInterruptIsAskedToTerminateAfterHalfItsGrace(signal: Int)
    throws
  {
    var drill = Drill(try plan(task("a", grace: .seconds(60))))
    drill.begin("a")
    drill.step(.interrupted(signal: signal))
    drill.step(to: .seconds(30))
    drill.step(to: .seconds(60))
    #expect(
      drill.stops.map { "\($0.instance) \($0.stop)" } == [
        "a terminate(signal: \(signal))", "a terminate(signal: 15)", "a kill",
      ])
  }
}
