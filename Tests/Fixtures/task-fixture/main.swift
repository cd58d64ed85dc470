// Workers for the tests of ProcessExecutor's typed tasks. FIXTURE_INITIALIZER says what happens before the first one.
import ConcurrentFutures
import SampleTasks

Worker.runIfRequested(
  Sample.self, Excess.self, Echo.self, Picky.self, Unreadable.self, Unknown.self,
  initializer: FixtureInitializer.run)
fatalError("only a worker")
