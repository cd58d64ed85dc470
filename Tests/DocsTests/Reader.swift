import Foundation
import Testing

/// Somebody who reads along: a folder in which files are saved as the page shows them, and commands are typed.
final class Reader {
  /// Where the pages say that the example server is.
  private static let documentedSite = "http://127.0.0.1:8765"

  private let folder: URL
  private let server: ExampleServer

  init(_ server: ExampleServer) throws {
    self.server = server
    folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "taskrun-docs-" + UUID().uuidString.lowercased())
    for example in Repository.examples { try save(try Repository.text(example), as: example) }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Saves a file, with the server's real address in it.
  func save(_ text: String, as name: String) throws {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.replacing(Self.documentedSite, with: server.site).utf8).write(to: file)
  }

  func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }

  /// Types a command into a shell in which `taskrun` can be called.
  /// - Returns: both streams as they come, with the documented address of the server; and the status.
  func type(_ command: String) async throws -> (output: String, status: Int32) {
    let output = folder.appending(path: "output-" + UUID().uuidString)
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let file = try FileHandle(forWritingTo: output)
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", command]
    shell.currentDirectoryURL = folder
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    shell.environment = [
      "PATH": ExampleServer.programs.path + ":" + path, "HOME": folder.path, "LANG": "C.UTF-8",
    ]
    shell.standardInput = FileHandle.nullDevice
    shell.standardOutput = file
    shell.standardError = file
    let status = try await withCheckedThrowingContinuation { continuation in
      shell.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try shell.run() } catch { continuation.resume(throwing: error) }
    }
    let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
    try FileManager.default.removeItem(at: output)
    return (text.replacing(server.site, with: Self.documentedSite), status)
  }
}

/// The example server on a port of its own. Serves until the tests end, for then its standard input does.
final class ExampleServer: Sendable {
  /// Where the programs under test are: beside the test bundle.
  static let programs: URL = {
    #if os(macOS)
      if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
        return bundle.bundleURL.deletingLastPathComponent()
      }
    #endif
    return URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().absoluteURL
  }()

  static let shared = Result { try ExampleServer() }

  /// Its address; as long as the documented one, so that tables clip their columns at the same place.
  let site: String
  private let lifeline: Pipe

  private init() throws {
    for _ in 0..<50 {
      let (output, input, server) = (Pipe(), Pipe(), Process())
      server.executableURL = Self.programs.appending(path: "example-server")
      server.arguments = ["--port", "\(Int.random(in: 2000...9999))"]
      server.standardOutput = output
      server.standardInput = input
      server.standardError = FileHandle.nullDevice
      try server.run()
      let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      guard let address = line.firstMatch(of: /listening on (\S+)/) else { continue }
      (site, lifeline) = (String(address.1), input)
      return
    }
    throw CocoaError(.executableLoad)
  }
}
