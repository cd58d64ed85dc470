// taskrun with one plugin more: task types that do what no good one does, so that the tests from outside can
// see that it harms nobody else. Also the shortest example of a program with a plugin of its own.

import HTTPTask
import JSONLinesReporter
import JSONReporter
import MathTask
import RunTask
import TableReporter
import TaskrunAPI
import TaskrunCLI
import WaitTask

let fixturePlugin = Plugin(
  name: "fixture",
  taskTypes: [
    CrashTask(), PrintTask(), SleepTask(), BigTask(), ProcessTask(), EchoTask(), FailTask(),
  ])

Taskrun.main(plugins: [
  runPlugin, httpPlugin, waitPlugin, mathPlugin, fixturePlugin,
  tableReporterPlugin, jsonReporterPlugin, jsonLinesReporterPlugin,
])
