import Foundation
import TestSupport
import Testing

/// Somebody who reads along: a folder in which files are saved as the page shows them, and commands are typed.
final class Reader {
  /// Where the pages say that the example server is.
  private static let documentedSite = "http://127.0.0.1:8765"

  private let folder = TemporaryFolder()
  private let server: ExampleServer

  init(_ server: ExampleServer) throws {
    self.server = server
    for example in Repository.examples { try save(try Repository.text(example), as: example) }
  }

  /// Saves a file, with the server's real address in it.
  func save(_ text: String, as name: String) throws {
    try folder.write(name, text.replacing(Self.documentedSite, with: server.site))
  }

  func text(of name: String) throws -> String {
    try folder.text(name)
  }

  /// Types a command into a shell in which `taskrun` can be called.
  /// - Returns: both streams as they come, with the documented address of the server; and the status.
  func type(_ command: String) async throws -> (output: String, status: Int32) {
    let output = "output-" + UUID().uuidString
    let file = try FileHandle(forWritingTo: URL(filePath: folder.write(output, "")))
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", command]
    shell.currentDirectoryURL = folder.url
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    shell.environment = [
      "PATH": BuiltPrograms.folder.path + ":" + path, "HOME": folder.path, "LANG": "C.UTF-8",
    ]
    shell.standardInput = FileHandle.nullDevice
    shell.standardOutput = file
    shell.standardError = file
    let status = try await withCheckedThrowingContinuation { continuation in
      shell.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try shell.run() } catch { continuation.resume(throwing: error) }
    }
    let text = try folder.text(output)
    try FileManager.default.removeItem(atPath: folder[output])
    return (text.replacing(server.site, with: Self.documentedSite), status)
  }
}

/// The example server on a port of its own. Serves until the tests end, for then its standard input does.
final class ExampleServer: Sendable {
  static let shared = Result { try ExampleServer() }

  /// Its address; as long as the documented one, so that tables clip their columns at the same place.
  let site: String
  private let lifeline: Pipe

  private init() throws {
    for _ in 0..<50 {
      let (output, input, server) = (Pipe(), Pipe(), Process())
      server.executableURL = URL(filePath: BuiltPrograms.path(of: "example-server"))
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
