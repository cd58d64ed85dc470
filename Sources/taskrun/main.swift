import HTTPTask
import JSONLinesReporter
import JSONReporter
import MathTask
import RunTask
import TableReporter
import TaskrunCLI
import WaitTask

Taskrun.main(plugins: [
  runPlugin, httpPlugin, waitPlugin, mathPlugin,
  tableReporterPlugin, jsonReporterPlugin, jsonLinesReporterPlugin,
])
