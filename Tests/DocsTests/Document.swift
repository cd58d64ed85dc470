import Foundation
import TestSupport

/// A page of the documentation, as its fenced blocks.
struct Document {
  /// A fenced block.
  struct Block {
    /// The words behind the opening fence: the language, then what the tests have to know, such as `exit=1`.
    var words: [String]
    /// The line of the page on which the block begins, from 1.
    var line: Int
    var text: String

    var language: String { words.first ?? "" }

    /// Whether it is a manifest from its first to its last line.
    var isManifest: Bool { language == "yaml" && text.split(separator: "\n").contains { $0 == "tasks:" } }

    /// What the file is called that this is shown as: the first line is a comment with its name.
    var fileName: String? { text.firstMatch(of: /^# (\S+\.\w+)\n/).map { String($0.1) } }

    /// The exit status that running it has.
    var exitStatus: Int32 {
      words.compactMap { word in word.hasPrefix("exit=") ? Int32(word.dropFirst(5)) : nil }.first ?? 0
    }

    /// In a `console` block, each command and what it prints.
    var commands: [(command: String, output: String)] {
      var commands: [(command: String, output: String)] = []
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("$ ") {
          commands.append((String(line.dropFirst(2)), ""))
        } else if !commands.isEmpty {
          commands[commands.count - 1].output += line + "\n"
        }
      }
      return commands
    }
  }

  let path: String
  let blocks: [Block]

  /// Reads a page by its path in the repository.
  init(_ path: String) throws {
    self.path = path
    var blocks: [Block] = []
    var open: Block?
    let lines = try Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      if var block = open {
        if line == "```" {
          blocks.append(block)
          open = nil
        } else {
          block.text += line + "\n"
          open = block
        }
      } else if line.hasPrefix("```") {
        let words = line.dropFirst(3).split(separator: " ").map(String.init)
        open = Block(words: words, line: number + 1, text: "")
      }
    }
    self.blocks = blocks
  }
}

extension Repository {
  /// `README.md` and the pages of `docs/`.
  static var pages: [String] { ["README.md"] + files(in: "docs", suffix: ".md") }

  /// The manifests of `examples/`.
  static var examples: [String] { files(in: "examples", suffix: ".yaml") }

  private static func files(in folder: String, suffix: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
    return (names ?? []).filter { $0.hasSuffix(suffix) }.sorted().map { folder + "/" + $0 }
  }
}
