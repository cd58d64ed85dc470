import Foundation
import TestSupport

/// The programs under test; `TASKRUN_BINARY` names another taskrun, such as a release build.
enum TestPrograms {
  static let taskrun =
    ProcessInfo.processInfo.environment["TASKRUN_BINARY"] ?? BuiltPrograms.path(of: "taskrun")
  static let fixture = BuiltPrograms.path(of: "taskrun-fixture")
  static let exampleServer = BuiltPrograms.path(of: "example-server")
}
