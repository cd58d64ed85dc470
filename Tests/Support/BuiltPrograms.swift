package import Foundation

/// The programs that are built with the tests, beside them.
package enum BuiltPrograms {
  /// Where they are.
  package static let folder: URL = {
    #if os(Linux)
      let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      // The bundle's program is three folders down, or it is the test runner's helper; then the bundle says.
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
      let tests = bundle?.bundleURL ?? URL(filePath: CommandLine.arguments[0]).absoluteURL
    #endif
    return tests.deletingLastPathComponent()
  }()

  /// The absolute path of one.
  package static func path(of name: String) -> String { folder.appending(path: name).path }
}
