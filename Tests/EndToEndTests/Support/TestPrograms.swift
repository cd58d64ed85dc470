import Foundation

/// The programs under test. They stand beside the test bundle; `TASKRUN_BINARY` names another taskrun, such as
/// a release build.
enum TestPrograms {
  static let taskrun =
    ProcessInfo.processInfo.environment["TASKRUN_BINARY"] ?? beside("taskrun")
  static let fixture = beside("taskrun-fixture")
  static let exampleServer = beside("example-server")

  private static func beside(_ name: String) -> String {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    #if os(macOS)
      // The bundle's program is three folders down, or it is the test runner's helper; then the bundle says.
      if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
        return bundle.bundleURL.deletingLastPathComponent().appending(path: name).path
      }
    #endif
    return folder.appending(path: name).path
  }
}
