// Workers for the tests of ProcessExecutor's typed tasks. FIXTURE_INITIALIZER says why their initializer fails,
// FIXTURE_STARTS in which file it leaves a mark.
import ConcurrentFutures
import SampleTasks

if FixtureInitializer.offersTwins {
  Worker.runIfRequested(Sample.self, Daily.Report.self, Weekly.Report.self)
}
Worker.runIfRequested(
  Sample.self, Excess.self, Echo.self, Picky.self, Nested.self, Unreadable.self, Unknown.self, MakeToken.self,
  initializer: FixtureInitializer.run)
fatalError("only a worker")
