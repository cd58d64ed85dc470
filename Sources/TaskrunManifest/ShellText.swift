/// Finds templates in shell text, where they would turn data into code.
///
/// Only what would be a template elsewhere counts: `{{`, a name that templates know, then `|` or `}}`. Other
/// braces belong to the programs that the text calls: `docker ps --format '{{.Names}}'`,
/// `docker inspect --format '{{ index .Args 0 }}'`.
struct ShellText {
  /// A template, and how the text would read the same value.
  struct Finding {
    /// Where it stands in the text, in UTF-8 bytes, braces included.
    var range: Range<Int>
    /// The variable to write instead.
    var variable: String
    /// The entry of `env` that the variable needs; `nil` if it is there by itself.
    var entry: String?
  }

  /// Nobody needs to be told more often about one text.
  private static let maximumFindings = 100

  /// All templates in a text, in order; the first 100.
  static func templates(in text: String) -> [Finding] {
    guard TemplateParser.mayHoldTemplate(text) else { return [] }
    let bytes = Array(text.utf8)
    var findings: [Finding] = []
    var offset = 0
    while offset + 1 < bytes.count, findings.count < maximumFindings {
      guard bytes[offset] == UInt8(ascii: "{"), bytes[offset + 1] == UInt8(ascii: "{") else {
        offset += 1
        continue
      }
      if let finding = finding(at: offset, in: bytes) {
        findings.append(finding)
        offset = finding.range.upperBound
      } else {
        offset += 2
      }
    }
    return findings
  }

  private static func finding(at start: Int, in bytes: [UInt8]) -> Finding? {
    var offset = start + 2
    func skipSpace() {
      while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
    }
    skipSpace()
    let pathStart = offset
    while offset < bytes.count, isPath(bytes[offset]) { offset += 1 }
    let path = String(decoding: bytes[pathStart..<offset], as: UTF8.self)
    let words = path.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
    guard let root = words.first, !words.contains(""),
      TemplatePath.Root(rawValue: root) != nil
    else { return nil }
    skipSpace()
    guard offset < bytes.count else { return nil }
    let hasFilter = bytes[offset] == UInt8(ascii: "|")
    guard hasFilter || bytes[offset...].starts(with: "}}".utf8) else { return nil }
    while offset < bytes.count, !bytes[offset...].starts(with: "}}".utf8) {
      // Another opening first: this one is not a template, and looking on from each would take quadratic time.
      if bytes[offset...].starts(with: "{{".utf8) { return nil }
      offset += 1
    }
    guard offset < bytes.count else { return nil }
    let range = start..<offset + 2
    return finding(range, words, hasFilter, String(decoding: bytes[range], as: UTF8.self))
  }

  private static func finding(
    _ range: Range<Int>, _ words: [String], _ hasFilter: Bool, _ source: String
  ) -> Finding {
    if !hasFilter {
      switch (words[0], words.count) {
      case ("item", 1), ("index", 1): return Finding(range: range, variable: "$" + words[0])
      case ("item", 2) where isVariableName(words[1]):
        return Finding(range: range, variable: "$item_" + words[1])
      case ("matrix", 2) where isVariableName(words[1]):
        return Finding(range: range, variable: "$matrix_" + words[1])
      case ("env", 2) where isVariableName(words[1]): return Finding(range: range, variable: "$" + words[1])
      default: break
      }
    }
    let name = words.last.flatMap { isVariableName($0) ? $0 : nil } ?? "value"
    return Finding(range: range, variable: "$" + name, entry: "\(name): '\(source)'")
  }

  private static func isPath(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".")
  }
}
