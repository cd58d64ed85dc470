import Foundation
import TestSupport
import Testing

/// What README.md and docs/ show is what happens.
@Suite struct DocumentationTests {
  @Test(arguments: Repository.pages) func whatAPageShowsIsWhatHappens(_ page: String) async throws {
    let document = try Document(page)
    let reader = try Reader(try ExampleServer.shared.get())
    for block in document.blocks {
      let place = "\(page):\(block.line)"
      if let name = block.fileName { try reader.save(block.text, as: name) }
      if block.isManifest {
        let name = block.fileName ?? "tasks.yaml"
        try reader.save(block.text, as: name)
        let run = try await reader.type("taskrun \(name)")
        #expect(run.status == block.exitStatus, "\(place): \(run.output)")
      }
      guard block.language == "console" else { continue }
      for (command, output) in block.commands where try await canRun(command, reader) {
        let run = try await reader.type(command)
        #expect(Normalised(run.output) == Normalised(output), "\(place): \(command)")
      }
    }
  }

  /// The README compares with a script in Python, which is not needed for anything else.
  private func canRun(_ command: String, _ reader: Reader) async throws -> Bool {
    guard command.hasPrefix("python3 ") else { return true }
    return try await reader.type("python3 --version").status == 0
  }

  /// A part of a manifest, put where it belongs, must be one that taskrun takes.
  @Test(arguments: ["docs/manifest.md", "docs/task-types.md"])
  func everyPartOfAManifestIsRight(_ page: String) async throws {
    let reader = try Reader(try ExampleServer.shared.get())
    let parts = try Document(page).blocks.filter { $0.language == "yaml" && !$0.isManifest }
    #expect(!parts.isEmpty)
    for part in parts {
      try reader.save(Self.manifest(around: part.text), as: "part.yaml")
      let check = try await reader.type("taskrun check part.yaml")
      #expect(check.status == 0, "\(page):\(part.line): \(check.output)")
    }
  }

  @Test func everyKeyThatWorksIsDescribed() async throws {
    let page = try Repository.text("docs/manifest.md")
    let reader = try Reader(try ExampleServer.shared.get())
    try reader.save("tasks: { t: { kind: io, run: x, zzzzzzzzzzzz: 1 } }\n", as: "keys.yaml")
    let output = try await reader.type("taskrun check keys.yaml").output
    let keys = try #require(output.firstMatch(of: /known: (.*)/)).1.split(separator: ", ")
    #expect(keys.count > 10)
    for key in keys {
      try reader.save("tasks: { t: { kind: io, run: x, \(key): } }\n", as: "key.yaml")
      let isLater = try await reader.type("taskrun check key.yaml").output.contains("is not supported yet")
      #expect(page.contains("\n### `\(key)`") == !isLater, "\(key)")
    }
  }

  /// Lays a part out as a task's keys, or as keys of the manifest beside a task.
  private static func manifest(around part: String) -> String {
    let top = ["pools:", "limits:", "defaults:", "env:\n  # every", "vars:", "x-"]
    guard !top.contains(where: part.hasPrefix) else {
      return part + "tasks: { t: { kind: io, run: [echo, x] } }\n"
    }
    let lines = part.split(separator: "\n")
    var task = lines.map { "    \($0)" }
    func has(_ key: String) -> Bool { lines.contains { $0.hasPrefix(key + ":") } }
    if !has("kind") { task.append("    kind: io") }
    if !has("run"), !has("uses") { task.append("    run: [echo, x]") }
    if part.contains("item"), !has("foreach") { task.append("    foreach: [{ name: a }]") }
    return "vars: { site: x }\ntasks:\n  t:\n" + task.joined(separator: "\n") + "\n"
  }
}
